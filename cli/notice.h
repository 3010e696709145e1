/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the event stream says, as objects to show.
 */
#ifndef MYDEVCTL_NOTICE_H
#define MYDEVCTL_NOTICE_H

#include "libmydev.h"
#include "objects_gen.h"

struct notice_record {
	const struct mydev_desc *desc;
	const void *obj; /* the notice's event, or one of those below */
	uint64_t when_usec; /* since the Unix epoch; 0: now */
	union {
		struct mydev_sync sync;
		struct mydev_gap gap;
		struct mydev_down down;
	};
};

/* Valid as long as the notice is. Of MYDEV_NOTICE_UP it is a sync at the beginning of the epoch. */
void notice_record(const struct mydev_notice *notice, struct notice_record *ret);

/*
 * In wall-clock time, as far as that can be known: nobody tells when the clock was set. 0: the
 * event has no stamp.
 */
uint64_t notice_event_time(const struct mydev_event *event);

#endif
