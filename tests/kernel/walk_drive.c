// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device does for its node, of any kind that sends back what is written: it wakes up for the
 * first file and may rest after the last, takes data, gives it, is reset and tested.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/mydev.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"
#include "walk_request.h"

#define OP_NAME_MAX 64
#define BYTES 512
#define LOOKS_MAX 3000
#define LOOK_MS 10 /* between them */

struct drive {
	struct walk_device dev;
	const char *parent;
	struct walk_request request;
	unsigned char sent[BYTES], got[BYTES];
};

/* In the folder of a device in sysfs: what it is driven through; on USB, what this is an interface of. */
static const char *const places[] = { "device", "device/.." };

static size_t n_places(const struct drive *d)
{
	return strncmp(d->parent, "usb/", 4) ? 1 : MYDEV_ARRAY_SIZE(places);
}

/* ---- Waiting, without a fault ---- */

static int await(int (*is_so)(struct drive *d), struct drive *d)
{
	int r = is_so(d);

	for (int i = 0; i < LOOKS_MAX && r == -EAGAIN; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
		r = is_so(d);
	}
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

/* Open, empty and without a fault; what went wrong before may have it come anew under its bus. */
static int is_ready(struct drive *d)
{
	if (walk_find(d->dev.client, d->parent, &d->dev.id) < 0 || walk_open_node(&d->dev) < 0)
		return -EAGAIN;
	if (ioctl(d->dev.node, MYDEV_IOC_RESET) == 0)
		return 0;
	walk_close_node(&d->dev);
	return -EAGAIN;
}

static FILE *open_power(const struct drive *d, const char *place, const char *name,
			const char *mode)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/mydev/mydev%" PRIu32 "/%s/power/%s", d->dev.id,
		 place, name);
	return fopen(path, mode);
}

/* At once, if they can rest at all. */
static void let_sleep(const struct drive *d)
{
	static const char *const settings[][2] = { { "control", "auto" },
						   { "autosuspend_delay_ms", "0" } };

	for (size_t place = 0; place < n_places(d); place++) {
		for (size_t i = 0; i < MYDEV_ARRAY_SIZE(settings); i++) {
			_cleanup_fclose_ FILE *setting =
				open_power(d, places[place], settings[i][0], "we");
			if (setting)
				fputs(settings[i][1], setting);
		}
	}
}

static bool has_power(const struct drive *d, const char *place)
{
	_cleanup_fclose_ FILE *status = open_power(d, place, "runtime_status", "re");
	char text[16] = "";

	return !status || !fgets(text, sizeof(text), status) ||
	       (strcmp(text, "suspended\n") != 0 && strcmp(text, "unsupported\n") != 0);
}

static int is_asleep(struct drive *d)
{
	for (size_t i = 0; i < n_places(d); i++)
		if (has_power(d, places[i]))
			return -EAGAIN;
	return 0;
}

static int has_come(struct drive *d)
{
	int value;

	if (ioctl(d->dev.node, FIONREAD, &value) < 0)
		return -errno;
	return value == BYTES ? 0 : -EAGAIN;
}

/* ---- As an operation is to find it ---- */

/* What could not be woken may be away, until its bus has found it again. */
static int expect_closed(const struct drive *d)
{
	int r = walk_expect_users(&d->dev, 0);

	return r == -ENODEV ? 0 : r;
}

static int prepare_open(void *userdata)
{
	struct drive *d = userdata;

	for (size_t i = 0; i < BYTES; i++)
		d->sent[i] = (unsigned char)(d->sent[i] * 5ul + i + 1);
	memset(d->got, 0, sizeof(d->got));
	return await(is_ready, d);
}

/* A power reference that nobody gave back is found here: it never sleeps. */
static int prepare_asleep(void *userdata)
{
	struct drive *d = userdata;
	int r = prepare_open(d);

	walk_close_node(&d->dev);
	let_sleep(d);
	return r < 0 ? r : await(is_asleep, d);
}

static int prepare_filled(void *userdata)
{
	struct drive *d = userdata;
	int r = prepare_open(d);

	if (r < 0)
		return r;
	return write(d->dev.node, d->sent, BYTES) == BYTES ? await(has_come, d) : -EIO;
}

/* ---- The operations ---- */

static long act_open(void *userdata)
{
	struct drive *d = userdata;

	return walk_open_node(&d->dev);
}

static int check_open(void *userdata, long *result)
{
	struct drive *d = userdata;
	int r = *result == 0 ? walk_expect_users(&d->dev, 1) : 0;

	walk_close_node(&d->dev);
	return r == 0 ? expect_closed(d) : r;
}

static long act_close(void *userdata)
{
	struct drive *d = userdata;

	return walk_result(close(MYDEV_TAKE_FD(d->dev.node)));
}

