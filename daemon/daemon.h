/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon: takes events from libmydev's stream to the logger, and tells the service manager how it goes.
 */
#ifndef MYDEVD_DAEMON_H
#define MYDEVD_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

struct daemon_options {
	bool journal; /* write to the journal and resume from it, else print to standard error */
	size_t receive_buffer; /* of the event socket, 0: libmydev's choice */
	const char *const *folders; /* where the configuration is looked for; NULL-terminated */
};

/* Runs until SIGTERM or SIGINT. The exit status: EXIT_SUCCESS, EXIT_FAILURE, EX_UNAVAILABLE without the module. */
int daemon_run(const struct daemon_options *options);

#endif
