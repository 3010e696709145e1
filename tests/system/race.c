// SPDX-License-Identifier: GPL-2.0-only
/*
 * race SEED MILLISECONDS: whoever uses devices, against whatever can happen to them, in all combinations, so long each, and
 * until it has happened and they have come to something, and then all at once, ten times as long. Errors must be those
 * that the situation explains, and nobody may hang. The kernel's log is the other half of the verdict, and whether the
 * modules can be removed afterwards.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "race.h"

#define EACH 2 /* of one kind of user at a time */
#define HANG_SECONDS 120

atomic_bool stopping;
static atomic_bool failed;
static time_t hang_seconds = HANG_SECONDS; /* times the slowness of the kernel, MYDEV_SLOWNESS */

unsigned int below(struct thread *t, unsigned int n)
{
	return (unsigned int)rand_r(&t->seed) % n;
}

void dawdle(struct thread *t)
{
	if (below(t, 2))
		nanosleep(&(struct timespec){ .tv_nsec = below(t, 1000) * 1000L }, NULL);
}

/* ---- Devices ---- */

int pick(struct thread *t, struct mydev_dev *ret)
{
	struct mydev_dev *devs;
	size_t n, i;
	int r;

	r = mydev_dev_dump(t->client, &devs, &n);
	if (r < 0)
		return r;
	r = -ENODEV;
	if (n) {
		i = below(t, (unsigned int)n);
		*ret = devs[i];
		devs[i] = (struct mydev_dev){};
		r = 0;
	}
	mydev_devs_free(devs, n);
	return r;
}

int name_one(struct thread *t, struct mydev_dev *ret)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	int r = pick(t, &dev);

	*ret = (struct mydev_dev){ .id = dev.id };
	MYDEV_SET(ret, DEV, ID);
	return r;
}

/* ---- Together ---- */

/* EAGAIN and EINTR need no happening: users fill, drain and wake each other. */
static bool is_explained(const struct thread *t, int err)
{
	if (err == EAGAIN || err == EINTR)
		return true;
	for (size_t i = 0; i < n_happenings; i++) {
		if (t->beside && t->beside != &happenings[i])
			continue;
		for (const int *known = happenings[i].explains; *known; known++)
			if (*known == err)
				return true;
	}
	return false;
}

static void *run_thread(void *userdata)
{
	struct thread *t = userdata;

	while (!atomic_load(&stopping)) {
		int r = t->role->turn(t);

		if (r >= 0) {
			atomic_fetch_add(&t->turns, 1);
		} else if (r == -EBUSY && t->role->is_happening) {
			atomic_fetch_add(&t->refused, 1);
		} else if (!is_explained(t, -r)) {
			printf("\n# %s, beside %s: %s\n", t->role->name,
			       t->beside ? t->beside->name : "all", strerror(-r));
			atomic_store(&failed, true);
		}
	}
	atomic_store(&t->ended, true);
	return NULL;
}

static void start(struct thread *t, struct role *role, const struct role *beside,
		  unsigned int *seed)
{
	int r;

	*t = (struct thread){ .role = role, .beside = beside, .seed = (unsigned int)rand_r(seed) };
	/* Who came before may have unloaded the module already. */
	while ((r = mydev_client_new(&t->client)) == -EPROTONOSUPPORT)
		dawdle(t);
	if (r < 0)
		abort();
	if (pthread_create(&t->id, NULL, run_thread, t))
		abort();
}

/* A signal ends the wait of who sleeps in a read or a write. */
static void stop(struct thread *threads, size_t n)
{
	time_t deadline = time(NULL) + hang_seconds;

	atomic_store(&stopping, true);
	for (size_t i = 0; i < n; i++) {
		while (!atomic_load(&threads[i].ended)) {
			pthread_kill(threads[i].id, SIGUSR1);
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
			if (time(NULL) > deadline) {
				printf("# %s hangs\n", threads[i].role->name);
				fflush(stdout);
				abort();
			}
		}
		pthread_join(threads[i].id, NULL);
		threads[i].role->turns += atomic_load(&threads[i].turns);
		mydev_client_free(threads[i].client);
	}
	atomic_store(&stopping, false);
}

