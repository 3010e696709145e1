/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One ssh that runs a command line on another machine.
 */
#ifndef MYDEVCTL_SSH_H
#define MYDEVCTL_SSH_H

#include <stdbool.h>
#include <sys/types.h>

struct ssh {
	pid_t pid;
	int pidfd; /* readable when it has ended; -1: it was never started */
	int out, err; /* what comes from there, to be read without blocking; -1: no more does */
};

#define SSH_NONE                                  \
	{                                         \
		.pidfd = -1, .out = -1, .err = -1 \
	}

/*
 * in: its standard input, which stays the caller's; -1: none. may_ask: it may ask the user, for a
 * password for instance. -errno: there is none running, and nothing to clean up.
 */
int ssh_start(const char *host, const char *command_line, int in, bool may_ask, struct ssh *ret);

/* The program that is run, for messages. */
const char *ssh_program(void);

/* Waits for its end; *ret_status as of waitpid(). -errno */
int ssh_wait(struct ssh *ssh, int *ret_status);

/* Ends it if it has not ended, and closes what is open. */
void ssh_done(struct ssh *ssh);

#endif
