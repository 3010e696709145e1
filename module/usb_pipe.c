// SPDX-License-Identifier: GPL-2.0-only
/*
 * The URBs of a bulk endpoint: filled, sent, received, and sent again.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "backend.h"
#include "usb_pipe.h"

/* After so many errors with no pause between them that is as long, the device is at fault. */
#define MYDEV_USB_ERRORS_MAX 8
#define MYDEV_USB_PAUSE (5 * HZ)
/*
 * Doubled with each error, from 10 ms on: when a device is unplugged, transfers fail for some time
 * before the hub says why, and that is no fault of its.
 */
#define MYDEV_USB_RETRY_MS(errors) (5U << (errors))

static bool mydev_usb_pipe_in(const struct mydev_usb_pipe *pipe)
{
	return usb_pipein(pipe->pipe);
}

/* ---- When a transfer fails ---- */

static void mydev_usb_fault(struct mydev_usb_pipe *pipe, int err)
{
	const char *what = mydev_usb_pipe_in(pipe) ? "receiving" : "sending";
	char msg[MYDEV_MSG_MAX + 1];

	if (err == -EPIPE) {
		scnprintf(msg, sizeof(msg), "%s: the device halts its endpoint again and again",
			  what);
		mydev_fault(pipe->mdev, MYDEV_FAULT_CODE_HARDWARE, msg);
	} else {
		scnprintf(msg, sizeof(msg), "%s: transfers fail again and again, now with %d", what,
			  err);
		mydev_fault(pipe->mdev, MYDEV_FAULT_CODE_LINK, msg);
	}
}

/* Whether a URB ended so because of what became of it, and not because somebody took it back. */
static bool mydev_usb_went_wrong(int status)
{
	return status && status != -ECONNRESET && status != -ENOENT && status != -ESHUTDOWN;
}

/* URBs that are unlinked because another one has failed come here, too. */
static void mydev_usb_failed(struct mydev_usb_pipe *pipe, int err) __must_hold(&pipe->lock)
{
	lockdep_assert_held(&pipe->lock);
	if (pipe->stopped)
		return;
	pipe->stopped |= MYDEV_USB_FAILED;
	switch (err) {
	case -ENODEV:
	case -ENOENT:
	case -ESHUTDOWN:
		/* The bus has given the device up: it is unbound, or reset, next. */
		pipe->hopeless = true;
		wake_up(&pipe->sent);
		return;
	}
	if (time_after(jiffies, pipe->last_error + MYDEV_USB_PAUSE))
		pipe->errors = 0;
	pipe->last_error = jiffies;
	pipe->hopeless = ++pipe->errors > MYDEV_USB_ERRORS_MAX;
	if (pipe->hopeless) {
		mydev_usb_fault(pipe, err);
		wake_up(&pipe->sent);
	} else {
		schedule_delayed_work(&pipe->retry,
				      msecs_to_jiffies(MYDEV_USB_RETRY_MS(pipe->errors)));
	}
}

/*
 * It failed on the wire: the endpoint is to be cleared before it goes on, also when the pipe is
 * being stopped anyway. After an error the two ends may count packets differently.
 */
static void mydev_usb_failed_on_wire(struct mydev_usb_pipe *pipe, int err) __must_hold(&pipe->lock)
{
	lockdep_assert_held(&pipe->lock);
	pipe->unclear = true;
	if (pipe->stopped)
		pipe->stopped |= MYDEV_USB_FAILED;
	mydev_usb_failed(pipe, err);
}

static void mydev_usb_hold(struct mydev_usb_pipe *pipe) __must_hold(&pipe->lock)
{
	lockdep_assert_held(&pipe->lock);
	pipe->stopped |= MYDEV_USB_FAILED;
	pipe->hopeless = true;
	wake_up(&pipe->sent);
}

/* ---- URBs ---- */

static void mydev_usb_complete(struct urb *urb);

