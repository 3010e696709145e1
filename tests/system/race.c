// SPDX-License-Identifier: GPL-2.0-only
/*
 * race SEED MILLISECONDS: whoever uses devices, against whatever can happen to them, in all combinations, so long each, and
 * then all at once, ten times as long. Errors must be those that the situation explains, and nobody may hang. The kernel's
 * log is the other half of the verdict, and whether the modules can be removed afterwards.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/mydev.h>

#include "cleanup.h"
#include "libmydev.h"

#define EACH 2 /* of one kind of user at a time */
#define HANG_SECONDS 120
#define DRIVER "/sys/bus/platform/drivers/mydev_virt/"

struct thread {
	const struct role *role;
	struct mydev_client *client;
	unsigned int seed;
	unsigned long turns;
	pthread_t id;
	atomic_bool ended;
};

struct role {
	const char *name;
	int (*turn)(struct thread *t); /* -errno, if it may explain itself by the situation */
};

static atomic_bool stopping, failed;

static unsigned int below(struct thread *t, unsigned int n)
{
	return (unsigned int)rand_r(&t->seed) % n;
}

/* Long enough for others to come between, or not at all. */
static void dawdle(struct thread *t)
{
	if (below(t, 2))
		nanosleep(&(struct timespec){ .tv_nsec = below(t, 1000) * 1000L }, NULL);
}

/* ---- Devices ---- */

/* One of those there are; -ENODEV when there is none. The caller clears it. */
static int pick(struct thread *t, struct mydev_dev *ret)
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

/* A request about one of the devices. */
static int name_one(struct thread *t, struct mydev_dev *ret)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	int r = pick(t, &dev);

	*ret = (struct mydev_dev){ .id = dev.id };
	MYDEV_SET(ret, DEV, ID);
	return r;
}

static int open_one(struct thread *t, int flags)
{
	struct mydev_dev dev;
	char path[32];
	int fd, r = name_one(t, &dev);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, dev.id);
	fd = open(path, flags | O_CLOEXEC | (below(t, 2) ? O_NONBLOCK : 0));
	return fd < 0 ? -errno : fd;
}

/* ---- Who uses devices: each opens one, uses it for a while, closes it ---- */

/* What a call said: what ends the use of this file, else 0. */
static int outcome(long n)
{
	if (n >= 0 || errno == EAGAIN || errno == EINTR)
		return 0;
	return -errno;
}

static int use(struct thread *t, int flags, long (*call)(struct thread *t, int fd))
{
	_cleanup_close_ int fd = open_one(t, flags);
	int r = fd < 0 ? fd : 0;

	for (unsigned int n = below(t, 20); r == 0 && n && !atomic_load(&stopping); n--) {
		dawdle(t);
		r = outcome(call(t, fd));
	}
	return r;
}

static long call_read(struct thread *t, int fd)
{
	static _Thread_local char buf[65536];

	return read(fd, buf, 1 + below(t, sizeof(buf)));
}

static long call_write(struct thread *t, int fd)
{
	static _Thread_local char buf[65536];

	return write(fd, buf, 1 + below(t, sizeof(buf)));
}

static long call_poll(struct thread *t, int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)below(t, 16) };

	return poll(&pollfd, 1, (int)below(t, 5));
}

/* SIGUSR2 is ignored: what counts is that it is sent, while the owner goes. */
static long call_own(struct thread *t, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETOWN, getpid()) < 0 || fcntl(fd, F_SETSIG, SIGUSR2) < 0)
		return -1;
	return fcntl(fd, F_SETFL, below(t, 2) ? flags | O_ASYNC : flags & ~O_ASYNC);
}

static long call_ioctl(struct thread *t, int fd)
{
	int value;

	switch (below(t, 3)) {
	case 0:
		return ioctl(fd, MYDEV_IOC_RESET);
	case 1:
		return ioctl(fd, MYDEV_IOC_STATUS, &value);
	default:
		return ioctl(fd, FIONREAD, &value);
	}
}

static int turn_read(struct thread *t)
{
	return use(t, O_RDONLY, call_read);
}

static int turn_write(struct thread *t)
{
	return use(t, O_WRONLY, call_write);
}

