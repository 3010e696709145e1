// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core: module, device numbers, life of a device, its receive side and its control.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "core.h"
#include "trace.h"
#include "version.h"

#define MYDEV_RX_SIZE_DEFAULT SZ_64K

static unsigned int rx_size = MYDEV_RX_SIZE_DEFAULT;
module_param(rx_size, uint, 0444);
MODULE_PARM_DESC(rx_size,
		 "Default bytes of a receive ring, a power of two, 4096 to 67108864 (65536)");

DEFINE_SRCU(mydev_srcu);

/*
 * The devices by id, from mydev_alloc() to the release. Only one that is marked as registered can
 * be found; xa_lock protects the step from finding it to holding a reference.
 */
static DEFINE_XARRAY_ALLOC(mydev_devices);
#define MYDEV_REGISTERED XA_MARK_1
static atomic_t mydev_n_devices;
static atomic_t mydev_gen;
/* Devices not released yet, registered or not. */
static atomic_t mydev_n_alive;

static dev_t mydev_devt;
static struct cdev mydev_cdev;

static struct class mydev_class = {
	.name = "mydev",
	.dev_groups = mydev_groups,
};

/* ---- Receiving ---- */

/* Room in the ring from which a device that sends back what it is sent takes more. */
static u32 mydev_rx_enough(const struct mydev *mdev)
{
	return mdev->ring.mem.size / 4;
}

/* Bytes that the consumer gave up since this was asked last. */
static u32 mydev_rx_gave_up(struct mydev *mdev) __must_hold(&mdev->state_lock)
{
	/* The difference needs the lower half only, and that is never torn. */
	u32 bytes = (u32)READ_ONCE(mdev->ring.got_lost) - mdev->gave_up_told;

	lockdep_assert_held(&mdev->state_lock);
	mdev->gave_up_told += bytes;
	return bytes;
}

static void mydev_rx_tell_watermark(struct mydev *mdev, u32 used) __must_hold(&mdev->state_lock)
{
	lockdep_assert_held(&mdev->state_lock);
	WRITE_ONCE(mdev->rx_notify, U32_MAX);
	if (mdev->testing)
		return;
	/* With several producers, an index may be ahead of the one it is compared with. */
	mydev_edge(mdev, MYDEV_EDGE_WATERMARK, min(used, mdev->ring.mem.size), 0, 0);
}

/* Has the watermark told again; at once when the producer has reached it already. */
static void mydev_rx_arm_watermark(struct mydev *mdev) __must_hold(&mdev->state_lock)
{
	u32 used;

	lockdep_assert_held(&mdev->state_lock);
	WRITE_ONCE(mdev->rx_notify, mdev->watermark);
	/* Pairs with the barrier in mydev_rx_done(): one of the two sees the other. */
	smp_mb();
	used = mydev_ring_used(&mdev->ring);
	if (used >= mdev->watermark)
		mydev_rx_tell_watermark(mdev, used);
}

/* The watermark was told, and the fill has not gone down since. */
static bool mydev_rx_watermark_told(const struct mydev *mdev) __must_hold(&mdev->state_lock)
{
	lockdep_assert_held(&mdev->state_lock);
	return mdev->watermark && mdev->rx_notify == U32_MAX;
}

/* Looks whether an overrun is over and whether the watermark can be told again. */
static void mydev_rx_check(struct mydev *mdev) __must_hold(&mdev->state_lock)
{
	u32 used = mydev_ring_used(&mdev->ring);
	bool watch;

	lockdep_assert_held(&mdev->state_lock);
	if (mdev->overrun && used <= mdev->ring.mem.size / 2) {
		mdev->overrun = false;
		mydev_edge(mdev, MYDEV_EDGE_OVERRUN_END, 0,
			   mdev->overrun_lost + mydev_rx_gave_up(mdev),
			   ktime_get_boottime_ns() - mdev->overrun_since);
	}
	if (mydev_rx_watermark_told(mdev) && used <= mdev->watermark / 2)
		mydev_rx_arm_watermark(mdev);
	watch = mdev->overrun || mdev->rx_short || mydev_rx_watermark_told(mdev);
	WRITE_ONCE(mdev->rx_watch, watch);
}

/*
 * The producer found something for the consumer to look after; maybe it has drained the ring
 * already.
 */
static void mydev_rx_check_armed(struct mydev *mdev)
{
	WRITE_ONCE(mdev->rx_watch, true);
	/* Pairs with the barrier in mydev_rx_consumed(): one of the two sees the other. */
	smp_mb();
	mydev_rx_check(mdev);
}

/* Whether a backend that was refused data may go on. */
static bool mydev_rx_is_ready(const struct mydev *mdev)
{
	return READ_ONCE(mdev->state) == MYDEV_DEV_STATE_RUNNING &&
	       mydev_ring_room(&mdev->ring) >= mydev_rx_enough(mdev);
}

