// SPDX-License-Identifier: GPL-2.0-only
/*
 * State and control of a device: faults, resets, settings, and what there is to know of it.
 */

#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/netlink.h>

#include "core.h"
#include "trace.h"

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

/* ---- State ---- */

void mydev_wake_all(struct mydev *mdev, int band)
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

void mydev_fault_event(struct mydev_event *ev, struct mydev *mdev, enum mydev_fault_code code,
		       const char *msg)
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
	mydev_edges_tell(mdev);
	mydev_event_log(&ev);
	if (was_running)
		mydev_state_event(mdev, MYDEV_DEV_STATE_FAULTED);
out_unlock:
	spin_unlock_irqrestore(&mdev->state_lock, flags);
	if (was_running)
		mydev_wake_all(mdev, POLL_ERR);
}
EXPORT_SYMBOL_GPL(mydev_fault);

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

/* ---- Reset ---- */

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
	if (by_user && !was_faulted) {
		mydev_edge(mdev, MYDEV_EDGE_RESET, 0, ev.discarded, 0);
	} else {
		mydev_edges_tell(mdev);
		mydev_event_log(&ev);
	}
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

static void mydev_set_resetting(struct mydev *mdev, bool resetting)
{
	spin_lock_irq(&mdev->state_lock);
	WRITE_ONCE(mdev->resetting, resetting);
	spin_unlock_irq(&mdev->state_lock);
}

int mydev_reset_locked(struct mydev *mdev, bool counters, bool by_user)
{
	const struct mydev_ops *ops;
	u64 faults;
	int err = 0;

	lockdep_assert_held(&mdev->ctl_lock);
	if (mdev->dead)
		return -ENODEV;
	ops = mydev_ctl_ops(mdev);
	if (ops->reset) {
		/* A write that runs ends first. */
		mutex_lock(&mdev->tx_lock);
		mydev_set_resetting(mdev, true);
		mutex_unlock(&mdev->tx_lock);
		/* The hardware may take its time; data and status do not wait for it. */
		err = ops->reset(mdev);
	}
	faults = mydev_count_faults(mdev);
	mutex_lock(&mdev->tx_lock);
	if (!err) {
		mutex_lock(&mdev->rd_lock);
		mydev_reset_state(mdev, faults, counters, by_user);
		mutex_unlock(&mdev->rd_lock);
	}
	mydev_set_resetting(mdev, false);
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
	/* Also when it failed: others were put off meanwhile. Of a dead device, they know. */
	if (!READ_ONCE(mdev->dead))
		mydev_changed(mdev);
	return err;
}

/* ---- Settings ---- */

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

/* Takes the settings over, with both sides of the ring held, too, and logs those that changed. */
static void mydev_apply(struct mydev *mdev, const struct mydev_settings *want, bool resized)
	__must_hold(&mdev->rx_lock) __must_hold(&mdev->state_lock)
{
	struct mydev_event ev;

	lockdep_assert_held(&mdev->rx_lock);
	lockdep_assert_held(&mdev->state_lock);
	mydev_event_init(&ev, mdev, MYDEV_EVENT_TYPE_SETTING_CHANGED);
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
		err = mydev_ring_resize_rest(&mdev->ring, &mem, copied);
	if (!err) {
		spin_lock(&mdev->state_lock);
		mydev_edges_tell(mdev);
		if (mem.chunks)
			mydev_ring_resize_swap(&mdev->ring, &mem);
		mydev_apply(mdev, want, mem.chunks);
		spin_unlock(&mdev->state_lock);
	}
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

/* ---- What it looks like ---- */

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
