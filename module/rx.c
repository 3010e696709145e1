// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive side of a device: data from its backend, and what is told of it.
 */

#include <linux/fs.h>
#include <linux/poll.h>

#include "core.h"
#include "trace.h"

/* Room in the ring from which a device that sends back what it is sent takes more. */
static u32 mydev_rx_enough(const struct mydev *mdev)
{
	return READ_ONCE(mdev->ring.mem.size) / 4;
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

void mydev_rx_arm_watermark(struct mydev *mdev) __must_hold(&mdev->state_lock)
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

void mydev_rx_check(struct mydev *mdev) __must_hold(&mdev->state_lock)
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

/* Whether the device is in a state in which it delivers data. */
static bool mydev_rx_runs(const struct mydev *mdev)
{
	return READ_ONCE(mdev->state) == MYDEV_DEV_STATE_RUNNING && !READ_ONCE(mdev->resetting);
}

/* Whether a backend that was refused data may go on. */
static bool mydev_rx_is_ready(struct mydev *mdev)
{
	return mydev_rx_runs(mdev) && mydev_rx_writable(mdev);
}

void mydev_rx_resume(struct mydev *mdev)
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
	if (mydev_writable(mdev)) {
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
	if (used >= mdev->rx_notify) {
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

	if (unlikely(!mydev_rx_runs(mdev)))
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
