/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program in which one reads what is longer than the screen, on standard output.
 */
#ifndef MYDEVCTL_PAGER_H
#define MYDEVCTL_PAGER_H

#include <stdio.h>

struct pager;

/*
 * Begins the pager that MYDEV_PAGER, PAGER or nobody asks for; until pager_end(), the signals of
 * the keyboard are its own, and to write when it has ended is an error (EPIPE). *ret is NULL when
 * there is to be none. -errno.
 */
int pager_begin(struct pager **ret);

/* Where the output goes. */
FILE *pager_stream(const struct pager *pager);

/* That was all: waits until it was read, and frees. NULL is fine. */
void pager_end(struct pager *pager);

#endif
