// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log: see kernel_log.h. What counts as trouble is a part of tests/vm/kernel_log.py, which has the last word:
 * here, it only matters to know the program.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel_log.h"

#define RECORD_BYTES 8192

static const char *const troubles[] = {
	"BUG: ",
	"BUG kmalloc-",
	"kernel BUG",
	"Oops",
	"WARNING: ",
	"INFO: task ",
	"INFO: trying to register non-static key",
	"rcu: INFO: ",
	"DMA-API: ",
	"UBSAN: ",
	"KCSAN: ",
	"ODEBUG: ",
	"refcount_t: ",
	"list_add corruption",
	"list_del corruption",
	"DEBUG_LOCKS_WARN_ON",
	"general protection fault",
	"sysfs: cannot create duplicate",
	"watchdog: BUG",
};

int kernel_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return fd;
}

static bool is_trouble(const char *message)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(troubles); i++)
		if (!strncmp(message, troubles[i], strlen(troubles[i])))
			return true;
	return false;
}

/* "PRIORITY,SEQUENCE,TIME,FLAGS...;MESSAGE"; a priority from 8 on is another program's. */
static const char *message_of(char *record)
{
	char *message = strchr(record, ';');
	unsigned int priority;

	if (!message || sscanf(record, "%u", &priority) != 1 || priority >= 8)
		return NULL;
	message[1 + strcspn(message + 1, "\n")] = '\0';
	return message + 1;
}

int kernel_log_trouble(int fd, char *words, size_t size)
{
	char record[RECORD_BYTES];

	for (;;) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		const char *message;

		if (n < 0 && errno == EAGAIN)
			return 0;
		/* Some were overwritten; the next call goes on behind them. */
		if (n < 0 && errno == EPIPE)
			continue;
		if (n < 0)
			return -errno;
		record[n] = '\0';
		message = message_of(record);
		if (message && is_trouble(message)) {
			snprintf(words, size, "%s", message);
			return 1;
		}
	}
}