static int turn_poll(struct thread *t)
{
	return use(t, O_RDWR, call_poll);
}

static int turn_own(struct thread *t)
{
	return use(t, O_RDWR, call_own);
}

static int turn_ioctl(struct thread *t)
{
	return use(t, O_RDWR, call_ioctl);
}

static int turn_dump(struct thread *t)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};

	dawdle(t);
	return pick(t, &dev);
}

static int ignore_event(const struct mydev_event *event, void *userdata)
{
	return 0;
}

static int turn_events(struct thread *t)
{
	dawdle(t);
	return mydev_event_dump(t->client, NULL, 0, ignore_event, NULL);
}

static int turn_sysfs(struct thread *t)
{
	static const char *const attributes[] = { "state", "rx_used", "uevent", "rx_bytes" };
	char path[64], buf[4096];
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/sys/class/mydev/mydev%" PRIu32 "/%s", dev.id,
		 attributes[below(t, MYDEV_ARRAY_SIZE(attributes))]);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	dawdle(t);
	return fd < 0 || read(fd, buf, sizeof(buf)) < 0 ? -errno : 0;
}

static const struct role users[] = {
	{ "read", turn_read },	   { "write", turn_write }, { "poll", turn_poll },
	{ "SIGIO", turn_own },	   { "ioctl", turn_ioctl }, { "dump", turn_dump },
	{ "events", turn_events }, { "sysfs", turn_sysfs },
};

/* ---- What happens to devices ---- */

static int add_one(struct thread *t)
{
	struct mydev_dev want = {
		.kind = (char[]){ "virt" },
		.rx_policy = below(t, 3),
		.rx_size = 4096u << below(t, 6),
		.watermark = below(t, 4096),
	};

	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, WATERMARK);
	return mydev_dev_new(t->client, &want, NULL);
}

static int turn_remove(struct thread *t)
{
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	dawdle(t);
	if (r == 0)
		r = mydev_dev_del(t->client, &dev);
	return r == 0 || r == -ENODEV ? add_one(t) : r;
}

static int write_name(const char *path, const char *name)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, name, strlen(name)) < 0 ? -errno : 0;
}

static int turn_unbind(struct thread *t)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	const char *name;
	int r = pick(t, &dev);

	if (r < 0)
		return r;
	name = strchr(dev.parent, '/') + 1;
	r = write_name(DRIVER "unbind", name);
	dawdle(t);
	return r < 0 ? r : write_name(DRIVER "bind", name);
}

/* Not the core, which open files hold. */
static int turn_unload(struct thread *t)
{
	dawdle(t);
	if (syscall(SYS_delete_module, "mydev_virt", O_NONBLOCK) < 0)
		return -errno;
	dawdle(t);
	return system("modprobe mydev_virt devices=2") == 0 ? 0 : -EXDEV;
}

static int turn_reset(struct thread *t)
{
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	dev.counters = below(t, 2);
	MYDEV_SET(&dev, DEV, COUNTERS);
	dawdle(t);
	return r < 0 ? r : mydev_reset(t->client, &dev, NULL);
}

static int turn_resize(struct thread *t)
{
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	dev.rx_size = 4096u << below(t, 8);
	MYDEV_SET(&dev, DEV, RX_SIZE);
	return r < 0 ? r : mydev_dev_set(t->client, &dev, NULL);
}

static int turn_policy(struct thread *t)
{
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	dev.rx_policy = below(t, 3);
	dev.watermark = below(t, 4096);
	MYDEV_SET(&dev, DEV, RX_POLICY);
	MYDEV_SET(&dev, DEV, WATERMARK);
	return r < 0 ? r : mydev_dev_set(t->client, &dev, NULL);
}

static int turn_fault(struct thread *t)
{
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	if (r < 0)
		return r;
	dev.fault = MYDEV_FAULT_CODE_LINK;
	MYDEV_SET(&dev, DEV, FAULT);
	r = mydev_fault_inject(t->client, &dev, NULL);
	dawdle(t);
	dev.has &= ~(UINT64_C(1) << MYDEV_A_DEV_FAULT);
	return r < 0 ? r : mydev_reset(t->client, &dev, NULL);
}

