// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command monitor: how things are, a sync record, then what happens.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "context.h"
#include "loop.h"
#include "lost.h"
#include "notice.h"
#include "scoped.h"

struct monitor {
	struct context *ctx;
	const struct invocation *inv;
	struct result *res;
	struct mydev_stream *stream;
	bool synced; /* the state of the beginning was shown */
	uint64_t synced_seq; /* and contains the events up to this one */
	uint64_t count; /* events still to come; 0: no limit */
	const struct value *until;
	bool lost;
};

static int show_devices(const struct monitor *m)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(m->ctx->client, &devs, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r >= 0; i++)
		if (invocation_wants_device(m->inv, "DEV", devs[i].id, devs[i].name))
			r = result_add(m->res, &mydev_dev_desc, &devs[i], 0);
	mydev_devs_free(devs, n);
	return r < 0 ? r : 0;
}

static int show_notice(const struct monitor *m, const struct mydev_notice *notice)
{
	struct notice_record record;

	notice_record(notice, &record);
	return result_add(m->res, record.desc, record.obj, record.when_usec);
}

static int show_sync(const struct monitor *m, const struct mydev_info *info)
{
	struct mydev_sync sync = { .seq = info->event_last };

	memcpy(sync.epoch, info->epoch, sizeof(sync.epoch));
	MYDEV_SET(&sync, SYNC, EPOCH);
	MYDEV_SET(&sync, SYNC, SEQ);
	return result_add(m->res, &mydev_sync_desc, &sync, 0);
}

/*
 * The module is there. The first time, the devices are shown as they are; they contain at least the
 * events up to the newest that existed before they were asked for. Later a new epoch begins, with
 * nothing, and all its events follow.
 */
static int on_up(struct monitor *m, const struct mydev_notice *notice)
{
	_scoped_(info) struct mydev_info info = {};
	int r;

	if (m->synced)
		return show_notice(m, notice);
	r = mydev_info_get(m->ctx->client, &info);
	if (r >= 0)
		r = show_devices(m);
	if (r < 0)
		return r;
	m->synced = true;
	m->synced_seq = info.event_last;
	return show_sync(m, &info);
}

static int on_event(struct monitor *m, const struct mydev_notice *notice)
{
	const struct mydev_event *event = notice->event;
	int r;

	if (event->seq <= m->synced_seq ||
	    !invocation_wants_device(m->inv, "DEV", event->dev_id, event->device ?: ""))
		return 0;
	r = show_notice(m, notice);
	if (r < 0)
		return r;
	if (m->until && event->event == m->until->number)
		return LOOP_DONE;
	return m->count && !--m->count ? LOOP_DONE : 0;
}

static int on_notice(const struct mydev_notice *notice, void *userdata)
{
	struct monitor *m = userdata;

	switch (notice->type) {
	case MYDEV_NOTICE_UP:
		return on_up(m, notice);
	case MYDEV_NOTICE_EVENT:
		return on_event(m, notice);
	case MYDEV_NOTICE_GAP:
		m->lost = true;
		return show_notice(m, notice);
	case MYDEV_NOTICE_DOWN:
		m->synced_seq = 0;
		return show_notice(m, notice);
	}
	return 0;
}

static int on_readable(void *userdata)
{
	struct monitor *m = userdata;

	return mydev_stream_process(m->stream);
}

/* What was waited for: --until or --count. */
static int fail_timed_out(const struct monitor *m)
{
	const struct value *count = invocation_get(m->inv, "count");
	_scoped_(error) struct mydev_error error = {};

	if (m->until)
		error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, ETIMEDOUT, "timed out before %s",
			  m->until->text);
	else
		error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, ETIMEDOUT,
			  "timed out before %" PRIu64 " event%s came", count->number,
			  count->number == 1 ? "" : "s");
	return result_fail(m->res, &error);
}

/* r: how the stream or the loop ended. */
static int finish(const struct monitor *m, int r)
{
	bool waits = m->until || invocation_get(m->inv, "count");
	int r2 = 0;

	if (m->lost)
		r2 = lost_fail_stream(m->res);
	if (r2 < 0)
		return r2;
	if (r == LOOP_TIMED_OUT)
		return waits ? fail_timed_out(m) : 0;
	if (r == -EPROTONOSUPPORT || r == -ETIMEDOUT)
		return context_fail(m->ctx, m->res, NULL, r);
	return r == LOOP_DONE || r == -EINTR ? 0 : r;
}

int cmd_monitor(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *count = invocation_get(inv, "count"),
			   *timeout = invocation_get(inv, "timeout");
	struct monitor m = {
		.ctx = ctx,
		.inv = inv,
		.res = res,
		.count = count ? count->number : 0,
		.until = invocation_get(inv, "until"),
	};
	_cleanup_(mydev_stream_free_p) struct mydev_stream *stream = NULL;
	_cleanup_(loop_free_p) struct loop *loop = NULL;
	struct mydev_client *client;
	int r;

	if (context_client(ctx, res, &client) < 0)
		return 0;
	r = loop_new(&loop, ctx->in_shell);
	if (r < 0)
		return r;
	r = mydev_stream_new(&stream, 0, on_notice, &m);
	if (r < 0)
		return r;
	m.stream = stream;
	mydev_stream_now(stream);
	r = loop_add(loop, mydev_stream_fd(stream), on_readable, &m);
	if (r < 0)
		return r;
	r = mydev_stream_start(stream);
	if (r == 0)
		r = loop_run(loop, timeout ? timeout->number : LOOP_FOREVER);
	return finish(&m, r);
}
