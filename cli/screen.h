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

#endif