/* There may be room again: tells the backend if it was refused data. Process context, no locks. */
static void mydev_rx_resume(struct mydev *mdev)
{
	const struct mydev_ops *ops;
	bool ready;
	int idx;

	spin_lock_irq(&mdev->state_lock);
	ready = mdev->rx_short && mydev_rx_is_ready(mdev);
	if (ready)
		mdev->rx_short = false;
	mydev_rx_check(mdev);
	spin_unlock_irq(&mdev->state_lock);
	if (!ready)
		return;
	idx = srcu_read_lock(&mydev_srcu);
	ops = srcu_dereference(mdev->ops, &mydev_srcu);
	if (ops && ops->rx_ready)
		ops->rx_ready(mdev);
	srcu_read_unlock(&mydev_srcu, idx);
}

void mydev_rx_consumed_slow(struct mydev *mdev)
{
	if (mydev_rx_writable(mdev)) {
		wake_up_interruptible_poll(&mdev->wr_wait, EPOLLOUT | EPOLLWRNORM);
		kill_fasync(&mdev->fasync, SIGIO, POLL_OUT);
	}
	if (READ_ONCE(mdev->rx_watch))
		mydev_rx_resume(mdev);
}

static noinline void mydev_rx_lost(struct mydev *mdev, u64 lost)
{
	unsigned long flags;

	trace_mydev_lost(mdev->id, lost);
	spin_lock_irqsave(&mdev->state_lock, flags);
	if (!mdev->overrun) {
		mdev->overrun = true;
		mdev->overruns++;
		mdev->overrun_since = ktime_get_boottime_ns();
		mdev->overrun_lost = 0;
		mydev_edge(mdev, MYDEV_EDGE_OVERRUN_BEGIN, 0, 0, 0);
	}
	mdev->overrun_lost += lost;
	mydev_rx_check_armed(mdev);
	spin_unlock_irqrestore(&mdev->state_lock, flags);
}

static noinline void mydev_rx_watermark(struct mydev *mdev, u32 used)
{
	unsigned long flags;

	spin_lock_irqsave(&mdev->state_lock, flags);
	if (mdev->rx_notify != U32_MAX) {
		mydev_rx_tell_watermark(mdev, used);
		mydev_rx_check_armed(mdev);
	}
	spin_unlock_irqrestore(&mdev->state_lock, flags);
}

/* The producer put bytes: tells readers and looks after the events. */
static inline void mydev_rx_done(struct mydev *mdev, u32 bytes, u64 lost)
{
	u32 used = mydev_ring_used(&mdev->ring);
	/* Its barrier stands between the new head and all conditions, also those behind it. */
	bool sleeper = wq_has_sleeper(&mdev->rd_wait);

	trace_mydev_rx(mdev->id, bytes, used);
	if (unlikely(lost))
		mydev_rx_lost(mdev, lost);
	if (unlikely(used >= READ_ONCE(mdev->rx_notify)))
		mydev_rx_watermark(mdev, used);
	/* Not only who sleeps interruptibly: mydev_node_wait() does not. */
	if (sleeper)
		__wake_up_sync_key(&mdev->rd_wait, TASK_NORMAL, poll_to_key(EPOLLIN | EPOLLRDNORM));
	if (unlikely(READ_ONCE(mdev->fasync)))
		kill_fasync(&mdev->fasync, SIGIO, POLL_IN);
}

/* The producer has to stop; false when there is room again already. */
static bool mydev_rx_refuse(struct mydev *mdev)
{
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&mdev->state_lock, flags);
	mdev->rx_short = true;
	WRITE_ONCE(mdev->rx_watch, true);
	/* Pairs with the barrier in mydev_rx_consumed(): one of the two sees the other. */
	smp_mb();
	ready = mydev_rx_is_ready(mdev);
	if (ready)
		mdev->rx_short = false;
	spin_unlock_irqrestore(&mdev->state_lock, flags);
	return !ready;
}

static u32 mydev_rx_once(struct mydev *mdev, const void *data, u32 len)
{
	unsigned long flags;
	u64 lost = 0;
	u32 done;

	if (unlikely(READ_ONCE(mdev->state) != MYDEV_DEV_STATE_RUNNING))
		return 0;
	spin_lock_irqsave(&mdev->rx_lock, flags);
	done = mydev_ring_put(&mdev->ring, data, len, &lost);
	spin_unlock_irqrestore(&mdev->rx_lock, flags);
	if (done)
		mydev_rx_done(mdev, done, lost);
	return done;
}

u32 mydev_rx(struct mydev *mdev, const void *data, u32 len)
{
	u32 done = 0;

	do
		done += mydev_rx_once(mdev, data + done, len - done);
	while (unlikely(done < len) && !mydev_rx_refuse(mdev));
	return done;
}
EXPORT_SYMBOL_GPL(mydev_rx);

