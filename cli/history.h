/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What some fields of each of many objects were, time after time, and how that looks as bars.
 */
#ifndef MYDEVCTL_HISTORY_H
#define MYDEVCTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct history;

#define HISTORY_TIMES 16 /* that are kept */

/* columns: as of a table; a ~ behind the name of a field (an uint) makes its bars one. -ENOMEM. */
int history_new(struct history **ret, const char *columns);
void history_free(struct history *h);

/* The object as it is this time; its first field, a string, says which it is. -errno. */
int history_add(struct history *h, const struct mydev_desc *desc, const void *obj);

/* The time is over: an object that was not added is gone, and forgotten. */
void history_step(struct history *h);

/*
 * The last n values of the field, a character each, the present one at the end; the largest is a
 * whole bar. ascii: where the terminal has no other characters. NULL: no memory.
 */
char *history_bars(const struct history *h, const struct mydev_desc *desc,
		   const struct mydev_field *field, const void *obj, size_t n, bool ascii);

#endif
