// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way to who listens: subscribing, and the worker of the kernel that sends them. An
 * event comes, or the socket says that one is missing, and then the log has it.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "object.h"
#include "request.h"
#include "walk.h"
#include "walk_look.h"

#define RX_SIZE 4096
#define WORKERS_MAX 64
#define PROC_PATH_MAX (NAME_MAX + 32)

MYDEV_DEFINE_CLEANUP(DIR *, closedir);

struct listener {
	struct walk_device dev;
	struct mydev_nlsock sock;
	uint64_t seq; /* of the event that is to come */
	int workers[WORKERS_MAX]; /* their fail-nth */
	size_t n_workers;
};

/* Has an event come about; l->seq is its number. */
static int cause(struct listener *l)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	struct mydev_dev which = walk_named(l->dev.id);
	int r = mydev_reset(l->dev.client, &which, NULL);

	if (r == 0)
		r = mydev_info_get(l->dev.client, &info);
	l->seq = info.event_last;
	return r;
}

static int read_seq(const struct nlmsghdr *msg, uint64_t *ret)
{
	_cleanup_(mydev_event_clear) struct mydev_event event = {};
	const void *attrs;
	uint8_t cmd;
	size_t len;
	int r;

	attrs = mydev_genl_attrs(msg, &cmd, &len);
	if (!attrs || cmd != MYDEV_CMD_EVENT_NTF)
		return -EBADMSG;
	r = mydev_object_from_nl(&mydev_event_desc, attrs, len, &event);
	*ret = event.seq;
	return r;
}

/*
 * Receives up to the event that was caused: 0, -ENOBUFS when the socket says that one is missing,
 * -ETIMEDOUT.
 */
static int await(struct listener *l)
{
	struct nlmsghdr *msg;
	uint64_t seq = 0;
	int r = 0;

	while (r == 0 && seq < l->seq) {
		r = mydev_nlsock_next(&l->sock, &msg);
		if (r == 0)
			r = read_seq(msg, &seq);
		else if (r == -EAGAIN)
			r = mydev_nlsock_wait(&l->sock, MYDEV_TIMEOUT_MS);
	}
	return r;
}

static int subscribe(struct listener *l)
{
	int r = mydev_nlsock_open(&l->sock);

	return r < 0 ? r : mydev_nlsock_join(&l->sock, l->dev.client->family.events);
}

/* ---- Subscribing ---- */

static int prepare_subscribe(void *userdata)
{
	struct listener *l = userdata;

	l->sock.fd = -1;
	return 0;
}

static long act_subscribe(void *userdata)
{
	return subscribe(userdata);
}

static int check_subscribe(void *userdata, long *result)
{
	struct listener *l = userdata;
	int r = 0;

	if (*result == 0)
		r = cause(l);
	if (*result == 0 && r == 0)
		r = await(l);
	mydev_nlsock_close(&l->sock);
	return r;
}

/* ---- The worker: one of those of no processor, so all of them are to meet the fault ---- */

static bool is_worker(const char *pid)
{
	char path[PROC_PATH_MAX], name[32] = "";
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, name, sizeof(name) - 1) > 0 && !strncmp(name, "kworker/u", 9);
}

static int open_workers(struct listener *l)
{
	_cleanup_(closedir_p) DIR *dir = opendir("/proc");
	const struct dirent *entry;
	char path[PROC_PATH_MAX];

	if (!dir)
		return -errno;
	l->n_workers = 0;
	while ((entry = readdir(dir)) && l->n_workers < WORKERS_MAX) {
		if (!isdigit(entry->d_name[0]) || !is_worker(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fail-nth", entry->d_name);
		l->workers[l->n_workers] = open(path, O_RDWR | O_CLOEXEC);
		if (l->workers[l->n_workers] >= 0)
			l->n_workers++;
	}
	return 0;
}

/* Those that end meanwhile are no matter. */
static int arm_workers(void *userdata, unsigned int nth)
{
	const struct listener *l = userdata;
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	for (size_t i = 0; i < l->n_workers; i++)
		if (pwrite(l->workers[i], text, (size_t)len, 0) < 0 && errno != ESRCH)
			return -errno;
	return 0;
}

static int disarm_workers(void *userdata, bool *ret_met)
{
	struct listener *l = userdata;
	int r;

	*ret_met = false;
	for (size_t i = 0; i < l->n_workers; i++) {
		char text[16] = "";

		if (pread(l->workers[i], text, sizeof(text) - 1, 0) > 0)
			*ret_met |= strtoul(text, NULL, 10) == 0;
	}
	r = arm_workers(l, 0);
	for (size_t i = 0; i < l->n_workers; i++)
		close(l->workers[i]);
	return r;
}

/* An event that comes before has a worker be there, and be the next one that is called. */
static int prepare_send(void *userdata)
{
	struct listener *l = userdata;
	int r = subscribe(l);

	if (r == 0)
		r = cause(l);
	if (r == 0)
		r = await(l);
	return r < 0 ? r : open_workers(l);
}

static long act_send(void *userdata)
{
	struct listener *l = userdata;
	int r = cause(l);

	return r < 0 ? r : await(l);
}

static int note_seq(const struct mydev_event *event, void *userdata)
{
	*(uint64_t *)userdata = event->seq;
	return 0;
}

static int check_send(void *userdata, long *result)
{
	struct listener *l = userdata;
	uint64_t seq = 0;
	int r = mydev_event_dump(l->dev.client, NULL, l->seq, note_seq, &seq);

	mydev_nlsock_close(&l->sock);
	if (r < 0 || seq >= l->seq)
		return r;
	return walk_wrong("the log does not have the event");
}

/* ENFILE: that is what socket() calls it. ENOBUFS: the socket says that something is missing. */
static const struct walk_op ops[] = {
	{ "subscribing", prepare_subscribe, act_subscribe, check_subscribe, { ENFILE } },
	{ "sending", prepare_send, act_send, check_send, { ENOBUFS }, arm_workers, disarm_workers },
	{},
};

int walk_event(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct listener l = {};
	int r = mydev_client_new(&client);

	if (r < 0)
		return r;
	r = walk_make_device(&l.dev, client, RX_SIZE);
	return r < 0 ? r : walk_along(w, ops, &l);
}
