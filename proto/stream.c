// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event stream: every event once and in order, or a gap. What is multicast is only a hint that comes early: events
 * that follow the position without a hole are delivered as they are; whatever else happens, the kernel's log is asked
 * from the position on. Nothing is queued here; the one message whose callback failed is kept to come again.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>

#include "cleanup.h"
#include "object.h"
#include "request.h"
#include "uuid.h"

#define RCVBUF_BYTES (4 << 20)

/* Messages handled in one call, so that a storm cannot keep the caller from its other work. */
#define MESSAGES_PER_CALL 256

/* Times that the module may be loaded anew while the stream tries to follow it, in one call. */
#define FOLLOW_TRIES 8

/* Where the first epoch is entered; later ones are entered at their first event. */
enum entry {
	ENTRY_OLDEST, /* the oldest event in the log */
	ENTRY_FIRST, /* the first of the epoch */
	ENTRY_NOW, /* behind the newest */
};

struct mydev_stream {
	mydev_notice_fn fn;
	void *userdata;

	struct mydev_nlsock sock; /* events, and news of families */
	struct mydev_client *client;

	/* The position: the next event wanted. It moves when the callback has taken a notice. */
	enum entry entry;
	char epoch[MYDEV_UUID_SIZE]; /* "": none yet */
	uint64_t next;
	uint64_t seen; /* the highest number known to exist in the epoch */
	bool up; /* UP was delivered, and no DOWN since */

	/* The load of the module that the socket is subscribed to. */
	char joined_epoch[MYDEV_UUID_SIZE];
	uint16_t joined_family;

	bool behind; /* what the kernel has must be compared with the position */
	bool overrun; /* the socket lost messages, and was not empty since */
	bool missing; /* events of this epoch may be among what it lost */
	uint64_t replays;
};

/* ---- Notices: each moves the position only if the callback took it ---- */

static int notify(struct mydev_stream *s, struct mydev_notice notice)
{
	notice.epoch = s->epoch;
	return s->fn(&notice, s->userdata);
}

static int notify_up(struct mydev_stream *s)
{
	int r;

	r = notify(s, (struct mydev_notice){ .type = MYDEV_NOTICE_UP });
	if (r == 0)
		s->up = true;
	return r;
}

static int notify_gap(struct mydev_stream *s, uint64_t last)
{
	int r;

	r = notify(s, (struct mydev_notice){
			      .type = MYDEV_NOTICE_GAP, .first = s->next, .last = last });
	if (r == 0 && last != MYDEV_SEQ_UNKNOWN)
		s->next = last + 1;
	return r;
}

/* An event that was there already is passed over; a hole before it is a gap. */
static int notify_event(struct mydev_stream *s, const struct mydev_event *event)
{
	int r;

	if (event->seq > s->seen)
		s->seen = event->seq;
	if (event->seq < s->next)
		return 0;
	if (event->seq > s->next) {
		r = notify_gap(s, event->seq - 1);
		if (r)
			return r;
	}

	r = notify(s, (struct mydev_notice){ .type = MYDEV_NOTICE_EVENT, .event = event });
	if (r == 0)
		s->next = event->seq + 1;
	return r;
}

/* The module is gone, and its log with it: what is known to be missing, or may be, is a gap. */
static int notify_down(struct mydev_stream *s)
{
	int r = 0;

	if (!s->up)
		return 0;
	if (s->missing)
		r = notify_gap(s, MYDEV_SEQ_UNKNOWN);
	else if (s->next <= s->seen)
		r = notify_gap(s, s->seen);
	if (r)
		return r;
	/* Told: should the callback not take what follows, it is not told again. */
	s->missing = false;
	s->seen = 0;

	r = notify(s, (struct mydev_notice){ .type = MYDEV_NOTICE_DOWN });
	if (r == 0)
		s->up = false;
	return r;
}

/* ---- The kernel's log ---- */

struct replay {
	struct mydev_stream *s;
	int stopped; /* what the callback returned, if not 0 */
};

static bool event_is_whole(const struct mydev_event *event)
{
	return MYDEV_HAS(event, EVENT, SEQ) && MYDEV_HAS(event, EVENT, EPOCH);
}

static int replay_event(const struct mydev_event *event, void *userdata)
{
	struct replay *replay = userdata;

	if (!event_is_whole(event))
		return -EBADMSG;
	if (strcmp(event->epoch, replay->s->epoch))
		return -ESTALE;
	replay->stopped = notify_event(replay->s, event);
	return replay->stopped;
}

