/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why nothing comes from another machine, or not all: the words for it. Each sets the error as
 * error_set() does.
 */
#ifndef MYDEVCTL_REMOTE_ERROR_H
#define MYDEVCTL_REMOTE_ERROR_H

#include <stdbool.h>

#include "error.h"

/* ssh cannot be run, for err (-errno). */
void remote_error_start(struct mydev_error *error, int err);

/* How a session ended. */
struct remote_end {
	int status; /* of ssh, as of waitpid() */
	bool begun; /* something came by then */
	bool whole; /* and was JSON to its end */
	const char *said; /* the last line of ssh or a shell; "": none */
	const char *other; /* the first line in place of JSON; NULL: none */
};

void remote_error_ended(struct mydev_error *error, const struct remote_end *end);

/* Whatever comes cannot be of a mydevctl that this one understands. */
void remote_error_broken(struct mydev_error *error);

/* kind: what the documents are of that this mydevctl does not know; NULL: a value in them. */
void remote_error_foreign(struct mydev_error *error, const char *kind);

#endif
