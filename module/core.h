/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core's own view of a device, and what its files offer each other. Backends see backend.h
 * only.
 *
 * Locks, in the order in which they nest: ctl_lock, tx_lock, rd_lock, rx_lock, state_lock, the
 * event log's. None is held while a user's page is fetched or a user is waited for, so
 * mydev_unregister() waits for the backend at most.
 */
#ifndef MYDEV_CORE_H
#define MYDEV_CORE_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/wait.h>

#include "backend.h"
#include "event.h"
#include "ring.h"

#define MYDEV_DEVICES_MAX 65536

struct fasync_struct;

/**
 * struct mydev - a device
 * @dev: its place in the driver model; holds the reference count
 * @id: the N of mydevN, also its minor number
 * @ops: the backend; NULL once unregistered, which happens under @ctl_lock and @tx_lock; read under
 *	one of them or under mydev_srcu
 * @kind: name of the kind, a copy, since it outlives the backend
 * @parent: bus and name of the device that it is driven through, a copy; NULL for none
 * @address: the name in @parent
 * @bus: the bus in @parent, a copy; NULL for none
 * @driver: name of the driver of that device, a copy; NULL for none
 * @born: which registration this is, of all; under @ctl_lock
 * @dead: not registered yet, or not any more; written under @ctl_lock and @state_lock
 * @state: running or faulted; written under @state_lock
 * @resetting: the backend resets the hardware: it is given no data, and none of its is taken;
 *	set under @tx_lock and @state_lock, cleared under @state_lock
 * @rx_watch: the consumer has to look for the end of an overrun, for the watermark, or for a
 *	backend that waits; a hint written under @state_lock
 * @rx_notify: fill from which the producer has to look for the watermark; U32_MAX for never
 * @rd_lock: the consumer's side of @ring
 * @rd_wait: readers that wait for data
 * @ring: the receive ring
 * @tx_lock: one caller at a time in the backend's write, and producers in process context of @ring
 * @tx_bytes: bytes that the backend took; under @tx_lock
 * @wr_wait: writers that wait for room
 * @rx_lock: producers in any context of @ring
 * @fasync: who wants SIGIO
 * @ctl_lock: one change of settings, reset or registration at a time
 * @ready: the backend's open was called, and its close not yet; under @ctl_lock
 * @counts: what the backend counts, a copy
 * @link_speed: in Mb/s; 0 for not known
 * @interrupts: counted by the backend
 * @dma_transfers: counted by the backend
 * @dma_bytes: counted by the backend
 * @watermark: as configured
 * @state_lock: the members below, and what is said to be written under it
 * @users: open files
 * @state_since: CLOCK_BOOTTIME of the begin of @state, in ns
 * @fault: why the device is faulted
 * @fault_msg: text that came with it
 * @resets: resets carried out
 * @faults: faults reported
 * @rx_short: the backend was refused data and waits for its rx_ready
 * @overruns: times that data began to be lost
 * @testing: a self-test is going on, whose data reaches no watermark
 * @overrun: an overrun is going on
 * @overrun_since: CLOCK_BOOTTIME of its begin, in ns
 * @overrun_lost: bytes lost in it on the producer's side
 * @gave_up_told: of the ring's got_lost, modulo 2^32, what was told as lost
 * @edges: occurrences that wait to be told as one event
 * @priv: the backend's
 */
struct mydev {
	struct device dev;
	u32 id;
	const struct mydev_ops __rcu *ops;
	const char *kind;
	const char *parent;
	const char *address;
	const char *bus;
	const char *driver;
	u32 born;
	bool dead;
	u32 state;
	bool resetting;
	bool rx_watch;
	u32 rx_notify;

	struct mutex rd_lock; /* consumer's side of ring */
	wait_queue_head_t rd_wait;

	struct mydev_ring ring;

	/* One caller at a time in the backend's write. */
	struct mutex tx_lock ____cacheline_aligned_in_smp;
	u64 tx_bytes;
	wait_queue_head_t wr_wait;

	/* Producers in any context. */
	spinlock_t rx_lock ____cacheline_aligned_in_smp;
	struct fasync_struct *fasync;
	struct mutex ctl_lock; /* one change at a time */
	bool ready;
	u32 counts;
	u32 link_speed;
	atomic64_t interrupts;
	atomic64_t dma_transfers;
	atomic64_t dma_bytes;
	u32 watermark;

	spinlock_t state_lock; /* what follows, and state */
	u32 users;
	u64 state_since;
	u32 fault;
	char fault_msg[MYDEV_MSG_MAX + 1];
	u64 resets;
	u64 faults;
	u64 overruns;
	bool rx_short;
	bool testing;
	bool overrun;
	u64 overrun_since;
	u64 overrun_lost;
	u32 gave_up_told;
	struct mydev_edges edges;

	u8 priv[] __aligned(ARCH_KMALLOC_MINALIGN);
};

#define to_mydev(d) container_of(d, struct mydev, dev)

/* Held around those operations of a backend that may run beside its write. */
extern struct srcu_struct mydev_srcu;

extern const struct file_operations mydev_fops;
extern const struct attribute_group *mydev_groups[];

/* What a device looks like at one moment; its byte counts add up. */
struct mydev_snapshot {
	u32 state, fault, rx_size, rx_used, rx_policy, watermark, users, link_speed;
	u64 rx_bytes, read_bytes, rx_dropped, rx_discarded, rx_overruns, tx_bytes, resets, faults;
	u64 interrupts, dma_transfers, dma_bytes;
	u64 state_age;
	char fault_msg[MYDEV_MSG_MAX + 1];
};

