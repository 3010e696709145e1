/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libmydev: the C client of the generic netlink family "mydev". Typed objects, dumps, the event
 * stream, extended-ack texts. It prints nothing and keeps no global state; an object of it belongs
 * to one thread at a time.
 *
 * Functions return 0 or more on success and -errno on failure. The errors that mean something
 * everywhere:
 *
 *	-EPROTONOSUPPORT  the family is absent: the module is not loaded (mydev_module_state() tells why)
 *	-ENODEV           no such device, or it went away
 *	-EPERM            CAP_NET_ADMIN in the initial namespaces is needed
 *	-ETIMEDOUT        the kernel did not answer within MYDEV_TIMEOUT_MS
 *
 * Any other comes from the kernel; mydev_client_error() then has its words.
 */
#ifndef LIBMYDEV_H
#define LIBMYDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/mydev.h>

#include "field.h"
#include "objects_gen.h"
#include "stream_gen.h"

#define MYDEV_TIMEOUT_MS 5000

/* Whether a generated object has a value for a field: MYDEV_HAS(&dev, DEV, RX_SIZE). */
#define MYDEV_HAS(obj, set, field) mydev_has_attr((obj), MYDEV_A_##set##_##field)
/* Says that it has, after the member was assigned. */
#define MYDEV_SET(obj, set, field) mydev_set_attr((obj), MYDEV_A_##set##_##field)

/*
 * For single objects; they fit _cleanup_() of cleanup.h: _cleanup_(mydev_dev_clear) struct
 * mydev_dev dev = {};
 */
static inline void mydev_info_clear(struct mydev_info *info)
{
	mydev_object_clear(&mydev_info_desc, info);
}

static inline void mydev_dev_clear(struct mydev_dev *dev)
{
	mydev_object_clear(&mydev_dev_desc, dev);
}

static inline void mydev_selftest_clear(struct mydev_selftest *selftest)
{
	mydev_object_clear(&mydev_selftest_desc, selftest);
}

static inline void mydev_register_clear(struct mydev_register *reg)
{
	mydev_object_clear(&mydev_register_desc, reg);
}

static inline void mydev_event_clear(struct mydev_event *event)
{
	mydev_object_clear(&mydev_event_desc, event);
}

/* ---- Requests ---- */

struct mydev_client;

/*
 * Opens a request socket and resolves the family. That never loads the module: the kernel would do
 * so on behalf of whoever asks for the family by name, also right after an administrator removed
 * it. When the module is loaded anew, the next request finds it.
 */
int mydev_client_new(struct mydev_client **ret);
void mydev_client_free(struct mydev_client *c); /* NULL is left alone */

static inline void mydev_client_free_p(struct mydev_client **c)
{
	mydev_client_free(*c);
}

/*
 * Why the last request failed, in the kernel's words with the attribute it objects to in front, as
 * in "rx-size: must be a power of two"; NULL when the kernel gave none. Valid until the next
 * request.
 */
const char *mydev_client_error(const struct mydev_client *c);

/*
 * Replies are written to *ret, which must be empty or an object of before (it is cleared first);
 * ret may be NULL. In a request, what the object has is sent: a device is named by its id or its
 * name, the rest are the settings wanted.
 */
int mydev_info_get(struct mydev_client *c, struct mydev_info *ret);
int mydev_dev_get(struct mydev_client *c, const struct mydev_dev *which, struct mydev_dev *ret);
int mydev_dev_set(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret);
int mydev_dev_new(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret);
int mydev_dev_del(struct mydev_client *c, const struct mydev_dev *which);
int mydev_reset(struct mydev_client *c, const struct mydev_dev *which, struct mydev_dev *ret);
int mydev_fault_inject(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret);

/* 0 also when the device failed: that is the result. -errno when there was no test. */
int mydev_selftest(struct mydev_client *c, const struct mydev_dev *which,
		   struct mydev_selftest *ret);

/*
 * All devices by ascending id, as one consistent picture. The array is the caller's:
 * mydev_devs_free(). -EAGAIN when devices came and went all the time, so that no picture of them
 * was consistent within MYDEV_TIMEOUT_MS.
 */
int mydev_dev_dump(struct mydev_client *c, struct mydev_dev **ret, size_t *ret_n);
void mydev_devs_free(struct mydev_dev *devs, size_t n);

/*
 * The registers of a device, in the order of its data sheet; all of them or none. The array is the
 * caller's: mydev_registers_free(). -EOPNOTSUPP when the device has none, or what reading one of them
 * came to.
 */
int mydev_register_dump(struct mydev_client *c, const struct mydev_dev *which,
			struct mydev_register **ret, size_t *ret_n);
void mydev_registers_free(struct mydev_register *registers, size_t n);

