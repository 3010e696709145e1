/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a handler puts what it found and what failed. How and where that is shown is decided here,
 * by the invocation: the handler neither knows nor prints.
 */
#ifndef MYDEVCTL_RESULT_H
#define MYDEVCTL_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "parse.h"

struct result_place {
	FILE *out; /* items, and errors as JSON */
	FILE *err; /* errors as text, always */
	bool json, pretty; /* also without --json in the invocation */
	bool tagged; /* items of commands that may run elsewhere have their host: tag.h */
	const char *file; /* of a script, else NULL */
	uint32_t line;
};

struct result;

/* Whether the items of the invocation have no end. */
bool result_is_stream(const struct invocation *inv);

/* Whether the items go to a program as JSON. */
bool result_is_json(const struct result *res);

/*
 * Whether all items are to be one JSON document, where few that are long serve better than many
 * that are short.
 */
bool result_is_document(const struct result *res);

/* place must outlive the result, inv too. */
int result_new(struct result **ret, const struct invocation *inv, const struct result_place *place);

/* Whether items can be shown at all; if not, that is told, and -ECANCELED. */
int result_check(struct result *res);

/*
 * An item; obj stays the caller's. when_usec: when it happened, since the Unix epoch, or 0. All
 * items are of one kind, unless result_is_stream(). -errno: it could not be written, there is no
 * use to go on.
 */
int result_add(struct result *res, const struct mydev_desc *desc, const void *obj,
	       uint64_t when_usec);

/*
 * Something failed; the error is finished and shown, if the output is written at its end, behind
 * that; it stays the caller's. -errno as above.
 */
int result_fail(struct result *res, struct mydev_error *error);

/* The items since the last time belong together, as all devices at one moment. -errno as above. */
int result_picture(struct result *res);

/*
 * How far the command is, in bytes, of total (0: not known). Shown on standard error if that is a
 * terminal and there are no items, or they go into a file; never in JSON.
 */
void result_progress(struct result *res, uint64_t done, uint64_t total);

/*
 * What people should know while they wait, in the form of an error; it is none, and no part of the
 * result. It is finished, shown on standard error, and stays the caller's.
 */
void result_note(struct result *res, struct mydev_error *note);

/*
 * All was said: writes what is left, tells what could not be written, frees. Returns the exit
 * status.
 */
enum mydev_exit_status result_finish(struct result *res, int r);

#endif
