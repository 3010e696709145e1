/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the daemon left off, as the journal tells: it is the only state that mydevd has.
 */
#ifndef MYDEVD_RESUME_H
#define MYDEVD_RESUME_H

#include "own.h"

struct resume_point {
	bool found; /* there is an entry of this epoch */
	uint64_t seq; /* the last event, or the end of the last gap, on record; 0 for none */
	struct own_record *holes; /* events before it that are not: journald lost them */
	size_t n_holes;
};

void resume_clear(struct resume_point *point);
#define _cleanup_resume_ _cleanup_(resume_clear)

/*
 * Looks through the daemon's own records of an epoch, of which the kernel's newest event is known: what is ahead of it
 * is no record. *ret must be empty. -ENODATA when there is no journal that this process may read, else -errno of
 * libsystemd.
 */
int resume_find(const char *epoch, uint64_t newest, struct resume_point *ret);

#endif
