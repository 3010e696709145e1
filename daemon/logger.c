// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where entries go. Next to libsystemd's own socket, which blocks when journald's queue is full and tells nothing of
 * what became of a message, stands a second one to the same address: it is asked for room before each entry, and an
 * empty datagram on it, which journald ignores, marks a place in the queue.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "logger.h"

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

struct logger {
	bool journal;
	int probe; /* the second socket, or -1 */
	bool marked; /* the mark of logger_settled() was sent */
};

int logger_new(bool journal, struct logger **ret)
{
	struct logger *logger = malloc(sizeof(*logger));

	if (!logger)
		return -ENOMEM;
	*logger = (struct logger){ .journal = journal, .probe = -1 };
	*ret = logger;
	return 0;
}

void logger_free(struct logger *logger)
{
	if (!logger)
		return;
	if (logger->probe >= 0)
		close(logger->probe);
	free(logger);
}

bool logger_is_journal(const struct logger *logger)
{
	return logger->journal;
}

/* Anew each time: a connection to a socket that has been replaced since would look well, and full of room. */
static int probe_connect(struct logger *logger)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX,
						    .sun_path = JOURNAL_SOCKET };

	if (logger->probe < 0)
		logger->probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (logger->probe < 0 ||
	    connect(logger->probe, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

/* 0 when journald's queue has room. */
static int journal_ready(struct logger *logger)
{
	struct pollfd pollfd = { .events = POLLOUT };
	int r;

	r = probe_connect(logger);
	if (r < 0)
		return r;
	pollfd.fd = logger->probe;
	if (poll(&pollfd, 1, 0) < 0)
		return -errno;
	return pollfd.revents & POLLOUT ? 0 : -EAGAIN;
}

int logger_put(struct logger *logger, const struct entry *entry)
{
	int r;

	if (!logger->journal) {
		fprintf(stderr, "%s\n", entry_message(entry));
		return 0;
	}
	r = journal_ready(logger);
	if (r < 0)
		return r;
	return sd_journal_sendv(entry->fields, (int)entry->n_fields);
}

int logger_settled(struct logger *logger)
{
	int unread, r;

	if (!logger->journal)
		return 1;
	if (!logger->marked) {
		r = probe_connect(logger);
		if (r < 0)
			return r;
		if (send(logger->probe, "", 0, MSG_NOSIGNAL) < 0)
			return errno == EAGAIN ? 0 : -errno;
		logger->marked = true;
	}
	if (ioctl(logger->probe, SIOCOUTQ, &unread) < 0)
		return -errno;
	return unread == 0;
}