/* Delivers what the log has from the position on. *ret_lost: the log of this epoch is gone. */
static int replay(struct mydev_stream *s, bool *ret_lost)
{
	struct replay replay = { .s = s };
	int r;

	r = mydev_event_dump(s->client, s->epoch, s->next, replay_event, &replay);
	if (replay.stopped)
		return replay.stopped;
	*ret_lost = r == -ESTALE || r == -EPROTONOSUPPORT;
	return *ret_lost ? 0 : r;
}

/* ---- Following the module ---- */

/* Membership ends with the load of the module, also where the next one gets the same numbers. */
static int join(struct mydev_stream *s, const char *epoch)
{
	int r;

	r = mydev_client_resolve(s->client);
	if (r < 0)
		return r;
	if (!s->client->family.events)
		return -EPROTO;
	r = mydev_nlsock_join(&s->sock, s->client->family.events);
	if (r < 0)
		return r;
	s->joined_family = s->client->family.id;
	memcpy(s->joined_epoch, epoch, sizeof(s->joined_epoch));
	return 0;
}

/*
 * Information about the load of the module that the socket is subscribed to, asked after subscribing: every event
 * behind event_last will arrive. -EPROTONOSUPPORT when there is no module.
 */
static int subscribe(struct mydev_stream *s, struct mydev_info *ret)
{
	int r;

	for (int i = 0; i < FOLLOW_TRIES; i++) {
		r = mydev_info_get(s->client, ret);
		if (r < 0)
			return r;
		if (!MYDEV_HAS(ret, INFO, EPOCH) || !MYDEV_HAS(ret, INFO, EVENT_FIRST) ||
		    !MYDEV_HAS(ret, INFO, EVENT_LAST))
			return -EBADMSG;
		if (!strcmp(ret->epoch, s->joined_epoch))
			return 0;
		r = join(s, ret->epoch);
		if (r < 0)
			return r;
	}
	return -EAGAIN;
}

static void enter_epoch(struct mydev_stream *s, const struct mydev_info *info)
{
	bool first = !s->epoch[0];

	s->next = 1;
	if (first && s->entry == ENTRY_OLDEST)
		s->next = info->event_first;
	else if (first && s->entry == ENTRY_NOW)
		s->next = info->event_last + 1;
	s->seen = 0;
	s->missing = s->overrun;
	memcpy(s->epoch, info->epoch, sizeof(s->epoch));
}

/* Brings the position to what the kernel has, by way of DOWN and UP if its load is another. */
static int catch_up_once(struct mydev_stream *s, bool *ret_again)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	int r;

	*ret_again = false;
	r = subscribe(s, &info);
	if (r == -EPROTONOSUPPORT) {
		/* The module that comes begins after the start, so all of it is wanted. */
		s->entry = ENTRY_FIRST;
		return notify_down(s);
	}
	if (r < 0)
		return r;

	if (strcmp(info.epoch, s->epoch)) {
		r = notify_down(s);
		if (r)
			return r;
		enter_epoch(s, &info);
	} else if (s->next > info.event_last + 1) {
		/* A position that the log has not reached was never delivered from it. */
		s->next = 1;
	}
	if (!s->up) {
		r = notify_up(s);
		if (r)
			return r;
	}

	if (info.event_last > s->seen)
		s->seen = info.event_last;
	r = replay(s, ret_again);
	if (r || *ret_again)
		return r;
	return s->next <= info.event_last ? notify_gap(s, info.event_last) : 0;
}

static int catch_up(struct mydev_stream *s)
{
	bool again = true;
	int r;

	s->behind = true;
	for (int i = 0; again; i++) {
		if (i == FOLLOW_TRIES)
			return -EAGAIN;
		r = catch_up_once(s, &again);
		if (r)
			return r;
	}
	s->behind = false;
	return 0;
}

/* ---- Messages ---- */

static int handle_event(struct mydev_stream *s, const struct mydev_event *event)
{
	bool lost;
	int r;

	if (!s->up || strcmp(event->epoch, s->epoch)) {
		r = catch_up(s);
		if (r)
			return r;
		if (!s->up || strcmp(event->epoch, s->epoch))
			return 0;
	}
	if (event->seq > s->next) {
		s->replays++;
		r = replay(s, &lost);
		if (r)
			return r;
	}
	return notify_event(s, event);
}

static int handle_mydev(struct mydev_stream *s, uint8_t cmd, const void *attrs, size_t len)
{
	_cleanup_(mydev_event_clear) struct mydev_event event = {};
	int r;

	if (cmd != MYDEV_CMD_EVENT_NTF)
		return 0;
	r = mydev_object_from_nl(&mydev_event_desc, attrs, len, &event);
	if (r == -ENOMEM)
		return r;
	/* One that makes no sense is as good as lost. */
	if (r < 0 || !event_is_whole(&event)) {
		s->behind = true;
		return 0;
	}
	return handle_event(s, &event);
}