static void rest(unsigned long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = (time_t)(ms / 1000),
				      .tv_nsec = (long)(ms % 1000) * 1000000L },
		  NULL);
}

static bool has_happened(struct thread *t)
{
	return atomic_load(&t->turns) || atomic_load(&t->refused);
}

static bool have_turns(struct thread *threads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (atomic_load(&threads[i].turns))
			return true;
	return false;
}

/* Wakes who sleeps in a call and else would have no turn for as long as nothing comes. */
static void wake(struct thread *threads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pthread_kill(threads[i].id, SIGUSR1);
}

static unsigned long pair(struct role *user, struct role *happening, unsigned long ms,
			  unsigned int *seed)
{
	time_t deadline;
	struct thread threads[EACH + 1];

	for (size_t i = 0; i < EACH; i++)
		start(&threads[i], user, happening, seed);
	start(&threads[EACH], happening, happening, seed);
	rest(ms);
	deadline = time(NULL) + hang_seconds;
	/* What was never tried beside them has proved nothing, nor has it if they got nowhere. */
	while (!(has_happened(&threads[EACH]) && have_turns(threads, EACH)) &&
	       time(NULL) < deadline) {
		wake(threads, EACH);
		rest(10);
	}
	stop(threads, EACH + 1);
	if (!has_happened(&threads[EACH])) {
		printf("\n# %s never happened beside %s\n", happening->name, user->name);
		atomic_store(&failed, true);
	}
	if (!have_turns(threads, EACH)) {
		printf("\n# %s never came to anything beside %s\n", user->name, happening->name);
		atomic_store(&failed, true);
	}
	return atomic_load(&threads[EACH].turns);
}

static void all(unsigned long ms, unsigned int *seed)
{
	_cleanup_free_ struct thread *threads = calloc(n_users + n_happenings, sizeof(*threads));
	size_t n = 0;

	if (!threads)
		abort();
	for (size_t i = 0; i < n_users; i++)
		start(&threads[n++], &users[i], NULL, seed);
	for (size_t i = 0; i < n_happenings; i++)
		start(&threads[n++], &happenings[i], NULL, seed);
	rest(ms);
	stop(threads, n);
	printf("# all at once:");
	for (size_t i = 0; i < n; i++)
		printf(" %s %lu%s", threads[i].role->name, atomic_load(&threads[i].turns),
		       i + 1 < n ? "," : "\n");
}

/* Who never came to anything has proved nothing. */
static void expect_turns(const struct role *roles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (roles[i].turns)
			continue;
		printf("# %s: not once\n", roles[i].name);
		atomic_store(&failed, true);
	}
}

static void ignore_signal(int number)
{
}

int main(int argc, char *argv[])
{
	struct sigaction interrupt = { .sa_handler = ignore_signal };
	const char *slowness = getenv("MYDEV_SLOWNESS");
	unsigned long ms;
	unsigned int seed;

	if (argc != 3) {
		fputs("usage: race SEED MILLISECONDS\n", stderr);
		return 2;
	}
	seed = (unsigned int)strtoul(argv[1], NULL, 0);
	ms = strtoul(argv[2], NULL, 0);
	if (slowness)
		hang_seconds *= strtol(slowness, NULL, 0);
	/* Without SA_RESTART, so that calls come back. */
	sigaction(SIGUSR1, &interrupt, NULL);
	signal(SIGUSR2, SIG_IGN);
	prepare_users((unsigned int)rand_r(&seed));
	for (size_t h = 0; h < n_happenings; h++) {
		printf("# %s, against", happenings[h].name);
		for (size_t u = 0; u < n_users; u++) {
			unsigned long turns = pair(&users[u], &happenings[h], ms, &seed);

			printf("%s %s %lu times", u ? "," : "", users[u].name, turns);
		}
		printf("\n");
		fflush(stdout);
	}
	all(10 * ms, &seed);
	expect_turns(users, n_users);
	expect_turns(happenings, n_happenings);
	printf("# the core was unloaded %lu times\n", atomic_load(&core_unloads));
	if (!atomic_load(&core_unloads))
		atomic_store(&failed, true);
	return atomic_load(&failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}