ssize_t mydev_rx_iter(struct mydev *mdev, struct iov_iter *from)
{
	u64 lost = 0;
	ssize_t n;

	lockdep_assert_held(&mdev->tx_lock);
	n = mydev_ring_put_iter(&mdev->ring, from, &lost);
	if (likely(n > 0))
		mydev_rx_done(mdev, n, lost);
	else if (unlikely(lost))
		mydev_rx_lost(mdev, lost);
	return n;
}
EXPORT_SYMBOL_GPL(mydev_rx_iter);

bool mydev_rx_writable(struct mydev *mdev)
{
	if (READ_ONCE(mdev->ring.policy) != MYDEV_RX_POLICY_BLOCK)
		return true;
	return mydev_ring_room(&mdev->ring) >= mydev_rx_enough(mdev);
}
EXPORT_SYMBOL_GPL(mydev_rx_writable);

void mydev_tx_ready(struct mydev *mdev)
{
	if (wq_has_sleeper(&mdev->wr_wait))
		wake_up_poll(&mdev->wr_wait, EPOLLOUT | EPOLLWRNORM);
	kill_fasync(&mdev->fasync, SIGIO, POLL_OUT);
}
EXPORT_SYMBOL_GPL(mydev_tx_ready);

/* ---- What the backend tells of its hardware ---- */

void mydev_count_interrupt(struct mydev *mdev)
{
	atomic64_inc(&mdev->interrupts);
}
EXPORT_SYMBOL_GPL(mydev_count_interrupt);

void mydev_count_dma(struct mydev *mdev, u32 bytes)
{
	atomic64_inc(&mdev->dma_transfers);
	atomic64_add(bytes, &mdev->dma_bytes);
}
EXPORT_SYMBOL_GPL(mydev_count_dma);

void mydev_set_link_speed(struct mydev *mdev, u32 mbps)
{
	WRITE_ONCE(mdev->link_speed, mbps);
}
EXPORT_SYMBOL_GPL(mydev_set_link_speed);

/* ---- State and control ---- */

/* Something else than data or room is new; band is how SIGIO tells it. */
static void mydev_wake_all(struct mydev *mdev, int band)
{
	wake_up_all(&mdev->rd_wait);
	wake_up_all(&mdev->wr_wait);
	kill_fasync(&mdev->fasync, SIGIO, band);
}

void mydev_changed(struct mydev *mdev)
{
	mydev_wake_all(mdev, POLL_OUT);
	mydev_rx_resume(mdev);
}

static void mydev_set_state(struct mydev *mdev, u32 state) __must_hold(&mdev->state_lock)
{
	lockdep_assert_held(&mdev->state_lock);
	WRITE_ONCE(mdev->state, state);
	mdev->state_since = ktime_get_boottime_ns();
}

/* Tells the new state after it was written. */
static void mydev_state_event(struct mydev *mdev, u32 state)
{
	struct mydev_event ev;

	mydev_event_init(&ev, mdev, MYDEV_EVENT_TYPE_STATE_CHANGED);
	mydev_event_set(&ev, STATE, state, state);
	mydev_event_log(&ev);
}

static void mydev_fault_event(struct mydev_event *ev, struct mydev *mdev,
			      enum mydev_fault_code code, const char *msg)
{
	mydev_event_init(ev, mdev, MYDEV_EVENT_TYPE_FAULT);
	mydev_event_set(ev, FAULT, fault, code);
	mydev_event_set(ev, STATE, state, MYDEV_DEV_STATE_FAULTED);
	if (msg) {
		strscpy(ev->fault_msg, msg, sizeof(ev->fault_msg));
		ev->has |= BIT_ULL(MYDEV_A_EVENT_FAULT_MSG);
	}
}

void mydev_fault(struct mydev *mdev, enum mydev_fault_code code, const char *msg)
{
	struct mydev_event ev;
	unsigned long flags;
	bool was_running = false;

	mydev_fault_event(&ev, mdev, code, msg);
	spin_lock_irqsave(&mdev->state_lock, flags);
	if (mdev->dead)
		goto out_unlock;
	mdev->faults++;
	was_running = mdev->state == MYDEV_DEV_STATE_RUNNING;
	/* A device that goes on complaining says nothing new. */
	if (!was_running && mdev->fault == code && !strcmp(mdev->fault_msg, ev.fault_msg))
		goto out_unlock;
	mdev->fault = code;
	strscpy(mdev->fault_msg, ev.fault_msg, sizeof(mdev->fault_msg));
	if (was_running)
		mydev_set_state(mdev, MYDEV_DEV_STATE_FAULTED);
	dev_dbg(&mdev->dev, "fault %u: %s\n", code, mdev->fault_msg);
	mydev_event_log(&ev);
	if (was_running)
		mydev_state_event(mdev, MYDEV_DEV_STATE_FAULTED);
out_unlock:
	spin_unlock_irqrestore(&mdev->state_lock, flags);
	if (was_running)
		mydev_wake_all(mdev, POLL_ERR);
}
EXPORT_SYMBOL_GPL(mydev_fault);