static int mydev_usb_submit(struct mydev_usb_buf *buf) __must_hold(&buf->pipe->lock)
{
	struct mydev_usb_pipe *pipe = buf->pipe;
	int err;

	lockdep_assert_held(&pipe->lock);
	usb_fill_bulk_urb(buf->urb, pipe->udev, pipe->pipe, buf->data + buf->start,
			  buf->end - buf->start, mydev_usb_complete, buf);
	/* A device may wait for the end of a transfer, which is a packet that is not full. */
	if (!mydev_usb_pipe_in(pipe))
		buf->urb->transfer_flags = URB_ZERO_PACKET;
	buf->flying = true;
	usb_anchor_urb(buf->urb, &pipe->flying);
	err = usb_submit_urb(buf->urb, GFP_ATOMIC);
	if (!err)
		return 0;
	usb_unanchor_urb(buf->urb);
	buf->flying = false;
	mydev_usb_failed(pipe, err);
	return err;
}

/* Delivers what came, and has the buffers that are empty then filled again. */
static void mydev_usb_pump_in(struct mydev_usb_pipe *pipe) __must_hold(&pipe->lock)
{
	struct mydev_usb_buf *buf, *next;

	lockdep_assert_held(&pipe->lock);
	list_for_each_entry_safe(buf, next, &pipe->busy, list) {
		buf->start += mydev_rx(pipe->mdev, buf->data + buf->start, buf->end - buf->start);
		if (buf->start < buf->end)
			break;
		list_move_tail(&buf->list, &pipe->idle);
	}
	list_for_each_entry_safe(buf, next, &pipe->idle, list) {
		if (pipe->stopped)
			return;
		buf->start = 0;
		buf->end = MYDEV_USB_BUF_BYTES;
		if (!mydev_usb_submit(buf))
			list_del_init(&buf->list);
	}
}

static void mydev_usb_pump_out(struct mydev_usb_pipe *pipe) __must_hold(&pipe->lock)
{
	struct mydev_usb_buf *buf;

	lockdep_assert_held(&pipe->lock);
	list_for_each_entry(buf, &pipe->busy, list) {
		if (pipe->stopped)
			return;
		if (!buf->flying)
			mydev_usb_submit(buf);
	}
}

static void mydev_usb_pump(struct mydev_usb_pipe *pipe) __must_hold(&pipe->lock)
{
	if (mydev_usb_pipe_in(pipe))
		mydev_usb_pump_in(pipe);
	else
		mydev_usb_pump_out(pipe);
}

/*
 * Whether all of it is: also when the URB was taken back too late, but for the empty packet that
 * may have to follow full ones.
 */
static bool mydev_usb_is_sent(const struct mydev_usb_buf *buf) __must_hold(&buf->pipe->lock)
{
	const struct mydev_usb_pipe *pipe = buf->pipe;

	lockdep_assert_held(&pipe->lock);
	return !buf->urb->status ||
	       (buf->start == buf->end &&
		buf->urb->transfer_buffer_length % usb_maxpacket(pipe->udev, pipe->pipe));
}

/* A controller that goes on behind a transfer that failed. What the device has is out of order. */
static void mydev_usb_overtaken(struct mydev_usb_pipe *pipe) __must_hold(&pipe->lock)
{
	lockdep_assert_held(&pipe->lock);
	mydev_usb_hold(pipe);
	mydev_fault(pipe->mdev, MYDEV_FAULT_CODE_LINK,
		    "sending: data has overtaken what failed to be sent");
}

/*
 * What the URB moved: a part of its data, too, when it was stopped. What controllers on a network
 * say is not to be trusted.
 */
static void mydev_usb_account(struct mydev_usb_buf *buf) __must_hold(&buf->pipe->lock)
{
	struct mydev_usb_pipe *pipe = buf->pipe;
	u32 moved = min(buf->urb->actual_length, buf->urb->transfer_buffer_length);

	lockdep_assert_held(&pipe->lock);
	buf->flying = false;
	pipe->moved += moved;
	if (moved)
		mydev_count_dma(pipe->mdev, moved);
	if (mydev_usb_pipe_in(pipe)) {
		buf->end = moved;
		list_add_tail(&buf->list, moved ? &pipe->busy : &pipe->idle);
		return;
	}
	/* When the device goes, its URBs come back in any order. */
	if (moved && buf->urb->status != -ESHUTDOWN && !list_is_first(&buf->list, &pipe->busy))
		mydev_usb_overtaken(pipe);
	buf->start += moved;
	if (mydev_usb_is_sent(buf))
		list_move_tail(&buf->list, &pipe->idle);
}

