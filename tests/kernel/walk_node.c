// SPDX-License-Identifier: GPL-2.0-only
/*
 * What else there is to a node than its data: files, waiting, signals, ioctls; and the files of
 * sysfs beside it.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mydev.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"

#define RX_SIZE 65536
#define BUFFERED 40000
#define POLLED 32 /* descriptors: more than the kernel has room for on its stack */

struct node {
	struct walk_device dev;
	int other; /* another file that an operation needs or makes */
	int value; /* of an ioctl */
	struct pollfd polled[POLLED];
	char text[16]; /* of a file */
};

static int prepare_empty(struct node *n)
{
	n->value = -1;
	memset(n->text, 0, sizeof(n->text));
	return walk_restore(&n->dev, MYDEV_RX_POLICY_BLOCK);
}

static int prepare_filled(void *userdata)
{
	static const char zeros[BUFFERED];
	struct node *n = userdata;
	int r = prepare_empty(n);

	if (r < 0)
		return r;
	return write(n->dev.node, zeros, BUFFERED) == BUFFERED ? 0 : -EIO;
}

/* ---- Opening and closing ---- */

static int prepare_nothing(void *userdata)
{
	return 0;
}

static long act_open(void *userdata)
{
	struct node *n = userdata;
	char path[32];

	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, n->dev.id);
	n->other = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return n->other < 0 ? -errno : 0;
}

static int check_open(void *userdata, long *result)
{
	struct node *n = userdata;
	int r = walk_expect_users(&n->dev, *result == 0 ? 2 : 1);

	if (*result == 0)
		close(n->other);
	return r == 0 ? walk_expect_users(&n->dev, 1) : r;
}

static int prepare_close(void *userdata)
{
	return (int)act_open(userdata);
}

static long act_close(void *userdata)
{
	const struct node *n = userdata;

	return walk_result(close(n->other));
}

static int check_close(void *userdata, long *result)
{
	const struct node *n = userdata;

	return walk_expect_users(&n->dev, 1);
}

/* ---- Waiting: there is data, and room ---- */

static int prepare_poll(void *userdata)
{
	struct node *n = userdata;

	for (size_t i = 0; i < POLLED; i++)
		n->polled[i] = (struct pollfd){ .fd = n->dev.node, .events = POLLIN | POLLOUT };
	return prepare_filled(n);
}

static long act_poll(void *userdata)
{
	struct node *n = userdata;

	return walk_result(poll(n->polled, POLLED, 0));
}

static int check_poll(void *userdata, long *result)
{
	const struct node *n = userdata;

	if (*result < 0)
		return 0;
	for (size_t i = 0; i < POLLED; i++)
		if (n->polled[i].revents != (POLLIN | POLLOUT))
			return walk_wrong("a descriptor is not ready");
	if (*result == POLLED)
		return 0;
	return walk_wrong("of %d descriptors, %ld are ready", POLLED, *result);
}

static int prepare_epoll(void *userdata)
{
	struct node *n = userdata;

	n->other = epoll_create1(EPOLL_CLOEXEC);
	return n->other < 0 ? -errno : prepare_filled(n);
}

static long act_epoll_add(void *userdata)
{
	struct node *n = userdata;
	struct epoll_event event = { .events = EPOLLIN };

	return walk_result(epoll_ctl(n->other, EPOLL_CTL_ADD, n->dev.node, &event));
}

static int check_epoll_add(void *userdata, long *result)
{
	struct node *n = userdata;
	struct epoll_event event;
	int ready = epoll_wait(n->other, &event, 1, 0);

	close(n->other);
	if (ready == (*result == 0 ? 1 : 0))
		return 0;
	return walk_wrong("%d descriptors are ready", ready);
}

/*
 * Like a signal handler's flag, but nothing is interrupted: SIGIO is blocked, and waited for here.
 */
static bool is_signalled(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	return sigtimedwait(&set, NULL, &(struct timespec){}) == SIGIO;
}

