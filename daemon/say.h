/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries about the daemon's own doings, for those who have something to tell and no way to wait for the journal.
 */
#ifndef MYDEVD_SAY_H
#define MYDEVD_SAY_H

#include "config.h"
#include "entry.h"
#include "logger.h"

/* A field of an entry; the last of a list has no name, and one without a value is left out. */
struct say_field {
	const char *name, *value;
};

/*
 * Puts a line on record with the fields given (NULL: none), as far as that is possible: where the journal takes none, it
 * goes to standard error.
 */
void say(struct logger *logger, enum entry_type type, int priority, const struct say_field *fields,
	 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* What there is to say about a configuration: errors when it was refused. */
void say_report(struct logger *logger, const struct config_report *report);

/* A reload was refused. */
void say_reload_refused(struct logger *logger);

#endif
