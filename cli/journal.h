/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events in the journal, as the objects they were. Only entries that mydevd wrote count:
 * journald vouches for the user an entry comes from (_UID), and mydevd has a user of its own.
 */
#ifndef MYDEVCTL_JOURNAL_H
#define MYDEVCTL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "libmydev.h"
#include "objects_gen.h"

#define JOURNAL_USER "mydev" /* whom mydevd runs as */
#define JOURNAL_NONE_CURE "is systemd-journald running, and its Storage= not none?"

struct journal;
struct sd_journal;

/*
 * The journal of the system, of all entries, for sd_journal_...(); the caller's to close. -ENOENT:
 * there is none; -EACCES: it may not be read.
 */
int journal_open_system(struct sd_journal **ret);

/*
 * A record is an event, a gap, or the coming or going of the module: a sync at the beginning of an
 * epoch, a down at its end. All zeros is empty.
 */
struct journal_record {
	const struct mydev_desc *desc; /* of which one it is */
	struct mydev_event event;
	struct mydev_gap gap;
	struct mydev_sync sync;
	struct mydev_down down;
	uint64_t when_usec; /* since the Unix epoch */
};

void journal_record_clear(struct journal_record *record);

/* 1: an event is of interest, as other records always are; 0: it is not; -errno ends the search. */
typedef int (*journal_filter)(const struct mydev_event *event, void *userdata);

/*
 * At its beginning. -ESRCH: there is no user mydev; -ENOENT: there is no journal; -EACCES: it may
 * not be read.
 */
int journal_open(struct journal **ret, journal_filter filter, void *userdata);
void journal_free(struct journal *journal);

MYDEV_DEFINE_CLEANUP(struct journal *, journal_free);

/*
 * Begins at the time, or, if that gives fewer, with the last events; other records do not count. 0:
 * no such limit.
 */
int journal_seek(struct journal *journal, uint64_t since_usec, uint64_t last);

/* 1 and the next record, which *ret must be clear for; 0: no more for now. */
int journal_next(struct journal *journal, struct journal_record *ret);

/* Readable when there may be more; then journal_process() before journal_next(). */
int journal_fd(struct journal *journal);
int journal_process(struct journal *journal);

#endif
