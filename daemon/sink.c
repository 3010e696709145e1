// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where entries go. Next to libsystemd's own socket, which blocks when journald's queue is full and tells nothing of
 * what became of a message, stands a second one to the same address: it is asked for room before each entry, and an
 * empty datagram on it, which journald ignores, marks a place in the queue.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "sink.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>

#include "cleanup.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct sink {
	bool journal;
	int probe; /* the second socket, or -1 */
	bool marked; /* the mark of sink_settled() was sent */
};

int sink_new(bool journal, struct sink **ret)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	*sink = (struct sink){ .journal = journal, .probe = -1 };
	*ret = sink;
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->probe >= 0)
		close(sink->probe);
	free(sink);
}

bool sink_is_journal(const struct sink *sink)
{
	return sink->journal;
}

/* Anew each time: a connection to a socket that has been replaced since would look well, and full of room. */
static int probe_connect(struct sink *sink)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX,
						    .sun_path = JOURNAL_SOCKET };

	if (sink->probe < 0)
		sink->probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->probe < 0 ||
	    connect(sink->probe, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

/* 0 when journald's queue has room. */
static int journal_ready(struct sink *sink)
{
	struct pollfd pollfd = { .events = POLLOUT };
	int r;

	r = probe_connect(sink);
	if (r < 0)
		return r;
	pollfd.fd = sink->probe;
	if (poll(&pollfd, 1, 0) < 0)
		return -errno;
	return pollfd.revents & POLLOUT ? 0 : -EAGAIN;
}

int sink_put(struct sink *sink, const struct entry *entry)
{
	int r;

	if (!sink->journal) {
		fprintf(stderr, "%s\n", entry_message(entry));
		return 0;
	}
	r = journal_ready(sink);
	if (r < 0)
		return r;
	return sd_journal_sendv(entry->fields, (int)entry->n_fields);
}

int sink_settled(struct sink *sink)
{
	int unread, r;

	if (!sink->journal)
		return 1;
	if (!sink->marked) {
		r = probe_connect(sink);
		if (r < 0)
			return r;
		if (send(sink->probe, "", 0, MSG_NOSIGNAL) < 0)
			return errno == EAGAIN ? 0 : -errno;
		sink->marked = true;
	}
	if (ioctl(sink->probe, SIOCOUTQ, &unread) < 0)
		return -errno;
	return unread == 0;
}
