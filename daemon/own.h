/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's own records in the journal, as it wrote them and nobody else: events and gaps. Trusts only what journald
 * itself noted about the sender, so that another user's forgery is not seen.
 */
#ifndef MYDEVD_OWN_H
#define MYDEVD_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "libmydev.h"

/* An event (first is last), or a gap, which may have no known end (MYDEV_SEQ_UNKNOWN). */
struct own_record {
	char epoch[MYDEV_UUID_SIZE];
	uint64_t first, last;
	bool gap;
};

struct own;

/*
 * Entries of an epoch, or of all (NULL). -ENODATA when there is no journal that this process may read, else -errno of
 * libsystemd.
 */
int own_open(const char *epoch, struct own **ret);
void own_free(struct own *own); /* NULL is left alone */

/* Where to read: from the newest record backwards, or what will be written from now on. */
int own_seek_tail(struct own *own);

/* 1 and the record; 0: there is none, for own_next() not yet; -errno. */
int own_previous(struct own *own, struct own_record *ret);
int own_next(struct own *own, struct own_record *ret);

/* Whether there was no entry at all so far, not even one that is no record. */
bool own_is_empty(const struct own *own);

/*
 * The epoch that the newest entry of this boot that names one is about, when its end is not on record: 1, and *ret is
 * the caller's; else 0, -errno.
 */
int own_find_unended(char **ret);

/* Whether a record is in the journal: 1, 0, -errno. */
int own_has(const struct own_record *record);

#endif
