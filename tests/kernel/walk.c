// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk GROUP MYDEV.KO MYDEV_VIRT.KO: walks along the error paths of a group of operations, and
 * prints how many there are. An operation that meets a fault says so cleanly and leaves all as it
 * was, or does all that it is to do. The kernel's log, and whether memory was leaked, is the other
 * half of the verdict.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "walk.h"

#define ERRNO_MAX 134
/* Who meets faults for so long goes round in circles. */
#define PATHS_MAX 20000
/*
 * What the caches of the kernel have makes the number of an allocation vary by one or two, and a
 * single walk may pass by one. So there are several, but for operations that have many paths and
 * take long.
 */
#define WALKS_MAX 5
#define FAULTS_ENOUGH 200

struct walk {
	int fail_nth;
	const char *core_file, *virt_file;
	char *const *driver_files;
	unsigned long paths;
};

/* How an operation came through its faults. */
struct tally {
	unsigned long paths; /* of the longest walk */
	unsigned long faults, failed;
	unsigned long failed_with[ERRNO_MAX];
};

int walk_wrong(const char *format, ...)
{
	va_list args;

	printf("# wrong: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return -EBADE;
}

const char *walk_core_file(const struct walk *w)
{
	return w->core_file;
}

const char *walk_virt_file(const struct walk *w)
{
	return w->virt_file;
}

char *const *walk_driver_files(const struct walk *w)
{
	return w->driver_files;
}

/* ---- Faults: nothing between arm() and disarm() may enter the kernel but the operation ---- */

static int arm(const struct walk *w, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(w->fail_nth, text, (size_t)len, 0) == len ? 0 : -errno;
}

/*
 * Reading how many are left, and writing that it is none, can meet the fault just as well; then it
 * has been met here.
 */
static int disarm(const struct walk *w, bool *ret_met)
{
	char text[16] = "";

	*ret_met = false;
	if (pread(w->fail_nth, text, sizeof(text) - 1, 0) < 0)
		return errno == EFAULT ? 0 : -errno;
	*ret_met = strtoul(text, NULL, 10) == 0;
	if (*ret_met)
		return 0;
	if (pwrite(w->fail_nth, "0", 1, 0) < 0 && errno != EFAULT)
		return -errno;
	return 0;
}

/* ---- The walk ---- */

static bool is_clean(const struct walk_op *op, int error)
{
	if (error == ENOMEM || error == EFAULT)
		return true;
	for (size_t i = 0; i < WALK_ALSO_MAX && op->also[i]; i++)
		if (op->also[i] == error)
			return true;
	return false;
}

static const char *name_of(long error)
{
	const char *name = strerrorname_np((int)error);

	return name ? name : "an unknown errno";
}

static int judge(const struct walk_op *op, bool met, long result, struct tally *tally)
{
	if (result < 0 && !met)
		return walk_wrong("it fails without a fault, with %s", name_of(-result));
	if (result < 0 && !is_clean(op, (int)-result))
		return walk_wrong("it fails with %s", name_of(-result));
	if (!met)
		return 0;
	tally->faults++;
	if (result < 0) {
		tally->failed++;
		tally->failed_with[-result]++;
	}
	return 0;
}

static int meet(const struct walk *w, const struct walk_op *op, void *userdata, unsigned int nth,
		bool *ret_met, struct tally *tally)
{
	long result;
	int r;

	r = op->prepare(userdata);
	if (r < 0)
		return walk_wrong("it could not be prepared: %s", name_of(-r));
	r = op->arm ? op->arm(userdata, nth) : arm(w, nth);
	if (r < 0)
		return walk_wrong("no fault could be set: %s", name_of(-r));
	result = op->act(userdata);
	r = op->disarm ? op->disarm(userdata, ret_met) : disarm(w, ret_met);
	if (r < 0)
		return walk_wrong("the fault could not be looked at: %s", name_of(-r));
	r = op->check(userdata, &result);
	if (r < 0 && r != -EBADE)
		return walk_wrong("it could not be looked at: %s", name_of(-r));
	return r < 0 ? r : judge(op, *ret_met, result, tally);
}

static void print_tally(const struct walk_op *op, const struct tally *tally)
{
	printf("# %s: %lu paths", op->name, tally->paths);
	if (tally->faults)
		printf(", %lu faults", tally->faults);
	for (int error = 0; error < ERRNO_MAX; error++)
		if (tally->failed_with[error])
			printf(", %lu fail with %s", tally->failed_with[error], name_of(error));
	if (tally->faults > tally->failed)
		printf(", %lu get by", tally->faults - tally->failed);
	printf("\n");
	fflush(stdout);
}

/* From the first fault to that which is not met any more. */
static int walk_once(struct walk *w, const struct walk_op *op, void *userdata, struct tally *tally)
{
	unsigned int nth = 0;
	bool met = true;
	int r = 0;

	while (met && r >= 0) {
		nth++;
		r = nth <= PATHS_MAX ? meet(w, op, userdata, nth, &met, tally) :
				       walk_wrong("it does not end");
	}
	if (r < 0)
		printf("# wrong: %s, fault %u\n", op->name, nth);
	else if (nth - 1 > tally->paths)
		tally->paths = nth - 1;
	return r;
}

static int walk_along_one(struct walk *w, const struct walk_op *op, void *userdata)
{
	struct tally tally = {};
	int r = 0;

	for (int i = 0; i < WALKS_MAX && tally.faults < FAULTS_ENOUGH && r >= 0; i++)
		r = walk_once(w, op, userdata, &tally);
	if (r >= 0)
		print_tally(op, &tally);
	w->paths += tally.paths;
	return r;
}

int walk_along(struct walk *w, const struct walk_op *op, void *userdata)
{
	int r = 0;

	for (; op->name && r >= 0; op++)
		r = walk_along_one(w, op, userdata);
	return r;
}

static const struct {
	const char *name;
	int (*walk)(struct walk *w);
} groups[] = {
	{ "module", walk_module }, { "device", walk_device }, { "probe", walk_probe },
	{ "data", walk_data },	   { "node", walk_node },     { "netlink", walk_netlink },
	{ "dump", walk_dump },	   { "event", walk_event },
};

int main(int argc, char *argv[])
{
	struct walk w = {};
	int r = -EINVAL;

	if (argc < 4) {
		fputs("usage: walk GROUP MYDEV.KO MYDEV_VIRT.KO [DRIVER.KO...]\n", stderr);
		return 2;
	}
	w.core_file = argv[2];
	w.virt_file = argv[3];
	w.driver_files = argv + 4;
	/* A page that has to be fetched would meet the fault. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
		perror("walk: mlockall");
		return EXIT_FAILURE;
	}
	_cleanup_close_ int fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		perror("walk: /proc/self/fail-nth");
		return EXIT_FAILURE;
	}
	w.fail_nth = fail_nth;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(groups); i++)
		if (!strcmp(argv[1], groups[i].name))
			r = groups[i].walk(&w);
	if (r == 0 && !w.paths)
		r = walk_wrong("no fault was met");
	if (r < 0)
		fprintf(stderr, "walk: %s: %s\n", argv[1], strerror(-r));
	else
		printf("# %s, all in all: %lu paths\n", argv[1], w.paths);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
