/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs command lines, wherever they come from: argv, a script, the shell. Always with the same
 * results.
 */
#ifndef MYDEVCTL_SESSION_H
#define MYDEVCTL_SESSION_H

#include <stdbool.h>
#include <stdio.h>

#include "parse.h"
#include "result.h"

struct session {
	struct result_place place;
	bool in_shell;
	bool keep_going; /* a script goes on after a command that failed */
	bool leave; /* the last command was exit */
	bool anonymous; /* as in struct context */
	char **hosts; /* where commands are run; NULL: here */
	char *selected; /* the device that stands for one that is left out; NULL: none */
	bool streamed; /* a command showed events itself; whoever wants to know sets it to false */
};

/* Frees what the session has by itself. */
void session_done(struct session *s);

/* A command line that was parsed; inv has a command. */
enum mydev_exit_status session_run(struct session *s, const struct invocation *inv);

/* One line of the shell or a script; nothing in it is fine. */
enum mydev_exit_status session_run_line(struct session *s, const char *line);

/*
 * The lines of a file up to the first that fails (or all: keep_going); the worst status. name: for
 * errors.
 */
enum mydev_exit_status session_run_script(struct session *s, FILE *script, const char *name);

/* A command line that could not be run at all. */
enum mydev_exit_status session_fail(struct session *s, const struct invocation *inv,
				    struct mydev_error *error);

#endif
