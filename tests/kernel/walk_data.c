// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of a node: no byte is lost or doubled by a call that meets a fault, whether it fails or
 * brings a part.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"

#define RX_SIZE 65536
#define OLD 40000 /* bytes in the ring before */
#define NEW 50000 /* bytes that are written: more than there is room for */
#define READ 30000
#define SPLICED 20000
#define PARTS 16 /* of a vector: more than the kernel has room for on its stack */

struct data {
	struct walk_device dev;
	enum mydev_rx_policy policy;
	int pipe[2];
	unsigned char sent[OLD + NEW],
		got[OLD + NEW]; /* the stream, as it is to be and as it came */
};

/* ---- Data ---- */

/* Other data with every fault, so that nothing of before can be taken for it. */
static void make_data(struct data *d)
{
	static unsigned int state = 1;

	for (size_t i = 0; i < sizeof(d->sent); i++) {
		state = state * 1664525 + 1013904223;
		d->sent[i] = (unsigned char)(state >> 24);
	}
	memset(d->got, 0, sizeof(d->got));
}

/* A ring of that policy with the first bytes of the data. */
static int fill(struct data *d, enum mydev_rx_policy policy)
{
	int r = walk_restore(&d->dev, policy);

	if (r < 0)
		return r;
	make_data(d);
	d->policy = policy;
	return write(d->dev.node, d->sent, OLD) == OLD ? 0 : -EIO;
}

/* Reads all that is there behind what was got before; returns how much there is then. */
static size_t drain(int fd, unsigned char *to, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, to + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

static int expect_data(const struct data *d, size_t from, size_t to, size_t len)
{
	if (len == to - from && !memcmp(d->got, d->sent + from, len))
		return 0;
	return walk_wrong("there are %zu bytes, not bytes %zu to %zu of the stream, or others", len,
			  from, to);
}

/*
 * What the device counts: bytes that were sent to it, lost by it, read from it, and those that are
 * there.
 */
static int expect_counts(struct data *d, size_t sent, size_t lost, size_t read)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	int r = walk_look(&d->dev, &dev);

	if (r < 0)
		return r;
	if (dev.tx_bytes == sent && dev.rx_bytes == sent && dev.rx_dropped == lost &&
	    dev.read_bytes == read && dev.rx_used == sent - lost - read && !dev.rx_discarded)
		return 0;
	return walk_wrong("of %zu bytes, %zu lost, %zu read, it counts %" PRIu64 " sent, %" PRIu64
			  " received, %" PRIu64 " lost, %" PRIu64 " read, %" PRIu32 " there",
			  sent, lost, read, dev.tx_bytes, dev.rx_bytes, dev.rx_dropped,
			  dev.read_bytes, dev.rx_used);
}

/* ---- Writing, under each policy ---- */

static int prepare_block(void *userdata)
{
	return fill(userdata, MYDEV_RX_POLICY_BLOCK);
}

static int prepare_drop(void *userdata)
{
	return fill(userdata, MYDEV_RX_POLICY_DROP);
}

static int prepare_overwrite(void *userdata)
{
	return fill(userdata, MYDEV_RX_POLICY_OVERWRITE);
}

static long act_write(void *userdata)
{
	struct data *d = userdata;

	return walk_result(write(d->dev.node, d->sent + OLD, NEW));
}

static long act_writev(void *userdata)
{
	struct data *d = userdata;
	struct iovec vec[PARTS];

	for (size_t i = 0; i < PARTS; i++)
		vec[i] = (struct iovec){ d->sent + OLD + i * (NEW / PARTS), NEW / PARTS };
	return walk_result(writev(d->dev.node, vec, PARTS));
}

/*
 * The ring has what the policy makes of the bytes of before and those that the call says it has
 * taken.
 */
static int check_written(void *userdata, long *result)
{
	struct data *d = userdata;
	size_t sent = OLD + (*result > 0 ? (size_t)*result : 0), lost, from = 0, to = sent;
	int r;

	lost = sent > RX_SIZE ? sent - RX_SIZE : 0;
	if (lost && d->policy == MYDEV_RX_POLICY_BLOCK)
		return walk_wrong("more was taken than there is room for");
	if (d->policy == MYDEV_RX_POLICY_OVERWRITE)
		from = lost;
	else
		to -= lost;
	r = expect_counts(d, sent, lost, 0);
	return r == 0 ? expect_data(d, from, to, drain(d->dev.node, d->got, sizeof(d->got))) : r;
}

