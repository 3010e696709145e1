// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the stream's notices: entries, handed to the logger.
 */
#include "recorder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "entry.h"

static int put(struct recorder *rec, const struct entry *entry)
{
	int r;

	r = logger_put(rec->logger, entry);
	rec->refused = r < 0;
	return r;
}

/* It is on record, as far as one can tell now. */
static void confirm_later(struct recorder *rec, const char *epoch, uint64_t first, uint64_t last,
			  bool gap)
{
	struct own_record record = { .first = first, .last = last, .gap = gap };

	snprintf(record.epoch, sizeof(record.epoch), "%s", epoch);
	/* Without memory for it, it is as good as it was: handed over. */
	if (rec->confirm)
		(void)confirm_add(rec->confirm, &record);
}

static int record_event(struct recorder *rec, const struct mydev_event *event)
{
	_cleanup_entry_ struct entry entry = {};
	int r;

	r = entry_of_event(event, &entry);
	if (r == 0)
		r = put(rec, &entry);
	if (r < 0)
		return r;
	rec->events++;
	confirm_later(rec, event->epoch, event->seq, event->seq, false);
	if (rec->recorded)
		rec->recorded(event, &entry, rec->userdata);
	return 0;
}

static int record_gap(struct recorder *rec, const struct mydev_notice *notice)
{
	_cleanup_entry_ struct entry entry = {};
	int r;

	r = entry_of_gap(notice->epoch, notice->first, notice->last, &entry);
	if (r == 0)
		r = put(rec, &entry);
	if (r < 0)
		return r;
	rec->gaps++;
	confirm_later(rec, notice->epoch, notice->first, notice->last, true);
	return 0;
}

static int record_module(struct recorder *rec, enum entry_type type, const struct mydev_info *info)
{
	_cleanup_entry_ struct entry entry = {};
	int r;

	r = entry_of_module(type, info, &entry);
	if (r == 0)
		r = put(rec, &entry);
	return r;
}

static void set_epoch(struct mydev_info *info, const char *epoch)
{
	snprintf(info->epoch, sizeof(info->epoch), "%s", epoch);
	MYDEV_SET(info, INFO, EPOCH);
}

/* What can be said of an epoch: all about the module while it is the present one. */
static void describe_epoch(struct recorder *rec, const char *epoch, struct mydev_info *ret)
{
	if (mydev_info_get(rec->client, ret) >= 0 && strcmp(ret->epoch, epoch) == 0)
		return;
	mydev_info_clear(ret);
	set_epoch(ret, epoch);
}

static int record_up(struct recorder *rec, const char *epoch)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	int r;

	describe_epoch(rec, epoch, &info);
	if (strcmp(epoch, rec->epoch) != 0) {
		r = record_module(rec, ENTRY_MODULE_UP, &info);
		if (r < 0)
			return r;
		memcpy(rec->epoch, info.epoch, sizeof(rec->epoch));
		if (rec->renewed)
			rec->renewed(rec->userdata);
	}
	/* Last, so that it is not said again when the notice is repeated because it was not taken. */
	if (info.version && strcmp(info.version, mydev_version()) != 0)
		return record_module(rec, ENTRY_OTHER_VERSION, &info);
	return 0;
}

static int record_down(struct recorder *rec, const char *epoch)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};

	set_epoch(&info, epoch);
	return record_module(rec, ENTRY_MODULE_DOWN, &info);
}

/* ---- Again ---- */

struct repetition {
	const struct own_record *record;
	struct entry entry;
};

/* The event that is wanted is the first that comes, or the log has it no longer. */
static int take_event(const struct mydev_event *event, void *userdata)
{
	struct repetition *repetition = userdata;
	int r;

	if (event->seq != repetition->record->first)
		return -ENODATA;
	r = entry_of_event(event, &repetition->entry);
	return r < 0 ? r : 1;
}

int recorder_repeat(struct own_record *record, void *userdata)
{
	struct repetition repetition = { .record = record };
	_cleanup_entry_ struct entry entry = {};
	struct recorder *rec = userdata;
	int r = 0;

	if (!record->gap) {
		r = mydev_event_dump(rec->client, record->epoch, record->first, take_event,
				     &repetition);
		entry = repetition.entry;
		/* Its load is over, or the log has run over. */
		if (r == -ESTALE || r == -EPROTONOSUPPORT || r == -ENODATA)
			r = 0;
	}
	if (r == 0) {
		record->gap = true;
		r = entry_of_gap(record->epoch, record->first, record->last, &entry);
		rec->gaps++;
	}
	return r < 0 ? r : put(rec, &entry);
}

int recorder_notice(const struct mydev_notice *notice, void *userdata)
{
	struct recorder *rec = userdata;

	rec->refused = false;
	switch (notice->type) {
	case MYDEV_NOTICE_UP:
		return record_up(rec, notice->epoch);
	case MYDEV_NOTICE_EVENT:
		return record_event(rec, notice->event);
	case MYDEV_NOTICE_GAP:
		return record_gap(rec, notice);
	case MYDEV_NOTICE_DOWN:
		return record_down(rec, notice->epoch);
	}
	return 0;
}
