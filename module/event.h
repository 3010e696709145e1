/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log: every event gets its sequence number and its place here, under one lock and from
 * any context. Sending it to listeners comes later and may fail; the log is what counts.
 */
#ifndef MYDEV_EVENT_H
#define MYDEV_EVENT_H

#include <linux/mydev.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>

struct mydev;

/*
 * An event, in the log or on its way there: the attributes of the same names in proto/mydev.yaml.
 * The log gives the first two.
 */
struct mydev_event {
	u64 seq;
	u64 time_ns;
	u32 event;
	u32 dev_id;
	char kind[MYDEV_NAME_MAX + 1];

	/* Which of these it has, BIT_ULL(MYDEV_A_EVENT_...). */
	u64 has;
	u32 state, fault, rx_policy, rx_size, rx_used, watermark, pid, uid;
	u64 count, lost, discarded, duration_ns, bytes;
	char comm[TASK_COMM_LEN];
	/* A fault and a self-test do not come together. */
	union {
		char fault_msg[MYDEV_MSG_MAX + 1];
		char selftest_msg[MYDEV_MSG_MAX + 1];
	};
};

/*
 * Sets a member of an event and says that it has it. The attribute is named twice, once as in C.
 */
#define mydev_event_set(ev, ATTR, member, value)            \
	do {                                                \
		(ev)->member = (value);                     \
		(ev)->has |= BIT_ULL(MYDEV_A_EVENT_##ATTR); \
	} while (0)

/* Begins an event of a device; with the process that causes it, where there is one. */
void mydev_event_init(struct mydev_event *ev, struct mydev *mdev, enum mydev_event_type type);

/* Writes it to the log and has it sent. Any context. */
void mydev_event_log(struct mydev_event *ev);

/* An event that carries nothing of its own. */
void mydev_event_plain(struct mydev *mdev, enum mydev_event_type type);

/*
 * Events that a user of the node can cause at full speed. The first is told at once; those that
 * follow within MYDEV_EDGE_NS of it are told as one, with their count and sums.
 */
enum mydev_edge_type {
	MYDEV_EDGE_OPENED,
	MYDEV_EDGE_CLOSED,
	MYDEV_EDGE_RESET,
	MYDEV_EDGE_OVERRUN_BEGIN,
	MYDEV_EDGE_OVERRUN_END,
	MYDEV_EDGE_WATERMARK,
	MYDEV_N_EDGES,
};

#define MYDEV_EDGE_NS (100 * NSEC_PER_MSEC)

/**
 * struct mydev_edges - what a device has to tell later; under its state_lock
 * @work: tells it
 * @told_ns: when each type was told last
 * @order: counts occurrences, so that what happened last is told last
 * @pending: for each type the event that is being added up, and the order of its last occurrence;
 *	count 0 for none
 */
struct mydev_edges {
	struct delayed_work work;
	u64 told_ns[MYDEV_N_EDGES];
	u64 order;
	struct {
		u64 count, bytes, duration_ns, order;
		u32 rx_used, pid, uid;
		char comm[TASK_COMM_LEN];
		bool has_task;
	} pending[MYDEV_N_EDGES];
};

void mydev_edges_init(struct mydev *mdev);

/*
 * Tells all that is pending, what happened last as the last: before what is to be told behind it,
 * and before the settings change that it is told with. Any context, with state_lock held.
 */
void mydev_edges_tell(struct mydev *mdev) __must_hold(&mdev->state_lock);

/* One occurrence; bytes are those lost or discarded. Any context, with state_lock held. */
void mydev_edge(struct mydev *mdev, enum mydev_edge_type type, u32 rx_used, u64 bytes,
		u64 duration_ns);

/* Tells what is pending now and stops the work. Process context. */
void mydev_edges_exit(struct mydev *mdev);

/* Identity of this load of the module. */
extern uuid_t mydev_epoch;

struct mydev_event_range {
	u64 first, last;
	u32 size;
};

/* Sequence numbers that the log holds. */
void mydev_event_range(struct mydev_event_range *range);

/* Copies the event seq, or the oldest there is after it; false when there is none yet. */
bool mydev_event_read(u64 seq, struct mydev_event *ev);

/* Sends an event to the listeners: 0, or -ENOMEM when it has to be tried again. Netlink's part. */
int mydev_nl_event_send(const struct mydev_event *ev);

int mydev_events_init(void);
/* Sends what is still to be sent. Process context. */
void mydev_events_flush(void);
/* When nothing can log any more. */
void mydev_events_exit(void);

#endif