static void mydev_clear_counters(struct mydev *mdev) __must_hold(&mdev->rx_lock)
	__must_hold(&mdev->state_lock)
{
	struct mydev_ring *ring = &mdev->ring;

	lockdep_assert_held(&mdev->rx_lock);
	lockdep_assert_held(&mdev->state_lock);
	ring->put_bytes = 0;
	ring->put_lost = 0;
	ring->got_bytes = 0;
	ring->got_lost = 0;
	ring->discarded = 0;
	mdev->tx_bytes = 0;
	mdev->resets = 0;
	mdev->faults = 0;
	mdev->overruns = 0;
	mdev->gave_up_told = 0;
	atomic64_set(&mdev->interrupts, 0);
	atomic64_set(&mdev->dma_transfers, 0);
	atomic64_set(&mdev->dma_bytes, 0);
}

int mydev_make_ready(struct mydev *mdev)
{
	const struct mydev_ops *ops;
	int err;

	lockdep_assert_held(&mdev->ctl_lock);
	ops = mydev_ctl_ops(mdev);
	err = ops->open ? ops->open(mdev) : 0;
	mdev->ready = !err;
	return err;
}

void mydev_let_rest(struct mydev *mdev)
{
	const struct mydev_ops *ops;

	lockdep_assert_held(&mdev->ctl_lock);
	/* When the device is gone, mydev_unregister() has seen to it. */
	if (!mdev->ready)
		return;
	ops = mydev_ctl_ops(mdev);
	if (ops->close)
		ops->close(mdev);
	mdev->ready = false;
}

static u64 mydev_count_faults(struct mydev *mdev)
{
	u64 faults;

	spin_lock_irq(&mdev->state_lock);
	faults = mdev->faults;
	spin_unlock_irq(&mdev->state_lock);
	return faults;
}

/*
 * Empties the ring and takes back a fault, with both sides of the ring held; but not one that came
 * after the hardware was reset, when there had been so many.
 */
static void mydev_reset_state(struct mydev *mdev, u64 faults, bool counters, bool by_user)
{
	struct mydev_event ev;
	bool was_faulted;

	mydev_event_init(&ev, mdev, MYDEV_EVENT_TYPE_RESET);
	spin_lock_irq(&mdev->rx_lock);
	mydev_event_set(&ev, DISCARDED, discarded, mydev_ring_clear(&mdev->ring));

	spin_lock(&mdev->state_lock);
	was_faulted = mdev->state == MYDEV_DEV_STATE_FAULTED && mdev->faults == faults;
	if (was_faulted) {
		mdev->fault = MYDEV_FAULT_CODE_NONE;
		mdev->fault_msg[0] = '\0';
		mydev_set_state(mdev, MYDEV_DEV_STATE_RUNNING);
	}
	mdev->resets++;
	mydev_rx_check(mdev);
	if (counters)
		mydev_clear_counters(mdev);
	if (by_user && !was_faulted)
		mydev_edge(mdev, MYDEV_EDGE_RESET, 0, ev.discarded, 0);
	else
		mydev_event_log(&ev);
	if (was_faulted)
		mydev_state_event(mdev, MYDEV_DEV_STATE_RUNNING);
	spin_unlock(&mdev->state_lock);
	spin_unlock_irq(&mdev->rx_lock);
}

void mydev_discard(struct mydev *mdev)
{
	mutex_lock(&mdev->tx_lock);
	mutex_lock(&mdev->rd_lock);
	spin_lock_irq(&mdev->rx_lock);
	mydev_ring_clear(&mdev->ring);
	spin_lock(&mdev->state_lock);
	mydev_rx_check(mdev);
	spin_unlock(&mdev->state_lock);
	spin_unlock_irq(&mdev->rx_lock);
	mutex_unlock(&mdev->rd_lock);
	mutex_unlock(&mdev->tx_lock);
}

int mydev_reset_locked(struct mydev *mdev, bool counters, bool by_user)
{
	const struct mydev_ops *ops;
	u64 faults;
	int err;

	lockdep_assert_held(&mdev->ctl_lock);
	if (mdev->dead)
		return -ENODEV;
	mutex_lock(&mdev->tx_lock);
	ops = mydev_tx_ops(mdev);
	err = ops->reset ? ops->reset(mdev) : 0;
	if (!err) {
		faults = mydev_count_faults(mdev);
		mutex_lock(&mdev->rd_lock);
		mydev_reset_state(mdev, faults, counters, by_user);
		mutex_unlock(&mdev->rd_lock);
	}
	mutex_unlock(&mdev->tx_lock);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_RESET, err);
	dev_dbg(&mdev->dev, "reset: %d\n", err);
	return err;
}

