// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command events: what the journal has of the past, and on request what comes.
 */

#include <errno.h>
#include <string.h>

#include "command.h"
#include "context.h"
#include "journal.h"
#include "loop.h"
#include "lost.h"
#include "scoped.h"
#include "unit.h"

struct past {
	struct context *ctx;
	const struct invocation *inv;
	struct result *res;
	struct journal *journal;
	struct mydev_sync sync; /* the last event that was shown, and the epoch at present */
	bool streams; /* a gap is a record of its own; else it is an error */
	bool follows; /* what comes is shown, no longer what was */
	bool shown; /* there was something */
	bool lost;
};

/* Where few are, going over all others takes long. */
static int is_wanted(const struct mydev_event *event, void *userdata)
{
	const struct past *past = userdata;
	const struct invocation *inv = past->inv;
	bool type = !invocation_get(inv, "type");

	if (context_interrupted(past->ctx))
		return -EINTR;
	invocation_for_each(value, inv, "type")
		type |= event->event == value->number;
	return type && invocation_wants_device(inv, "device", event->dev_id, event->device ?: "");
}

static int show(struct past *past, const struct mydev_desc *desc, const void *obj,
		const struct journal_record *record)
{
	past->shown = true;
	return result_add(past->res, desc, obj, record->when_usec);
}

/*
 * The record is of the epoch. Where another one ended before it, a sync goes first while following;
 * that of an event does not when no epoch was known: nothing says that another one ended.
 */
static int enter_epoch(struct past *past, const struct journal_record *record, const char *epoch)
{
	bool known = MYDEV_HAS(&past->sync, SYNC, EPOCH);

	if (!*epoch || (known && !strcmp(past->sync.epoch, epoch)))
		return 0;
	memcpy(past->sync.epoch, epoch, sizeof(past->sync.epoch));
	MYDEV_SET(&past->sync, SYNC, EPOCH);
	past->sync.seq = 0;
	if (!past->follows || !(known || record->desc == &mydev_sync_desc))
		return 0;
	return show(past, &mydev_sync_desc, &past->sync, record);
}

static int show_event(struct past *past, const struct journal_record *record)
{
	int r;

	r = enter_epoch(past, record, record->event.epoch);
	if (r < 0)
		return r;
	past->sync.seq = record->event.seq;
	return show(past, record->desc, &record->event, record);
}

static int show_gap(struct past *past, const struct journal_record *record)
{
	int r;

	if (!past->streams)
		return lost_fail_gap(past->res, &record->gap);
	r = enter_epoch(past, record, record->gap.epoch);
	if (r < 0)
		return r;
	if (MYDEV_HAS(&record->gap, GAP, GAP_LAST))
		past->sync.seq = record->gap.gap_last;
	past->lost = true;
	return show(past, record->desc, &record->gap, record);
}

static int show_record(struct past *past, const struct journal_record *record)
{
	if (record->desc == &mydev_event_desc)
		return show_event(past, record);
	if (record->desc == &mydev_gap_desc)
		return show_gap(past, record);
	if (record->desc == &mydev_sync_desc)
		return enter_epoch(past, record, record->sync.epoch);
	return past->follows ? show(past, record->desc, &record->down, record) : 0;
}

/* 1: there was one. */
static int show_next(struct past *past)
{
	_cleanup_(journal_record_clear) struct journal_record record = {};
	int r;

	r = journal_next(past->journal, &record);
	if (r > 0)
		r = show_record(past, &record);
	return r < 0 ? r : record.desc != NULL;
}

static int show_all(struct past *past)
{
	int r;

	do {
		if (context_interrupted(past->ctx))
			return -EINTR;
		r = show_next(past);
	} while (r > 0);
	return r;
}

static int on_readable(void *userdata)
{
	struct past *past = userdata;
	int r;

	r = journal_process(past->journal);
	return r < 0 ? r : show_all(past);
}

static int follow(struct past *past)
{
	_cleanup_(loop_free_p) struct loop *loop = NULL;
	int r, fd;

	r = result_add(past->res, &mydev_sync_desc, &past->sync, 0);
	if (r < 0)
		return r;
	past->follows = true;
	r = loop_new(&loop, past->ctx->in_shell);
	if (r < 0)
		return r;
	fd = journal_fd(past->journal);
	r = fd < 0 ? fd : loop_add(loop, fd, on_readable, past);
	if (r < 0)
		return r;
	/* What came before the descriptor began to watch. */
	r = on_readable(past);
	return r < 0 ? r : loop_run(loop, LOOP_FOREVER);
}

/*
 * Whether systemd says that nobody writes to the journal; where it cannot be asked, none says so.
 */
static bool daemon_is_down(void)
{
	_cleanup_free_ char *state = NULL;

	if (unit_state(DAEMON_UNIT, &state) < 0)
		return false;
	return !strcmp(state, "inactive") || !strcmp(state, "failed") ||
	       !strcmp(state, "deactivating");
}

static int fail_daemon(struct result *res)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_ABSENT, 0,
		  "mydevd is not running, so nothing is logged");
	error_set_cure(&error, "systemctl start mydevd");
	return result_fail(res, &error);
}

static int fail_open(struct result *res, int err)
{
	_scoped_(error) struct mydev_error error = {};

	switch (err) {
	case -ESRCH:
		error_set(&error, MYDEV_EXIT_STATUS_ABSENT, err,
			  "there is no user '" JOURNAL_USER "', whom mydevd runs as");
		error_set_cure(&error, "is mydevd installed? 'doctor' looks closer");
		break;
	case -ENOENT:
		error_set(&error, MYDEV_EXIT_STATUS_ABSENT, err, "this machine has no journal");
		error_set_cure(&error, JOURNAL_NONE_CURE);
		break;
	case -EACCES:
		error_set(&error, MYDEV_EXIT_STATUS_NOT_PERMITTED, err,
			  "the journal may not be read");
		error_set_cure(&error, "run it as root, or join the group systemd-journal");
		break;
	default:
		return err;
	}
	return result_fail(res, &error);
}

int cmd_events(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *since = invocation_get(inv, "since"),
			   *lines = invocation_get(inv, "lines");
	_cleanup_(journal_free_p) struct journal *journal = NULL;
	struct past past = {
		.ctx = ctx,
		.inv = inv,
		.res = res,
		.streams = result_is_stream(inv),
	};
	int r;

	r = journal_open(&journal, is_wanted, &past);
	if (r < 0)
		return fail_open(res, r);
	past.journal = journal;
	MYDEV_SET(&past.sync, SYNC, SEQ);
	r = journal_seek(journal, since ? since->number : 0, lines ? lines->number : 0);
	if (r >= 0)
		r = show_all(&past);
	/* What is there is shown in any case: history is history. */
	if (r >= 0 && (past.streams || !past.shown) && daemon_is_down())
		r = fail_daemon(res);
	else if (r >= 0 && past.streams)
		r = follow(&past);
	if (r == -EINTR)
		r = 0;
	return r >= 0 && past.lost ? lost_fail_stream(res) : r;
}
