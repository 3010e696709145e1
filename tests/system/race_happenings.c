// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can happen to devices while they are used.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mydev.h>

#include "cleanup.h"
#include "race.h"

#define DRIVER "/sys/bus/platform/drivers/mydev_virt/"

atomic_ulong core_unloads;

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

/*
 * The core is held by open files, by requests and by dumps. No kernel waits for them any more (rmmod --wait is gone for
 * that reason): whoever unloads asks again.
 */
static void unload_core(struct thread *t)
{
	for (int i = 0; i < 50; i++) {
		if (syscall(SYS_delete_module, "mydev", O_NONBLOCK) == 0) {
			atomic_fetch_add(&core_unloads, 1);
			return;
		}
		dawdle(t);
	}
}

static int turn_unload(struct thread *t)
{
	dawdle(t);
	if (syscall(SYS_delete_module, "mydev_virt", O_NONBLOCK) < 0)
		return -errno;
	dawdle(t);
	if (below(t, 2))
		unload_core(t);
	/* NOLINTNEXTLINE(cert-env33-c): a constant command */
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

/* A little less than a self-test has (module/selftest.c). */
#define SELFTEST_LIMIT_NS 3900000000u

static int turn_selftest(struct thread *t)
{
	_cleanup_(mydev_selftest_clear) struct mydev_selftest test = {};
	const char *failed_with;
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	/* What others have left in it speaks against a test. */
	if (r == 0)
		r = mydev_reset(t->client, &dev, NULL);
	if (r == 0)
		r = mydev_selftest(t->client, &dev, &test);
	if (r < 0 || test.result == MYDEV_SELFTEST_RESULT_PASSED)
		return r;
	printf("# self-test: %s\n", test.msg);
	/* Its device has no defect; a fault can come between, or others take all of its 4 s. */
	failed_with = strstr(test.msg, "fails with ");
	if (failed_with && strcmp(failed_with, "fails with -5") == 0)
		return t->beside ? -EBADE : 0;
	if (test.duration_ns >= SELFTEST_LIMIT_NS)
		return 0;
	return -EBADE;
}

static const int nothing[] = { 0 };
static const int goes[] = { ENODEV, ENXIO, ENOENT, 0 };
/* What was bound again is nobody's to remove. */
static const int changes_hands[] = { ENODEV, ENXIO, ENOENT, EOPNOTSUPP, 0 };
static const int goes_with_all[] = { ENODEV, ENXIO, ENOENT, EPROTONOSUPPORT, 0 };
static const int faults[] = { EIO, 0 };

struct role happenings[] = {
	{ "remove", turn_remove, true, goes },
	{ "unbind", turn_unbind, true, changes_hands },
	{ "unload", turn_unload, true, goes_with_all },
	{ "reset", turn_reset, true, nothing },
	{ "resize", turn_resize, true, nothing },
	{ "policy", turn_policy, true, nothing },
	{ "fault", turn_fault, true, faults },
	{ "selftest", turn_selftest, true, nothing },
};
const size_t n_happenings = MYDEV_ARRAY_SIZE(happenings);