static int check_close(void *userdata, long *result)
{
	return expect_closed(userdata);
}

static long act_write(void *userdata)
{
	const struct drive *d = userdata;

	return walk_result(write(d->dev.node, d->sent, BYTES));
}

/* Reads what is left of that which was sent, behind the bytes that came already. */
static int expect_rest(struct drive *d, size_t came)
{
	size_t left = BYTES - came;

	if (read(d->dev.node, d->got + came, left) != (ssize_t)left)
		return walk_wrong("of %d bytes, those behind %zu are lost", BYTES, came);
	if (memcmp(d->got, d->sent, BYTES) != 0)
		return walk_wrong("other bytes come back than were sent");
	return 0;
}

/* As many bytes come back as were taken, and the next that are written follow them. */
static int check_write(void *userdata, long *result)
{
	struct drive *d = userdata;
	size_t taken = *result > 0 ? (size_t)*result : 0, left = BYTES - taken;
	int r = 0;

	if (left && write(d->dev.node, d->sent + taken, left) != (ssize_t)left)
		r = -EIO;
	if (r == 0)
		r = await(has_come, d);
	if (r == 0)
		r = expect_rest(d, 0);
	walk_close_node(&d->dev);
	return r;
}

static long act_read(void *userdata)
{
	struct drive *d = userdata;

	return walk_result(read(d->dev.node, d->got, BYTES));
}

static int check_read(void *userdata, long *result)
{
	struct drive *d = userdata;
	int r = expect_rest(d, *result > 0 ? (size_t)*result : 0);

	walk_close_node(&d->dev);
	return r;
}

static long act_reset(void *userdata)
{
	const struct drive *d = userdata;

	return walk_result(ioctl(d->dev.node, MYDEV_IOC_RESET));
}

static int check_reset(void *userdata, long *result)
{
	struct drive *d = userdata;
	int r = 0, left, state;

	if (*result == 0) {
		if (ioctl(d->dev.node, FIONREAD, &left) < 0 ||
		    ioctl(d->dev.node, MYDEV_IOC_STATUS, &state) < 0)
			r = -errno;
		else if (left || state != MYDEV_DEV_STATE_RUNNING)
			r = walk_wrong("after a reset it has %d bytes, and state %d", left, state);
	}
	walk_close_node(&d->dev);
	return r;
}

static int prepare_selftest(void *userdata)
{
	struct drive *d = userdata;
	struct mydev_dev which;
	int r = prepare_asleep(d);

	if (r < 0)
		return r;
	which = walk_named(d->dev.id);
	return walk_request_new(&d->request, d->dev.client, MYDEV_CMD_SELFTEST, NLM_F_ACK,
				&mydev_dev_desc, &which);
}

static long act_selftest(void *userdata)
{
	struct drive *d = userdata;

	return walk_request_send(&d->request);
}

static int check_selftest(void *userdata, long *result)
{
	_cleanup_(mydev_selftest_clear) struct mydev_selftest test = {};
	struct drive *d = userdata;
	int r = walk_request_answer(&d->request, &mydev_selftest_desc, &test, result);

	if (r == 0 && d->request.done && test.result != MYDEV_SELFTEST_RESULT_PASSED)
		r = walk_wrong("the device failed its test in %" PRIu64 " ms: %s",
			       test.duration_ns / 1000000, test.msg);
	walk_request_clear(&d->request);
	return r;
}

int walk_drive(struct walk *w, struct mydev_client *client, const char *kind, const char *parent)
{
	static struct drive d;
	/*
	 * EBUSY: the kernel says so of a device whose parent could not be woken up. ENODEV: USB
	 * counts a device that it could not reset as lost, and finds it anew.
	 */
	static const struct walk_op ops[] = {
		{ "first open", prepare_asleep, act_open, check_open, { EBUSY } },
		{ "last close", prepare_open, act_close, check_close },
		{ "write", prepare_open, act_write, check_write },
		{ "read", prepare_filled, act_read, check_read },
		{ "reset", prepare_filled, act_reset, check_reset, { ENODEV } },
		/* ENOBUFS: netlink had no memory for the request or its acknowledgement. */
		{ "selftest", prepare_selftest, act_selftest, check_selftest, { ENOBUFS, EBUSY } },
	};
	int r = 0;

	d = (struct drive){ .dev = { .client = client, .node = -1 }, .parent = parent };
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(ops) && r == 0; i++) {
		char name[OP_NAME_MAX];
		struct walk_op op[] = { ops[i], {} };

		snprintf(name, sizeof(name), "%s, kind %s", ops[i].name, kind);
		op[0].name = name;
		r = walk_along(w, op, &d);
	}
	return r;
}