int mydev_reset(struct mydev *mdev, bool counters, bool by_user)
{
	int err;

	mutex_lock(&mdev->ctl_lock);
	err = mydev_reset_locked(mdev, counters, by_user);
	mutex_unlock(&mdev->ctl_lock);
	if (!err)
		mydev_changed(mdev);
	return err;
}

#define MYDEV_RX_SIZE_RANGE \
	__stringify(MYDEV_RX_SIZE_MIN) " to " __stringify(MYDEV_RX_SIZE_MAX) " bytes"

int mydev_check_rx_size(u32 size, struct netlink_ext_ack *extack)
{
	if (size < MYDEV_RX_SIZE_MIN || size > MYDEV_RX_SIZE_MAX) {
		NL_SET_ERR_MSG(extack, "must be from " MYDEV_RX_SIZE_RANGE);
		return -ERANGE;
	}
	if (!is_power_of_2(size)) {
		NL_SET_ERR_MSG(extack, "must be a power of two");
		return -EINVAL;
	}
	return 0;
}

/* Takes the settings over, with both sides of the ring held, and logs those that changed. */
static void mydev_apply(struct mydev *mdev, const struct mydev_settings *want, bool resized)
	__must_hold(&mdev->rx_lock)
{
	struct mydev_event ev;

	lockdep_assert_held(&mdev->rx_lock);
	mydev_event_init(&ev, mdev, MYDEV_EVENT_TYPE_SETTING_CHANGED);
	spin_lock(&mdev->state_lock);
	if (resized)
		mydev_event_set(&ev, RX_SIZE, rx_size, mdev->ring.mem.size);
	if (want->has & BIT_ULL(MYDEV_A_DEV_RX_POLICY) && want->rx_policy != mdev->ring.policy) {
		WRITE_ONCE(mdev->ring.policy, want->rx_policy);
		mydev_event_set(&ev, RX_POLICY, rx_policy, want->rx_policy);
	}
	if (want->has & BIT_ULL(MYDEV_A_DEV_WATERMARK) && want->watermark != mdev->watermark) {
		mdev->watermark = want->watermark;
		WRITE_ONCE(mdev->rx_notify, U32_MAX);
		mydev_event_set(&ev, WATERMARK, watermark, want->watermark);
	}
	dev_dbg(&mdev->dev, "settings: rx-size %u, rx-policy %u, watermark %u\n",
		mdev->ring.mem.size, mdev->ring.policy, mdev->watermark);
	if (ev.has & (BIT_ULL(MYDEV_A_EVENT_RX_SIZE) | BIT_ULL(MYDEV_A_EVENT_RX_POLICY) |
		      BIT_ULL(MYDEV_A_EVENT_WATERMARK)))
		mydev_event_log(&ev);
	if (ev.has & BIT_ULL(MYDEV_A_EVENT_WATERMARK) && mdev->watermark)
		mydev_rx_arm_watermark(mdev);
	mydev_rx_check(mdev);
	spin_unlock(&mdev->state_lock);
}

int mydev_change(struct mydev *mdev, const struct mydev_settings *want,
		 struct netlink_ext_ack *extack)
{
	struct mydev_ring_mem mem = {};
	u32 size, watermark, copied = 0;
	int err;

	mutex_lock(&mdev->ctl_lock);
	if (mdev->dead) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		err = -ENODEV;
		goto out_unlock;
	}

	size = want->has & BIT_ULL(MYDEV_A_DEV_RX_SIZE) ? want->rx_size : mdev->ring.mem.size;
	watermark = want->has & BIT_ULL(MYDEV_A_DEV_WATERMARK) ? want->watermark : mdev->watermark;
	err = mydev_check_rx_size(size, extack);
	if (err)
		goto out_unlock;
	if (watermark > size) {
		NL_SET_ERR_MSG(extack, "watermark must not be above rx-size");
		err = -EINVAL;
		goto out_unlock;
	}
	if (size != mdev->ring.mem.size) {
		err = mydev_ring_mem_alloc(&mem, size);
		if (err) {
			NL_SET_ERR_MSG(extack, "no memory for a receive ring of that size");
			goto out_unlock;
		}
	}

	mutex_lock(&mdev->tx_lock);
	mutex_lock(&mdev->rd_lock);
	if (mem.chunks)
		copied = mydev_ring_resize_copy(&mdev->ring, &mem);
	spin_lock_irq(&mdev->rx_lock);
	if (mem.chunks)
		err = mydev_ring_resize_swap(&mdev->ring, &mem, copied);
	if (!err)
		mydev_apply(mdev, want, mem.chunks);
	spin_unlock_irq(&mdev->rx_lock);
	mutex_unlock(&mdev->rd_lock);
	mutex_unlock(&mdev->tx_lock);
	if (err)
		NL_SET_ERR_MSG(extack, "more data is buffered than fits; read it or reset first");

