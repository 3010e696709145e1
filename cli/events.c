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

MYDEV_DEFINE_CLEANUP(struct journal *, journal_free);
MYDEV_DEFINE_CLEANUP(struct loop *, loop_free);

struct history {
	struct context *ctx;
	struct result *res;
	struct journal *journal;
	struct mydev_sync sync; /* the last event that was shown */
	bool streams; /* a gap is a record of its own; else it is an error */
	bool lost;
};

static bool is_wanted(const struct mydev_event *event, void *userdata)
{
	const struct invocation *inv = userdata;
	bool device = !invocation_get(inv, "device"), type = !invocation_get(inv, "type");

	invocation_for_each(value, inv, "device")
		device |= event->device && !strcmp(event->device, value->text);
	invocation_for_each(value, inv, "type")
		type |= event->event == value->number;
	return device && type;
}

static void remember(struct history *history, const struct journal_record *record)
{
	if (!MYDEV_HAS(&record->event, EVENT, EPOCH))
		return;
	memcpy(history->sync.epoch, record->event.epoch, sizeof(history->sync.epoch));
	history->sync.seq = record->event.seq;
	MYDEV_SET(&history->sync, SYNC, EPOCH);
	MYDEV_SET(&history->sync, SYNC, SEQ);
}

static int show_gap(struct history *history, const struct journal_record *record)
{
	if (!history->streams)
		return lost_fail_gap(history->res, &record->gap);
	history->lost = true;
	return result_add(history->res, record->desc, &record->gap, record->when_usec);
}

static int show_record(struct history *history)
{
	_cleanup_(journal_record_clear) struct journal_record record = {};
	int r;

	r = journal_next(history->journal, &record);
	if (r <= 0)
		return r;
	if (record.desc == &mydev_gap_desc) {
		r = show_gap(history, &record);
	} else {
		remember(history, &record);
		r = result_add(history->res, record.desc, &record.event, record.when_usec);
	}
	return r < 0 ? r : 1;
}

static int show_all(struct history *history)
{
	int r;

	do {
		if (context_interrupted(history->ctx))
			return -EINTR;
		r = show_record(history);
	} while (r > 0);
	return r;
}

static int on_readable(void *userdata)
{
	struct history *history = userdata;
	int r;

	r = journal_process(history->journal);
	return r < 0 ? r : show_all(history);
}

static int follow(struct history *history)
{
	_cleanup_(loop_free_p) struct loop *loop = NULL;
	int r, fd;

	r = result_add(history->res, &mydev_sync_desc, &history->sync, 0);
	if (r < 0)
		return r;
	r = loop_new(&loop, history->ctx->in_shell);
	if (r < 0)
		return r;
	fd = journal_fd(history->journal);
	r = fd < 0 ? fd : loop_add(loop, fd, on_readable, history);
	if (r < 0)
		return r;
	/* What came before the descriptor began to watch. */
	r = on_readable(history);
	return r < 0 ? r : loop_run(loop, LOOP_FOREVER);
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
		error_set_cure(&error, "is systemd-journald running?");
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
	struct history history = {
		.ctx = ctx,
		.res = res,
		.streams = result_is_stream(inv),
	};
	int r;

	r = journal_open(&journal, is_wanted, (void *)inv);
	if (r < 0)
		return fail_open(res, r);
	history.journal = journal;
	r = journal_seek(journal, since ? since->number : 0, lines ? lines->number : 0);
	if (r >= 0)
		r = show_all(&history);
	if (r >= 0 && invocation_get(inv, "follow"))
		r = follow(&history);
	if (r == -EINTR)
		r = 0;
	return r >= 0 && history.lost ? lost_fail_stream(res) : r;
}