void mydev_snapshot(struct mydev *mdev, struct mydev_snapshot *snap);

/* What mydev_change() is to change: a mask of BIT(MYDEV_A_DEV_...) and the values. */
struct mydev_settings {
	u64 has;
	u32 rx_size;
	enum mydev_rx_policy rx_policy;
	u32 watermark;
};

/* All or nothing. -EINVAL, -ERANGE, -EBUSY, -ENOMEM, -ENODEV, with extack set where given. */
int mydev_change(struct mydev *mdev, const struct mydev_settings *want,
		 struct netlink_ext_ack *extack);

/*
 * Clears data and fault, counters too if asked. -ENODEV or what the backend said. by_user: a user
 * of the node asks, who can do so at full speed; that is told as an edge.
 */
int mydev_reset(struct mydev *mdev, bool counters, bool by_user);

/* The same with ctl_lock held; mydev_changed() is to follow when it is not. */
int mydev_reset_locked(struct mydev *mdev, bool counters, bool by_user);

/* Throws away what is buffered, and counts it as discarded. Process context. */
void mydev_discard(struct mydev *mdev);

/* After a reset or new settings, what one waits for may be there. Process context, no locks. */
void mydev_changed(struct mydev *mdev);

/* Something else than data or room is new; band is how SIGIO tells it. No spin lock held. */
void mydev_wake_all(struct mydev *mdev, int band);

/* The event that tells of a fault, to be logged; msg may be NULL. */
void mydev_fault_event(struct mydev_event *ev, struct mydev *mdev, enum mydev_fault_code code,
		       const char *msg);

/* Has the backend make the hardware ready, or let it rest; ctl_lock held. 0 or what it said. */
int mydev_make_ready(struct mydev *mdev);
void mydev_let_rest(struct mydev *mdev);

/* How a self-test went. */
struct mydev_verdict {
	struct mydev_selftest test;
	enum mydev_selftest_result result;
	u64 duration_ns;
};

/*
 * Has the device test itself. 0 when it did, well or badly; -EBUSY, -EIO, -EOPNOTSUPP, -EINTR,
 * -ENODEV or what the backend said when there was no test, with extack set.
 */
int mydev_selftest(struct mydev *mdev, struct mydev_verdict *ret, struct netlink_ext_ack *extack);

/* Read and write of the node for data in the kernel, without waiting. */
ssize_t mydev_node_read(struct mydev *mdev, struct iov_iter *to);
ssize_t mydev_node_write(struct mydev *mdev, struct iov_iter *from);

/*
 * Waits, in jiffies at most, until there is something to read, or, if there is nothing to wait for,
 * to write. 0, -ETIMEDOUT, or -EINTR when the caller is being killed.
 */
int mydev_node_wait(struct mydev *mdev, bool to_read, unsigned long timeout);

/* Has the watermark told again; at once when the producer has reached it already. */
void mydev_rx_arm_watermark(struct mydev *mdev) __must_hold(&mdev->state_lock);

/* Looks whether an overrun is over and whether the watermark can be told again. */
void mydev_rx_check(struct mydev *mdev) __must_hold(&mdev->state_lock);

/* There may be room again: tells the backend if it was refused data. Process context, no locks. */
void mydev_rx_resume(struct mydev *mdev);

void mydev_rx_consumed_slow(struct mydev *mdev);

/* The consumer took bytes: tells writers, looks for the end of an overrun. */
static inline void mydev_rx_consumed(struct mydev *mdev)
{
	/* The barrier in wq_has_sleeper() stands between the new tail and all conditions. */
	if (unlikely(wq_has_sleeper(&mdev->wr_wait) || READ_ONCE(mdev->rx_watch) ||
		     READ_ONCE(mdev->fasync)))
		mydev_rx_consumed_slow(mdev);
}

/* Whether a write would take data, or fail. */
bool mydev_writable(struct mydev *mdev);

/* The backend, or NULL when it is gone; tx_lock keeps it from going. */
static inline const struct mydev_ops *mydev_tx_ops(struct mydev *mdev)
{
	return rcu_dereference_protected(mdev->ops, lockdep_is_held(&mdev->tx_lock));
}

/* The same for who holds ctl_lock. */
static inline const struct mydev_ops *mydev_ctl_ops(struct mydev *mdev)
{
	return rcu_dereference_protected(mdev->ops, lockdep_is_held(&mdev->ctl_lock));
}

/*
 * The device of that id, or the first at or after *id, with a reference; NULL when there is none.
 */
struct mydev *mydev_find(u32 id);
struct mydev *mydev_find_next(u32 *id);

/* Grows with each device that comes or goes. */
u32 mydev_generation(void);
u32 mydev_device_count(void);
u32 mydev_major(void);

/* The kind of that name with its module held, or NULL; request: loads the module if need be. */
struct mydev_kind *mydev_kind_get(const char *name);
struct mydev_kind *mydev_kind_request(const char *name);
void mydev_kind_put(struct mydev_kind *kind);

/* Calls fn for each kind that is loaded until it returns non-zero, and returns that. */
int mydev_kind_for_each(int (*fn)(const char *name, void *data), void *data);

/* Checks what a configuration and a change have in common; -EINVAL or -ERANGE with extack set. */
int mydev_check_rx_size(u32 rx_size, struct netlink_ext_ack *extack);

int mydev_nl_init(void);
void mydev_nl_exit(void);

#endif