static int prepare_fasync(void *userdata)
{
	struct node *n = userdata;

	if (fcntl(n->dev.node, F_SETOWN, getpid()) < 0)
		return -errno;
	return prepare_empty(n);
}

static long act_fasync(void *userdata)
{
	const struct node *n = userdata;

	return walk_result(fcntl(n->dev.node, F_SETFL, O_NONBLOCK | O_ASYNC));
}

static int check_fasync(void *userdata, long *result)
{
	struct node *n = userdata;
	int flags = fcntl(n->dev.node, F_GETFL);
	bool signalled;

	if (write(n->dev.node, "", 1) != 1)
		return -EIO;
	signalled = is_signalled();
	fcntl(n->dev.node, F_SETFL, O_NONBLOCK);
	while (is_signalled())
		;
	if (signalled == (*result == 0) && !(flags & O_ASYNC) == !signalled)
		return 0;
	return walk_wrong("SIGIO is %ssent, O_ASYNC is %sset", signalled ? "" : "not ",
			  flags & O_ASYNC ? "" : "not ");
}

/* ---- ioctl, sysfs ---- */

static long act_reset(void *userdata)
{
	const struct node *n = userdata;

	return walk_result(ioctl(n->dev.node, MYDEV_IOC_RESET));
}

static int expect_buffered(struct node *n, int bytes)
{
	int value;

	if (ioctl(n->dev.node, FIONREAD, &value) < 0)
		return -errno;
	return value == bytes ? 0 : walk_wrong("%d bytes are buffered, not %d", value, bytes);
}

static int check_reset(void *userdata, long *result)
{
	return expect_buffered(userdata, *result == 0 ? 0 : BUFFERED);
}

static long act_status(void *userdata)
{
	struct node *n = userdata;

	return walk_result(ioctl(n->dev.node, MYDEV_IOC_STATUS, &n->value));
}

static int check_status(void *userdata, long *result)
{
	const struct node *n = userdata;

	if (*result < 0 || n->value == MYDEV_DEV_STATE_RUNNING)
		return 0;
	return walk_wrong("the state is %d", n->value);
}

static long act_fionread(void *userdata)
{
	struct node *n = userdata;

	return walk_result(ioctl(n->dev.node, FIONREAD, &n->value));
}

static int check_fionread(void *userdata, long *result)
{
	const struct node *n = userdata;

	if (*result < 0 || n->value == BUFFERED)
		return 0;
	return walk_wrong("%d bytes are told of", n->value);
}

static long act_sysfs(void *userdata)
{
	struct node *n = userdata;
	char path[64];
	long r;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/mydev/mydev%" PRIu32 "/rx_used", n->dev.id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read(fd, n->text, sizeof(n->text) - 1) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int check_sysfs(void *userdata, long *result)
{
	const struct node *n = userdata;

	if (*result < 0 || !strcmp(n->text, "40000\n"))
		return 0;
	return walk_wrong("%s", n->text);
}

static const struct walk_op ops[] = {
	{ "open", prepare_nothing, act_open, check_open },
	{ "close", prepare_close, act_close, check_close },
	{ "poll", prepare_poll, act_poll, check_poll },
	{ "epoll_ctl", prepare_epoll, act_epoll_add, check_epoll_add },
	{ "fcntl O_ASYNC", prepare_fasync, act_fasync, check_fasync },
	{ "ioctl MYDEV_IOC_RESET", prepare_filled, act_reset, check_reset },
	{ "ioctl MYDEV_IOC_STATUS", prepare_filled, act_status, check_status },
	{ "ioctl FIONREAD", prepare_filled, act_fionread, check_fionread },
	{ "sysfs", prepare_filled, act_sysfs, check_sysfs },
	{},
};

int walk_node(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	static struct node n;
	sigset_t sigio;
	int r;

	sigemptyset(&sigio);
	sigaddset(&sigio, SIGIO);
	sigprocmask(SIG_BLOCK, &sigio, NULL);
	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	r = walk_make_device(&n.dev, client, RX_SIZE);
	return r < 0 ? r : walk_along(w, ops, &n);
}
