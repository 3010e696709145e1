/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far apart two words are, to find out what was meant by one that does not exist.
 */
#ifndef MYDEVCTL_DISTANCE_H
#define MYDEVCTL_DISTANCE_H

#include <stddef.h>

/*
 * Letters to insert, delete or replace, or neighbours to swap, to make one of the other; SIZE_MAX:
 * no memory.
 */
size_t edit_distance(const char *a, const char *b);

#endif
