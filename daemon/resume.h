/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the daemon left off, as the journal tells: it is the only state that mydevd has.
 */
#ifndef MYDEVD_RESUME_H
#define MYDEVD_RESUME_H

#include <stdbool.h>
#include <stdint.h>

struct resume_point {
	bool found; /* there is an entry of this epoch */
	uint64_t seq; /* the last event, or the end of the last gap, on record; 0 for none */
};

/*
 * Looks for the last record of an epoch that a process of this user wrote. Trusts only what journald itself noted about
 * the sender: another user's forgery is not seen. -ENODATA when there is no journal that this process may read, else
 * -errno of libsystemd.
 */
int resume_find(const char *epoch, struct resume_point *ret);

#endif