static void mydev_usb_complete(struct urb *urb)
{
	struct mydev_usb_buf *buf = urb->context;
	struct mydev_usb_pipe *pipe = buf->pipe;
	int status = urb->status;
	unsigned long flags;
	bool has_room;

	spin_lock_irqsave(&pipe->lock, flags);
	mydev_usb_account(buf);
	if (mydev_usb_went_wrong(status))
		mydev_usb_failed_on_wire(pipe, status);
	else if (status)
		mydev_usb_failed(pipe, status);
	mydev_usb_pump(pipe);
	has_room = !list_empty(&pipe->idle);
	spin_unlock_irqrestore(&pipe->lock, flags);

	if (!mydev_usb_pipe_in(pipe)) {
		if (has_room)
			mydev_tx_ready(pipe->mdev);
		wake_up(&pipe->sent);
	}
	/*
	 * The endpoint is to rest until this returns: the data behind this must not overtake it,
	 * also when the pipe is being stopped anyway. Not every controller waits.
	 */
	if (mydev_usb_went_wrong(status))
		for (u32 i = 0; i < MYDEV_USB_BUFS; i++)
			usb_unlink_urb(pipe->bufs[i].urb);
}

static void mydev_usb_retry(struct work_struct *work)
{
	struct mydev_usb_pipe *pipe = container_of(work, struct mydev_usb_pipe, retry.work);
	bool unclear;
	int err = 0;

	usb_kill_anchored_urbs(&pipe->flying);
	spin_lock_irq(&pipe->lock);
	unclear = pipe->unclear;
	pipe->unclear = false;
	spin_unlock_irq(&pipe->lock);
	if (unclear)
		err = usb_clear_halt(pipe->udev, pipe->pipe);
	spin_lock_irq(&pipe->lock);
	if (!pipe->hopeless) {
		pipe->stopped &= ~MYDEV_USB_FAILED;
		if (err)
			mydev_usb_failed_on_wire(pipe, err);
		mydev_usb_pump(pipe);
	}
	spin_unlock_irq(&pipe->lock);
}

/* ---- Stopping and starting ---- */

void mydev_usb_pipe_stop(struct mydev_usb_pipe *pipe, u32 reasons)
{
	spin_lock_irq(&pipe->lock);
	pipe->stopped |= reasons;
	spin_unlock_irq(&pipe->lock);
	cancel_delayed_work_sync(&pipe->retry);
	usb_kill_anchored_urbs(&pipe->flying);
}

void mydev_usb_pipe_start(struct mydev_usb_pipe *pipe, u32 reasons)
{
	spin_lock_irq(&pipe->lock);
	pipe->stopped &= ~reasons;
	if (reasons & MYDEV_USB_FAILED) {
		pipe->unclear = false;
		pipe->hopeless = false;
		pipe->errors = 0;
	}
	if (pipe->stopped == MYDEV_USB_FAILED && !pipe->hopeless)
		schedule_delayed_work(&pipe->retry, 0);
	mydev_usb_pump(pipe);
	spin_unlock_irq(&pipe->lock);
}

void mydev_usb_pipe_drop(struct mydev_usb_pipe *pipe)
{
	spin_lock_irq(&pipe->lock);
	list_splice_tail_init(&pipe->busy, &pipe->idle);
	spin_unlock_irq(&pipe->lock);
}

void mydev_usb_pipe_hold(struct mydev_usb_pipe *pipe)
{
	spin_lock_irq(&pipe->lock);
	mydev_usb_hold(pipe);
	spin_unlock_irq(&pipe->lock);
}

bool mydev_usb_pipe_is_empty(struct mydev_usb_pipe *pipe)
{
	bool empty;

	spin_lock_irq(&pipe->lock);
	empty = list_empty(&pipe->busy);
	spin_unlock_irq(&pipe->lock);
	return empty;
}

bool mydev_usb_pipe_has_begun(struct mydev_usb_pipe *pipe)
{
	const struct mydev_usb_buf *buf;
	bool begun;

	spin_lock_irq(&pipe->lock);
	buf = list_first_entry_or_null(&pipe->busy, struct mydev_usb_buf, list);
	begun = buf && buf->start;
	spin_unlock_irq(&pipe->lock);
	return begun;
}

u64 mydev_usb_pipe_moved(struct mydev_usb_pipe *pipe)
{
	u64 moved;

	spin_lock_irq(&pipe->lock);
	moved = pipe->moved;
	spin_unlock_irq(&pipe->lock);
	return moved;
}

