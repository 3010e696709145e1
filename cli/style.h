/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How values look to people: units, and the colour of what is good and bad. Not for machines.
 */
#ifndef MYDEVCTL_STYLE_H
#define MYDEVCTL_STYLE_H

#include <stdbool.h>
#include <stdio.h>

#include "field.h"

enum tone {
	TONE_PLAIN,
	TONE_GOOD,
	TONE_WARNING,
	TONE_BAD,
	TONE_HEADING,
	TONE_ASIDE,
};

/* Whether colour is wanted on the stream: a terminal that is not dumb, and no NO_COLOR. */
bool style_wants_colour(FILE *stream);

/* Whether the stream is a terminal on which text may be written over. */
bool style_can_move(FILE *stream);

/* How many columns the stream has if it is a terminal, else as many as one usually has. */
int style_width(FILE *stream);

/* What the value means; TONE_PLAIN when it means neither good nor bad. */
enum tone style_tone(const struct mydev_field *field, const void *obj);

/*
 * The escape sequence that begins the tone ("" for TONE_PLAIN), and the one that ends any but that.
 */
const char *style_begin(enum tone tone);
const char *style_end(enum tone tone);

/*
 * The value with its unit, safe for a terminal: "64 KiB", "1.5 s". exact: where that is rounded,
 * the exact value behind it. NULL: no memory, or the object has no value for the field.
 */
char *style_format(const struct mydev_field *field, const void *obj, bool exact);

/*
 * The text as one word, safe for a terminal: what has a blank, a quote or a backslash in it is in
 * quotes, where a quote is \" and a backslash \\. NULL: no memory.
 */
char *style_quote(const char *text);

#endif