out_unlock:
	mutex_unlock(&mdev->ctl_lock);
	mydev_ring_mem_free(&mem);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_SET, err);
	if (!err)
		mydev_changed(mdev);
	return err;
}

void mydev_snapshot(struct mydev *mdev, struct mydev_snapshot *snap)
{
	struct mydev_ring *ring = &mdev->ring;

	mutex_lock(&mdev->tx_lock);
	mutex_lock(&mdev->rd_lock);
	spin_lock_irq(&mdev->rx_lock);
	spin_lock(&mdev->state_lock);
	snap->state = mdev->state;
	snap->state_age = ktime_get_boottime_ns() - mdev->state_since;
	snap->fault = mdev->fault;
	snap->rx_size = ring->mem.size;
	snap->rx_used = mydev_ring_used(ring);
	snap->rx_policy = ring->policy;
	snap->watermark = mdev->watermark;
	snap->users = mdev->users;
	snap->rx_bytes = ring->put_bytes;
	snap->read_bytes = ring->got_bytes;
	snap->rx_dropped = ring->put_lost + ring->got_lost;
	snap->rx_discarded = ring->discarded;
	snap->rx_overruns = mdev->overruns;
	snap->tx_bytes = mdev->tx_bytes;
	snap->resets = mdev->resets;
	snap->faults = mdev->faults;
	snap->link_speed = READ_ONCE(mdev->link_speed);
	snap->interrupts = atomic64_read(&mdev->interrupts);
	snap->dma_transfers = atomic64_read(&mdev->dma_transfers);
	snap->dma_bytes = atomic64_read(&mdev->dma_bytes);
	strscpy(snap->fault_msg, mdev->fault_msg, sizeof(snap->fault_msg));
	spin_unlock(&mdev->state_lock);
	spin_unlock_irq(&mdev->rx_lock);
	mutex_unlock(&mdev->rd_lock);
	mutex_unlock(&mdev->tx_lock);
}

/* ---- Life of a device ---- */

struct mydev *mydev_get(struct mydev *mdev)
{
	get_device(&mdev->dev);
	return mdev;
}
EXPORT_SYMBOL_GPL(mydev_get);

void mydev_put(struct mydev *mdev)
{
	put_device(&mdev->dev);
}
EXPORT_SYMBOL_GPL(mydev_put);

void *mydev_priv(struct mydev *mdev)
{
	return mdev->priv;
}
EXPORT_SYMBOL_GPL(mydev_priv);

struct device *mydev_dev(struct mydev *mdev)
{
	return &mdev->dev;
}
EXPORT_SYMBOL_GPL(mydev_dev);

struct mydev *mydev_find_next(u32 *id)
{
	unsigned long index = *id;
	struct mydev *mdev;

	xa_lock(&mydev_devices);
	mdev = xa_find(&mydev_devices, &index, MYDEV_DEVICES_MAX - 1, MYDEV_REGISTERED);
	if (mdev)
		mydev_get(mdev);
	xa_unlock(&mydev_devices);
	*id = index;
	return mdev;
}

struct mydev *mydev_find(u32 id)
{
	struct mydev *mdev = NULL;

	xa_lock(&mydev_devices);
	if (xa_get_mark(&mydev_devices, id, MYDEV_REGISTERED))
		mdev = mydev_get(xa_load(&mydev_devices, id));
	xa_unlock(&mydev_devices);
	return mdev;
}

u32 mydev_generation(void)
{
	return atomic_read(&mydev_gen);
}

u32 mydev_device_count(void)
{
	return atomic_read(&mydev_n_devices);
}

u32 mydev_major(void)
{
	return MAJOR(mydev_devt);
}

static void mydev_dev_release(struct device *dev)
{
	struct mydev *mdev = to_mydev(dev);

	if (mdev->id != MYDEV_ID_ANY)
		xa_erase(&mydev_devices, mdev->id);
	mydev_ring_exit(&mdev->ring);
	kfree(mdev->driver);
	kfree(mdev->bus);
	kfree(mdev->parent);
	kfree(mdev->kind);
	kfree(mdev);
	if (atomic_dec_and_test(&mydev_n_alive))
		wake_up_var(&mydev_n_alive);
}

static int mydev_reserve_id(struct mydev *mdev, u32 id)
{
	int err;

	if (id == MYDEV_ID_ANY) {
		err = xa_alloc(&mydev_devices, &id, mdev, XA_LIMIT(0, MYDEV_DEVICES_MAX - 1),
			       GFP_KERNEL);
		if (err)
			return err == -EBUSY ? -ENOSPC : err;
	} else {
		if (id >= MYDEV_DEVICES_MAX)
			return -EINVAL;
		err = xa_insert(&mydev_devices, id, mdev, GFP_KERNEL);
		if (err)
			return err == -EBUSY ? -EEXIST : err;
	}
	mdev->id = id;
	return 0;
}

