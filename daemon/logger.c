// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where entries go. They go to journald by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), not by
 * sd_journal_sendv(): that one waits when journald does not keep up, and keeps to itself the socket that tells what
 * journald has read by now.
 */
#include "logger.h"

#include <endian.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"

struct logger {
	int journal; /* the socket, or -1: entries are printed */
	bool marked; /* the mark of logger_settled() was sent */
};

int logger_new(bool journal, struct logger **ret)
{
	_cleanup_close_ int fd = -1;
	struct logger *logger;

	if (journal) {
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -errno;
	}
	logger = malloc(sizeof(*logger));
	if (!logger)
		return -ENOMEM;
	*logger = (struct logger){ .journal = MYDEV_TAKE_FD(fd) };
	*ret = logger;
	return 0;
}

void logger_free(struct logger *logger)
{
	if (!logger)
		return;
	if (logger->journal >= 0)
		close(logger->journal);
	free(logger);
}

bool logger_is_journal(const struct logger *logger)
{
	return logger->journal >= 0;
}

static int send_datagram(int fd, const void *data, size_t len)
{
	static const struct sockaddr_un journald = {
		.sun_family = AF_UNIX,
		.sun_path = "/run/systemd/journal/socket",
	};
	ssize_t n;

	n = sendto(fd, data, len, MSG_NOSIGNAL, (const struct sockaddr *)&journald,
		   sizeof(journald));
	return n < 0 ? -errno : 0;
}

/* NAME=value in a line, or NAME in a line, the length, the value and a line feed when the value has one itself. */
static void write_field(FILE *out, const char *field)
{
	const char *value = strchr(field, '=') + 1;
	uint64_t len = htole64(strlen(value));

	if (!strchr(value, '\n')) {
		fprintf(out, "%s\n", field);
		return;
	}
	fprintf(out, "%.*s\n", (int)(value - 1 - field), field);
	fwrite(&len, sizeof(len), 1, out);
	fprintf(out, "%s\n", value);
}

static int send_entry(int fd, const struct entry *entry)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&data, &len);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < entry->n_fields; i++)
		write_field(out, entry->fields[i]);
	if (fclose(out) != 0)
		return -ENOMEM;
	return send_datagram(fd, data, len);
}

int logger_put(struct logger *logger, const struct entry *entry)
{
	if (logger->journal >= 0)
		return send_entry(logger->journal, entry);
	fprintf(stderr, "%s\n", entry_message(entry));
	return 0;
}

void logger_mark(struct logger *logger)
{
	logger->marked = false;
}

int logger_settled(struct logger *logger)
{
	int unread, r;

	if (logger->journal < 0)
		return 1;
	/* journald passes over an empty datagram. */
	if (!logger->marked) {
		r = send_datagram(logger->journal, "", 0);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		logger->marked = true;
	}
	if (ioctl(logger->journal, SIOCOUTQ, &unread) < 0)
		return -errno;
	return unread == 0;
}