/*
 * The events of the kernel's log from sequence number from_seq on (0: from the oldest), oldest
 * first. A callback that returns non-zero ends the dump and is what the function returns. epoch may
 * be NULL; -ESTALE when it is not the present one. A callback must not use the client.
 */
typedef int (*mydev_event_fn)(const struct mydev_event *event, void *userdata);
int mydev_event_dump(struct mydev_client *c, const char *epoch, uint64_t from_seq,
		     mydev_event_fn fn, void *userdata);

/* ---- The event stream: every event once, in order, or a gap that says what is missing ---- */

enum mydev_notice_type {
	MYDEV_NOTICE_UP, /* the module is there: epoch; first after mydev_stream_start(), then after each DOWN */
	MYDEV_NOTICE_EVENT, /* event */
	MYDEV_NOTICE_GAP, /* events first..last of epoch can no longer be had */
	MYDEV_NOTICE_DOWN, /* the module was removed */
};

/*
 * A gap is events that the kernel's log overwrote before they could be read, or that went with the
 * log when the module was removed. In the second case nobody may know how many they were: last is
 * then MYDEV_SEQ_UNKNOWN.
 */
#define MYDEV_SEQ_UNKNOWN UINT64_MAX

struct mydev_notice {
	enum mydev_notice_type type;
	const char *epoch; /* of all; of DOWN: the one that ended */
	const struct mydev_event *event; /* of EVENT */
	uint64_t first, last; /* of GAP */
};

/*
 * Called for each notice, from mydev_stream_start() and mydev_stream_process(); it must not call
 * either or free the stream. What the notice points to is valid until it returns. Non-zero ends the
 * processing call and is what that returns; the notice then counts as not delivered and comes again
 * with the next call, so that a consumer which could not store an event loses nothing.
 */
typedef int (*mydev_notice_fn)(const struct mydev_notice *notice, void *userdata);

struct mydev_stream;

/*
 * rcvbuf: receive buffer of the event socket in bytes, 0 for a sensible one; a small one costs
 * replays, not events.
 */
int mydev_stream_new(struct mydev_stream **ret, size_t rcvbuf, mydev_notice_fn fn, void *userdata);
void mydev_stream_free(struct mydev_stream *s); /* NULL is left alone */

static inline void mydev_stream_free_p(struct mydev_stream **s)
{
	mydev_stream_free(*s);
}

/*
 * Where to begin; without a call, with the oldest event that the kernel still has. resume: after
 * event seq of epoch; when the module was loaded anew since, with the first of the new epoch (a
 * gap, if it is gone already). -EINVAL when epoch is not a UUID. now: with the next event after the
 * call of mydev_stream_start().
 */
int mydev_stream_resume(struct mydev_stream *s, const char *epoch, uint64_t seq);
void mydev_stream_now(struct mydev_stream *s);

/*
 * Subscribes, then delivers what there is. Succeeds also when the module is absent: the stream then
 * waits for it, and UP comes when it is loaded. -errno of the sockets, or what the callback
 * returned (call mydev_stream_process() on).
 */
int mydev_stream_start(struct mydev_stream *s);

/*
 * Readable when something has arrived for mydev_stream_process(); the same descriptor as long as
 * the stream lives. Only for polling. It does not tell of what a failed call left undone.
 */
int mydev_stream_fd(const struct mydev_stream *s);

/*
 * Delivers what has arrived, without blocking for more; in a storm it returns now and then, with
 * the descriptor still readable. It waits for the kernel, MYDEV_TIMEOUT_MS at most, only where it
 * has to ask for what it missed. After a failure, of the callback or its own, nothing is lost: call
 * it again, after a while, whether or not the descriptor is readable.
 */
int mydev_stream_process(struct mydev_stream *s);

bool mydev_stream_is_up(const struct mydev_stream *s);

/* How often the socket overran or messages were missing and the kernel's log was asked again. */
uint64_t mydev_stream_replays(const struct mydev_stream *s);

/* ---- The module ---- */

enum mydev_module_state {
	MYDEV_MODULE_LOADED, /* of this version */
	MYDEV_MODULE_OTHER_VERSION, /* loaded, of another version */
	MYDEV_MODULE_NOT_LOADED, /* installed for the running kernel */
	MYDEV_MODULE_NOT_INSTALLED, /* not, or built for another kernel than the running one */
};

/*
 * Looks at the running system; *ret_version (may be NULL) is the loaded version or NULL, the
 * caller's to free.
 */
int mydev_module_state(enum mydev_module_state *ret, char **ret_version);

/*
 * For MYDEV_MODULE_NOT_INSTALLED, in words for people: that it is so, and the cure. Both are the
 * caller's to free. -ENOMEM, and both are NULL.
 */
int mydev_module_explain_not_installed(char **ret_finding, char **ret_cure);

/* Version of this library, which is that of the project. */
const char *mydev_version(void);

#endif