static void mydev_init_locks(struct mydev *mdev)
{
	mutex_init(&mdev->ctl_lock);
	mutex_init(&mdev->tx_lock);
	mutex_init(&mdev->rd_lock);
	spin_lock_init(&mdev->rx_lock);
	spin_lock_init(&mdev->state_lock);
	mdev->state_since = ktime_get_boottime_ns();
	init_waitqueue_head(&mdev->rd_wait);
	init_waitqueue_head(&mdev->wr_wait);
}

/* What there is to say of the device that it is driven through, which may be gone before it is. */
static int mydev_copy_parent(struct mydev *mdev, const struct device *parent)
{
	const char *bus = dev_bus_name(parent);

	mdev->parent = kasprintf(GFP_KERNEL, "%s%s%s", bus, *bus ? "/" : "", dev_name(parent));
	if (!mdev->parent)
		return -ENOMEM;
	mdev->address = mdev->parent + strlen(mdev->parent) - strlen(dev_name(parent));
	if (*bus) {
		mdev->bus = kstrdup(bus, GFP_KERNEL);
		if (!mdev->bus)
			return -ENOMEM;
	}
	if (parent->driver) {
		mdev->driver = kstrdup(parent->driver->name, GFP_KERNEL);
		if (!mdev->driver)
			return -ENOMEM;
	}
	return 0;
}

struct mydev *mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			  const struct mydev_config *config, size_t priv_size)
{
	u32 size = config->rx_size ?: rx_size;
	struct mydev *mdev;
	int err;

	if (mydev_check_rx_size(size, NULL) || config->watermark > size ||
	    config->rx_policy > MYDEV_RX_POLICY_OVERWRITE)
		return ERR_PTR(-EINVAL);

	mdev = kzalloc(struct_size(mdev, priv, priv_size), GFP_KERNEL);
	if (!mdev)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&mydev_n_alive);
	mdev->id = MYDEV_ID_ANY;
	mdev->dead = true;
	mdev->counts = ops->counts;
	mdev->watermark = config->watermark;
	mdev->rx_notify = config->watermark ?: U32_MAX;
	RCU_INIT_POINTER(mdev->ops, ops);
	mydev_init_locks(mdev);
	mydev_edges_init(mdev);
	device_initialize(&mdev->dev);
	mdev->dev.class = &mydev_class;
	mdev->dev.parent = parent;
	mdev->dev.release = mydev_dev_release;

	err = -ENOMEM;
	mdev->kind = kstrdup(ops->kind, GFP_KERNEL);
	if (!mdev->kind)
		goto err_put;
	if (parent) {
		err = mydev_copy_parent(mdev, parent);
		if (err)
			goto err_put;
	}
	err = mydev_ring_init(&mdev->ring, size, config->rx_policy);
	if (err)
		goto err_put;
	err = mydev_reserve_id(mdev, config->id);
	if (err)
		goto err_put;
	mdev->dev.devt = MKDEV(MAJOR(mydev_devt), mdev->id);
	err = dev_set_name(&mdev->dev, "mydev%u", mdev->id);
	if (err)
		goto err_put;
	return mdev;

err_put:
	mydev_put(mdev);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(mydev_alloc);

/* The id stays taken until the release. */
static void mydev_hide(struct mydev *mdev)
{
	xa_clear_mark(&mydev_devices, mdev->id, MYDEV_REGISTERED);
	atomic_inc(&mydev_gen);
	atomic_dec(&mydev_n_devices);
}

int mydev_register(struct mydev *mdev)
{
	int err;

	/*
	 * The node can be opened from inside device_add() on, and must then find its device.
	 * Holding ctl_lock keeps whoever opens or changes it waiting until it has been told of; who
	 * only looks sees it earlier.
	 */
	mutex_lock(&mdev->ctl_lock);
	xa_set_mark(&mydev_devices, mdev->id, MYDEV_REGISTERED);
	mdev->born = atomic_inc_return(&mydev_gen);
	atomic_inc(&mydev_n_devices);
	err = device_add(&mdev->dev);
	if (err) {
		mydev_hide(mdev);
	} else {
		dev_dbg(&mdev->dev, "registered: %s, driven through %s\n", mdev->kind,
			mdev->parent ?: "nothing");
		mydev_event_plain(mdev, MYDEV_EVENT_TYPE_DEVICE_ADDED);
		spin_lock_irq(&mdev->state_lock);
		WRITE_ONCE(mdev->dead, false);
		spin_unlock_irq(&mdev->state_lock);
	}
	mutex_unlock(&mdev->ctl_lock);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_REGISTER, err);
	return err;
}
EXPORT_SYMBOL_GPL(mydev_register);

