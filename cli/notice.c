// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notices to objects.
 */

#include <string.h>

#include "notice.h"
#include "when.h"

static void set_epoch(char *member, const char *epoch)
{
	memccpy(member, epoch, '\0', MYDEV_UUID_SIZE);
}

static void set_sync(const struct mydev_notice *notice, struct mydev_sync *sync)
{
	*sync = (struct mydev_sync){};
	set_epoch(sync->epoch, notice->epoch);
	MYDEV_SET(sync, SYNC, EPOCH);
	MYDEV_SET(sync, SYNC, SEQ);
}

static void set_down(const struct mydev_notice *notice, struct mydev_down *down)
{
	*down = (struct mydev_down){};
	if (!notice->epoch)
		return;
	set_epoch(down->epoch, notice->epoch);
	MYDEV_SET(down, DOWN, EPOCH);
}

static void set_gap(const struct mydev_notice *notice, struct mydev_gap *gap)
{
	*gap = (struct mydev_gap){ .gap_first = notice->first };
	set_epoch(gap->epoch, notice->epoch);
	MYDEV_SET(gap, GAP, EPOCH);
	MYDEV_SET(gap, GAP, GAP_FIRST);
	if (notice->last == MYDEV_SEQ_UNKNOWN)
		return;
	gap->gap_last = notice->last;
	gap->gap_count = notice->last - notice->first + 1;
	MYDEV_SET(gap, GAP, GAP_LAST);
	MYDEV_SET(gap, GAP, GAP_COUNT);
}

uint64_t notice_event_time(const struct mydev_event *event)
{
	if (!MYDEV_HAS(event, EVENT, TIME_NS))
		return 0;
	return when_in_boot(event->time_ns / NSEC_PER_USEC);
}

void notice_record(const struct mydev_notice *notice, struct notice_record *ret)
{
	ret->when_usec = 0;
	switch (notice->type) {
	case MYDEV_NOTICE_UP:
		set_sync(notice, &ret->sync);
		ret->desc = &mydev_sync_desc;
		ret->obj = &ret->sync;
		break;
	case MYDEV_NOTICE_EVENT:
		ret->desc = &mydev_event_desc;
		ret->obj = notice->event;
		ret->when_usec = notice_event_time(notice->event);
		break;
	case MYDEV_NOTICE_GAP:
		set_gap(notice, &ret->gap);
		ret->desc = &mydev_gap_desc;
		ret->obj = &ret->gap;
		break;
	case MYDEV_NOTICE_DOWN:
		set_down(notice, &ret->down);
		ret->desc = &mydev_down_desc;
		ret->obj = &ret->down;
		break;
	}
}
