/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sees to it that what was handed to journald is in the journal. A journald that is killed loses what it has read and not
 * written yet, and nobody is told; so the daemon reads its own records back, and puts on record again what is missing.
 */
#ifndef MYDEVD_CONFIRM_H
#define MYDEVD_CONFIRM_H

#include <systemd/sd-event.h>

#include "logger.h"
#include "own.h"

struct confirm;

/*
 * Puts a record on record again, or a gap in its place, which *record is then. 0, or -errno: it is asked again later.
 */
typedef int (*confirm_again_fn)(struct own_record *record, void *userdata);

/* Event loop and logger outlive it. Without a journal to read there is nothing to confirm: that is no error. -errno */
int confirm_new(sd_event *event, struct logger *logger, confirm_again_fn again, void *userdata,
		struct confirm **ret);
void confirm_free(struct confirm *confirm);

/* A record was handed to the logger just now. -ENOMEM */
int confirm_add(struct confirm *confirm, const struct own_record *record);

/* A record of a daemon before that is known to be missing. -ENOMEM */
int confirm_add_missing(struct confirm *confirm, const struct own_record *record);

/* Records that were put on record again so far. */
uint64_t confirm_repeated(const struct confirm *confirm);

#endif