void mydev_usb_pipe_forget(struct mydev_usb_pipe *pipe)
{
	spin_lock_irq(&pipe->lock);
	pipe->moved = 0;
	spin_unlock_irq(&pipe->lock);
}

/* ---- Data ---- */

ssize_t mydev_usb_pipe_write(struct mydev_usb_pipe *pipe, struct iov_iter *from)
{
	struct mydev_usb_buf *buf;
	bool was_last;
	size_t len;

	spin_lock_irq(&pipe->lock);
	buf = list_first_entry_or_null(&pipe->idle, struct mydev_usb_buf, list);
	if (buf)
		list_del_init(&buf->list);
	spin_unlock_irq(&pipe->lock);
	if (!buf)
		return -EAGAIN;

	len = copy_from_iter(buf->data, MYDEV_USB_BUF_BYTES, from);
	spin_lock_irq(&pipe->lock);
	buf->start = 0;
	buf->end = len;
	was_last = list_empty(&pipe->idle);
	list_add_tail(&buf->list, len ? &pipe->busy : &pipe->idle);
	mydev_usb_pump_out(pipe);
	spin_unlock_irq(&pipe->lock);
	/* Somebody else may have found no room meanwhile. */
	if (!len && was_last)
		mydev_tx_ready(pipe->mdev);
	return len ?: -EFAULT;
}

bool mydev_usb_pipe_writable(struct mydev_usb_pipe *pipe)
{
	unsigned long flags;
	bool writable;

	spin_lock_irqsave(&pipe->lock, flags);
	writable = !list_empty(&pipe->idle);
	spin_unlock_irqrestore(&pipe->lock, flags);
	return writable;
}

static bool mydev_usb_pipe_drained(struct mydev_usb_pipe *pipe)
{
	bool drained;

	spin_lock_irq(&pipe->lock);
	drained = list_empty(&pipe->busy) || pipe->hopeless;
	spin_unlock_irq(&pipe->lock);
	return drained;
}

void mydev_usb_pipe_drain(struct mydev_usb_pipe *pipe, unsigned int limit_ms)
{
	wait_event_timeout(pipe->sent, mydev_usb_pipe_drained(pipe), msecs_to_jiffies(limit_ms));
}

void mydev_usb_pipe_deliver(struct mydev_usb_pipe *pipe)
{
	unsigned long flags;

	spin_lock_irqsave(&pipe->lock, flags);
	mydev_usb_pump_in(pipe);
	spin_unlock_irqrestore(&pipe->lock, flags);
}

/* ---- Life ---- */

int mydev_usb_pipe_init(struct mydev_usb_pipe *pipe, struct mydev *mdev, struct usb_device *udev,
			const struct usb_endpoint_descriptor *endpoint)
{
	int number = usb_endpoint_num(endpoint);

	pipe->mdev = mdev;
	pipe->udev = udev;
	pipe->pipe = usb_endpoint_dir_in(endpoint) ? usb_rcvbulkpipe(udev, number) :
						     usb_sndbulkpipe(udev, number);
	init_usb_anchor(&pipe->flying);
	INIT_DELAYED_WORK(&pipe->retry, mydev_usb_retry);
	init_waitqueue_head(&pipe->sent);
	spin_lock_init(&pipe->lock);
	INIT_LIST_HEAD(&pipe->idle);
	INIT_LIST_HEAD(&pipe->busy);
	pipe->stopped = MYDEV_USB_CLOSED;
	for (u32 i = 0; i < MYDEV_USB_BUFS; i++) {
		struct mydev_usb_buf *buf = &pipe->bufs[i];

		buf->pipe = pipe;
		buf->urb = usb_alloc_urb(0, GFP_KERNEL);
		buf->data = kmalloc(MYDEV_USB_BUF_BYTES, GFP_KERNEL);
		if (!buf->urb || !buf->data)
			return -ENOMEM;
		list_add_tail(&buf->list, &pipe->idle);
	}
	return 0;
}

void mydev_usb_pipe_exit(struct mydev_usb_pipe *pipe)
{
	for (u32 i = 0; i < MYDEV_USB_BUFS; i++) {
		/* One that has left the anchor, and was not waited for there, may still wake it. */
		usb_kill_urb(pipe->bufs[i].urb);
		usb_free_urb(pipe->bufs[i].urb);
		kfree(pipe->bufs[i].data);
	}
}