static int turn_selftest(struct thread *t)
{
	_cleanup_(mydev_selftest_clear) struct mydev_selftest test = {};
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	if (r == 0)
		r = mydev_selftest(t->client, &dev, &test);
	/* Its device has no defect; a fault can come between. */
	if (r == 0 && test.result != MYDEV_SELFTEST_RESULT_PASSED)
		printf("# self-test: %s\n", test.msg);
	return r;
}

static const struct role happenings[] = {
	{ "remove", turn_remove }, { "unbind", turn_unbind },	  { "unload", turn_unload },
	{ "reset", turn_reset },   { "resize", turn_resize },	  { "policy", turn_policy },
	{ "fault", turn_fault },   { "selftest", turn_selftest },
};

/* ---- Together ---- */

/* What may be the answer where devices come and go, are faulted, in use, or full. */
static bool is_explained(int err)
{
	static const int errors[] = { ENODEV, ENXIO, ENOENT, EIO,	 EBUSY,
				      EAGAIN, EINTR, EEXIST, EOPNOTSUPP, EPROTONOSUPPORT };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(errors); i++)
		if (errors[i] == err)
			return true;
	return false;
}

static void *run_thread(void *userdata)
{
	struct thread *t = userdata;

	while (!atomic_load(&stopping)) {
		int r = t->role->turn(t);

		if (r < 0 && !is_explained(-r)) {
			printf("# %s: %s\n", t->role->name, strerror(-r));
			atomic_store(&failed, true);
		}
		t->turns++;
	}
	atomic_store(&t->ended, true);
	return NULL;
}

static void start(struct thread *t, const struct role *role, unsigned int *seed)
{
	*t = (struct thread){ .role = role, .seed = (unsigned int)rand_r(seed) };
	if (mydev_client_new(&t->client) < 0 && mydev_client_new(&t->client) < 0)
		abort();
	if (pthread_create(&t->id, NULL, run_thread, t))
		abort();
}

/* A signal ends the wait of who sleeps in a read or a write. */
static void stop(struct thread *threads, size_t n)
{
	time_t deadline = time(NULL) + HANG_SECONDS;

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

static unsigned long pair(const struct role *user, const struct role *happening, unsigned long ms,
			  unsigned int *seed)
{
	struct thread threads[EACH + 1];

	for (size_t i = 0; i < EACH; i++)
		start(&threads[i], user, seed);
	start(&threads[EACH], happening, seed);
	rest(ms);
	stop(threads, EACH + 1);
	return threads[EACH].turns;
}

static void all(unsigned long ms, unsigned int *seed)
{
	struct thread threads[MYDEV_ARRAY_SIZE(users) + MYDEV_ARRAY_SIZE(happenings)];
	size_t n = 0;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(users); i++)
		start(&threads[n++], &users[i], seed);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(happenings); i++)
		start(&threads[n++], &happenings[i], seed);
	rest(ms);
	stop(threads, n);
	printf("# all at once:");
	for (size_t i = 0; i < n; i++)
		printf(" %s %lu%s", threads[i].role->name, threads[i].turns,
		       i + 1 < n ? "," : "\n");
}

static void ignore_signal(int number)
{
}

int main(int argc, char *argv[])
{
	struct sigaction interrupt = { .sa_handler = ignore_signal };
	unsigned long ms;
	unsigned int seed;

	if (argc != 3) {
		fputs("usage: race SEED MILLISECONDS\n", stderr);
		return 2;
	}
	seed = (unsigned int)strtoul(argv[1], NULL, 0);
	ms = strtoul(argv[2], NULL, 0);
	/* Without SA_RESTART, so that calls come back. */
	sigaction(SIGUSR1, &interrupt, NULL);
	signal(SIGUSR2, SIG_IGN);
	for (size_t h = 0; h < MYDEV_ARRAY_SIZE(happenings); h++) {
		printf("# %s, against", happenings[h].name);
		for (size_t u = 0; u < MYDEV_ARRAY_SIZE(users); u++) {
			unsigned long turns = pair(&users[u], &happenings[h], ms, &seed);

			printf("%s %s %lu times", u ? "," : "", users[u].name, turns);
		}
		printf("\n");
		fflush(stdout);
	}
	all(10 * ms, &seed);
	return atomic_load(&failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}
