/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that has to fit on a screen.
 */
#ifndef MYDEVCTL_SCREEN_H
#define MYDEVCTL_SCREEN_H

#include <stddef.h>

/*
 * How many of the len bytes of a line fill width columns. Escape sequences of colour take no room;
 * every other character takes one.
 */
size_t screen_cut(const char *line, size_t len, size_t width);

/*
 * How many of n_items, a line each below a heading, have room on so many lines; of others, how
 * many.
 */
size_t screen_items(size_t lines, size_t n_items);

/* How many bars a column of them has on a screen of that width; 0: there is no room for any. */
size_t screen_bars(size_t width);

#endif
