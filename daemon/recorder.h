/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of the stream's notices: entries, handed to the logger. Keeps count of them.
 */
#ifndef MYDEVD_RECORDER_H
#define MYDEVD_RECORDER_H

#include <stdbool.h>

#include "confirm.h"
#include "entry.h"
#include "libmydev.h"
#include "logger.h"

struct recorder {
	struct logger *logger; /* the caller's */
	struct mydev_client *client; /* the caller's, to ask about the module */

	struct confirm *confirm; /* the caller's; NULL: nothing is confirmed */

	/* Called when an event is on record, once for each; may be NULL. */
	void (*recorded)(const struct mydev_event *event, const struct entry *entry,
			 void *userdata);
	/* Called when a new epoch is on record; may be NULL. */
	void (*renewed)(void *userdata);
	void *userdata;

	char epoch[MYDEV_UUID_SIZE]; /* whose beginning is on record; "": none */
	uint64_t events, gaps; /* recorded since the start */
	bool refused; /* the logger did not take the last entry */
};

/* A confirm_again_fn; userdata is the recorder. */
int recorder_repeat(struct own_record *record, void *userdata);

/* A mydev_notice_fn; userdata is the recorder. 0 when the notice is on record, else -errno and nothing has changed. */
int recorder_notice(const struct mydev_notice *notice, void *userdata);

#endif
