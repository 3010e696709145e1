/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What some fields of each of many objects were, time after time, and how that looks as bars.
 */
#ifndef MYDEVCTL_TRACKS_H
#define MYDEVCTL_TRACKS_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct tracks;

#define TRACKS_TIMES 16 /* that are kept */

/* columns: as of a table; a ~ behind the name of a field (an uint) makes its bars one. -ENOMEM. */
int tracks_new(struct tracks **ret, const char *columns);
void tracks_free(struct tracks *t);

/* The object as it is this time; its first field, a string, says which it is. -errno. */
int tracks_add(struct tracks *t, const struct mydev_desc *desc, const void *obj);

/* The time is over: an object that was not added is gone, and forgotten. */
void tracks_step(struct tracks *t);

/*
 * The last n values of the field, a character each, the present one at the end; the largest is a
 * whole bar. ascii: where the terminal has no other characters. NULL: no memory.
 */
char *tracks_bars(const struct tracks *t, const struct mydev_desc *desc,
		  const struct mydev_field *field, const void *obj, size_t n, bool ascii);

#endif
