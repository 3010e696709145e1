/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a command is that takes its time: a line on a terminal, which is gone when it is over.
 */
#ifndef MYDEVCTL_PROGRESS_H
#define MYDEVCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* All zeros is one that has not begun. */
struct progress {
	uint64_t due_usec; /* when it is shown next; 0: it has not begun */
	bool shown;
};

/* done of total bytes (0: nobody knows of how many). Shown now and then, if it takes long. */
void progress_show(struct progress *p, FILE *terminal, uint64_t done, uint64_t total);

/* Takes it off the terminal, before something else is written there. */
void progress_hide(struct progress *p, FILE *terminal);

#endif