/* Only a hint: the news may be old. */
static int handle_family(struct mydev_stream *s, uint8_t cmd, const void *attrs, size_t len)
{
	struct mydev_family family;

	if (cmd != CTRL_CMD_NEWFAMILY && cmd != CTRL_CMD_DELFAMILY)
		return 0;
	if (!mydev_family_from_nl(attrs, len, &family))
		return 0;
	return catch_up(s);
}

static int handle(struct mydev_stream *s, const struct nlmsghdr *msg)
{
	const void *attrs;
	uint8_t cmd;
	size_t len;

	attrs = mydev_genl_attrs(msg, &cmd, &len);
	if (!attrs)
		return 0;
	if (msg->nlmsg_type == GENL_ID_CTRL)
		return handle_family(s, cmd, attrs, len);
	if (msg->nlmsg_type == s->joined_family)
		return handle_mydev(s, cmd, attrs, len);
	return 0;
}

/*
 * The socket is empty: the time to ask the log, if need be. After an overrun not before that: until its buffer is
 * empty, the kernel goes on dropping messages for the socket without telling again.
 */
static int handle_silence(struct mydev_stream *s)
{
	int r;

	if (!s->overrun && !s->behind)
		return 0;
	if (s->overrun)
		s->replays++;
	r = catch_up(s);
	if (r == 0)
		s->overrun = s->missing = false;
	return r;
}

int mydev_stream_process(struct mydev_stream *s)
{
	struct nlmsghdr *msg;
	int r;

	for (int i = 0;; i++) {
		/* Only while the descriptor says that there is more: nobody would call again otherwise. */
		if (i >= MESSAGES_PER_CALL && mydev_nlsock_wait(&s->sock, 0) == 0)
			return 0;
		r = mydev_nlsock_next(&s->sock, &msg);
		if (r == -EAGAIN)
			return handle_silence(s);
		if (r == -ENOBUFS) {
			s->overrun = s->missing = true;
			continue;
		}
		if (r < 0)
			return r;
		r = handle(s, msg);
		if (r) {
			mydev_nlsock_keep(&s->sock, msg);
			return r;
		}
	}
}

/* ---- The stream itself ---- */

/* The kernel sees to limits: beyond net.core.rmem_max only CAP_NET_ADMIN goes. */
static int set_rcvbuf(struct mydev_nlsock *sock, size_t bytes)
{
	int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	if (setsockopt(sock->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 &&
	    setsockopt(sock->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
		return -errno;
	return 0;
}

int mydev_stream_new(struct mydev_stream **ret, size_t rcvbuf, mydev_notice_fn fn, void *userdata)
{
	_cleanup_(mydev_stream_free_p) struct mydev_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->fn = fn;
	s->userdata = userdata;
	s->sock.fd = -1;
	r = mydev_nlsock_open(&s->sock);
	if (r < 0)
		return r;
	r = set_rcvbuf(&s->sock, rcvbuf ?: RCVBUF_BYTES);
	if (r < 0)
		return r;
	r = mydev_client_open(&s->client);
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(s);
	return 0;
}

void mydev_stream_free(struct mydev_stream *s)
{
	if (!s)
		return;
	mydev_nlsock_close(&s->sock);
	mydev_client_free(s->client);
	free(s);
}

int mydev_stream_resume(struct mydev_stream *s, const char *epoch, uint64_t seq)
{
	int r;

	r = mydev_uuid_normalize(epoch, s->epoch);
	if (r < 0)
		return r;
	/* No log reaches the last number, so that one is no position, as any that is too high. */
	s->next = seq < UINT64_MAX ? seq + 1 : seq;
	return 0;
}

void mydev_stream_now(struct mydev_stream *s)
{
	s->epoch[0] = '\0';
	s->entry = ENTRY_NOW;
}

int mydev_stream_start(struct mydev_stream *s)
{
	int r;

	/* The controller's only group, "notify", has the number of its family. */
	r = mydev_nlsock_join(&s->sock, GENL_ID_CTRL);
	return r < 0 ? r : catch_up(s);
}

int mydev_stream_fd(const struct mydev_stream *s)
{
	return s->sock.fd;
}

bool mydev_stream_is_up(const struct mydev_stream *s)
{
	return s->up;
}

uint64_t mydev_stream_replays(const struct mydev_stream *s)
{
	return s->replays;
}