/* gone: how the hardware was taken away, or NULL when it is still there. */
static void mydev_withdraw(struct mydev *mdev, const char *gone)
{
	const struct mydev_ops *ops;
	struct mydev_event ev;
	bool ready;

	mutex_lock(&mdev->ctl_lock);
	ops = mydev_ctl_ops(mdev);
	ready = mdev->ready;
	mdev->ready = false;
	mydev_hide(mdev);
	device_del(&mdev->dev);
	spin_lock_irq(&mdev->state_lock);
	WRITE_ONCE(mdev->dead, true);
	if (gone) {
		/* The state stays what it was: nobody can ask for it any more. */
		mydev_fault_event(&ev, mdev, MYDEV_FAULT_CODE_LINK, gone);
		mydev_event_log(&ev);
	}
	spin_unlock_irq(&mdev->state_lock);
	mutex_lock(&mdev->tx_lock);
	rcu_assign_pointer(mdev->ops, NULL);
	mutex_unlock(&mdev->tx_lock);
	mutex_unlock(&mdev->ctl_lock);

	mydev_wake_all(mdev, POLL_HUP);
	synchronize_srcu(&mydev_srcu);
	if (ready && ops->close)
		ops->close(mdev);
	mydev_edges_exit(mdev);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_UNREGISTER, 0);
	dev_dbg(&mdev->dev, "unregistered\n");
	mydev_event_plain(mdev, MYDEV_EVENT_TYPE_DEVICE_REMOVED);
}

void mydev_unregister(struct mydev *mdev)
{
	mydev_withdraw(mdev, NULL);
}
EXPORT_SYMBOL_GPL(mydev_unregister);

void mydev_unregister_gone(struct mydev *mdev, const char *msg)
{
	mydev_withdraw(mdev, msg);
}
EXPORT_SYMBOL_GPL(mydev_unregister_gone);

static void devm_mydev_put(void *mdev)
{
	mydev_put(mdev);
}

struct mydev *devm_mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			       const struct mydev_config *config, size_t priv_size)
{
	struct mydev *mdev = mydev_alloc(parent, ops, config, priv_size);
	int err;

	if (IS_ERR(mdev))
		return mdev;
	err = devm_add_action_or_reset(parent, devm_mydev_put, mdev);
	return err ? ERR_PTR(err) : mdev;
}
EXPORT_SYMBOL_GPL(devm_mydev_alloc);

static void devm_mydev_unregister(void *mdev)
{
	mydev_unregister(mdev);
}

int devm_mydev_register(struct device *parent, struct mydev *mdev)
{
	int err = mydev_register(mdev);

	return err ?: devm_add_action_or_reset(parent, devm_mydev_unregister, mdev);
}
EXPORT_SYMBOL_GPL(devm_mydev_register);

/* ---- Module ---- */

static int __init mydev_init(void)
{
	int err;

	if (mydev_check_rx_size(rx_size, NULL)) {
		pr_err("rx_size=%u: must be a power of two from %u to %u\n", rx_size,
		       MYDEV_RX_SIZE_MIN, MYDEV_RX_SIZE_MAX);
		return -EINVAL;
	}
	err = mydev_events_init();
	if (err)
		return err;
	err = alloc_chrdev_region(&mydev_devt, 0, MYDEV_DEVICES_MAX, "mydev");
	if (err)
		goto err_events;
	err = class_register(&mydev_class);
	if (err)
		goto err_region;
	cdev_init(&mydev_cdev, &mydev_fops);
	mydev_cdev.owner = THIS_MODULE;
	err = cdev_add(&mydev_cdev, mydev_devt, MYDEV_DEVICES_MAX);
	if (err)
		goto err_class;
	err = mydev_nl_init();
	if (err)
		goto err_cdev;
	return 0;

err_cdev:
	cdev_del(&mydev_cdev);
err_class:
	class_unregister(&mydev_class);
err_region:
	unregister_chrdev_region(mydev_devt, MYDEV_DEVICES_MAX);
err_events:
	mydev_events_exit();
	return err;
}

static void __exit mydev_exit(void)
{
	/* Backends and open files hold the module: no device is registered, and none is opened. */
	mydev_events_flush();
	mydev_nl_exit();
	/* A request that was running may still have held one. */
	wait_var_event(&mydev_n_alive, !atomic_read(&mydev_n_alive));
	cdev_del(&mydev_cdev);
	class_unregister(&mydev_class);
	unregister_chrdev_region(mydev_devt, MYDEV_DEVICES_MAX);
	mydev_events_exit();
	xa_destroy(&mydev_devices);
}

module_init(mydev_init);
module_exit(mydev_exit);

MODULE_DESCRIPTION("Stream devices: character device, control and events");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MYDEV_VERSION);