/* ---- Reading ---- */

static long act_read(void *userdata)
{
	struct data *d = userdata;

	return walk_result(read(d->dev.node, d->got, READ));
}

static long act_readv(void *userdata)
{
	struct data *d = userdata;
	struct iovec vec[PARTS];

	for (size_t i = 0; i < PARTS; i++)
		vec[i] = (struct iovec){ d->got + i * (READ / PARTS), READ / PARTS };
	return walk_result(readv(d->dev.node, vec, PARTS));
}

/* The ring has what comes behind the bytes that were got from it. */
static int expect_rest(struct data *d, size_t got)
{
	int r = expect_counts(d, OLD, 0, got);

	if (r < 0)
		return r;
	return expect_data(d, 0, OLD, got + drain(d->dev.node, d->got + got, sizeof(d->got) - got));
}

static int check_read(void *userdata, long *result)
{
	return expect_rest(userdata, *result > 0 ? (size_t)*result : 0);
}

/* ---- Splicing, between the node and a pipe ---- */

static int make_pipe(struct data *d)
{
	return pipe2(d->pipe, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

static void close_pipe(struct data *d)
{
	close(d->pipe[0]);
	close(d->pipe[1]);
}

static int prepare_splice_from(void *userdata)
{
	int r = make_pipe(userdata);

	return r < 0 ? r : fill(userdata, MYDEV_RX_POLICY_BLOCK);
}

static long act_splice_from(void *userdata)
{
	struct data *d = userdata;

	return walk_result(splice(d->dev.node, NULL, d->pipe[1], NULL, SPLICED, 0));
}

/* What the call says is in the pipe, and what comes behind it in the ring. */
static int check_splice_from(void *userdata, long *result)
{
	struct data *d = userdata;
	size_t got = drain(d->pipe[0], d->got, sizeof(d->got));

	close_pipe(d);
	if (got != (*result > 0 ? (size_t)*result : 0))
		return walk_wrong("there are %zu bytes in the pipe", got);
	return expect_rest(d, got);
}

static int prepare_splice_to(void *userdata)
{
	struct data *d = userdata;
	int r = make_pipe(d);

	if (r == 0)
		r = fill(d, MYDEV_RX_POLICY_BLOCK);
	if (r < 0)
		return r;
	return write(d->pipe[1], d->sent + OLD, SPLICED) == SPLICED ? 0 : -EIO;
}

static long act_splice_to(void *userdata)
{
	struct data *d = userdata;

	return walk_result(splice(d->pipe[0], NULL, d->dev.node, NULL, SPLICED, 0));
}

/* What the call says is in the ring, and what comes behind it in the pipe. */
static int check_splice_to(void *userdata, long *result)
{
	struct data *d = userdata;
	size_t sent = OLD + (*result > 0 ? (size_t)*result : 0), got;
	int r = expect_counts(d, sent, 0, 0);

	if (r < 0)
		return r;
	got = drain(d->dev.node, d->got, sizeof(d->got));
	if (got != sent)
		return walk_wrong("there are %zu bytes in the ring", got);
	got += drain(d->pipe[0], d->got + got, sizeof(d->got) - got);
	close_pipe(d);
	return expect_data(d, 0, OLD + SPLICED, got);
}

/*
 * EAGAIN: splice() says so where the pipe could not be given a page, which the core calls EFAULT.
 */
static const struct walk_op ops[] = {
	{ "write, policy block", prepare_block, act_write, check_written },
	{ "write, policy drop", prepare_drop, act_write, check_written },
	{ "write, policy overwrite", prepare_overwrite, act_write, check_written },
	{ "writev, policy block", prepare_block, act_writev, check_written },
	{ "writev, policy drop", prepare_drop, act_writev, check_written },
	{ "writev, policy overwrite", prepare_overwrite, act_writev, check_written },
	{ "read, policy block", prepare_block, act_read, check_read },
	{ "read, policy drop", prepare_drop, act_read, check_read },
	{ "read, policy overwrite", prepare_overwrite, act_read, check_read },
	{ "readv", prepare_block, act_readv, check_read },
	{ "splice to a pipe", prepare_splice_from, act_splice_from, check_splice_from, { EAGAIN } },
	{ "splice from a pipe", prepare_splice_to, act_splice_to, check_splice_to },
	{},
};

int walk_data(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	static struct data d;
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	r = walk_make_device(&d.dev, client, RX_SIZE);
	return r < 0 ? r : walk_along(w, ops, &d);
}
