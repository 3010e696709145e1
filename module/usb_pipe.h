/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One direction of a USB device: a bulk endpoint and the URBs that are in flight for it. What was
 * taken from a writer or came from the device keeps its order and is never lost by stopping and
 * starting: what a URB did not send when it was stopped is sent by the next one.
 *
 * An error stops a pipe, which then starts again by itself, after some time, with an endpoint that
 * was cleared if a transfer failed. Too many of them with no pause between are a fault of the
 * device.
 */
#ifndef MYDEV_USB_PIPE_H
#define MYDEV_USB_PIPE_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/usb.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct iov_iter;
struct mydev;

#define MYDEV_USB_BUFS 8
/* A multiple of every size that a packet of a bulk endpoint can have. */
#define MYDEV_USB_BUF_BYTES SZ_16K

/* Why a pipe stands still; it does until all of them are gone. */
#define MYDEV_USB_CLOSED BIT(0) /* nobody has the device open */
#define MYDEV_USB_SUSPENDED BIT(1)
#define MYDEV_USB_RESETTING BIT(2)
#define MYDEV_USB_FAILED BIT(3) /* a transfer failed */
#define MYDEV_USB_DROPPING BIT(4) /* what it holds is to be forgotten first */

struct mydev_usb_pipe;

/**
 * struct mydev_usb_buf - a buffer and its URB
 * @list: in a list of its pipe, or in none while its URB is in flight to receive
 * @pipe: whose it is
 * @urb: has no data of its own
 * @data: MYDEV_USB_BUF_BYTES
 * @start: first byte that is still to be sent, or delivered
 * @end: byte after the last of them
 * @flying: the URB is in flight
 */
struct mydev_usb_buf {
	struct list_head list;
	struct mydev_usb_pipe *pipe;
	struct urb *urb;
	u8 *data;
	u32 start;
	u32 end;
	bool flying;
};

/**
 * struct mydev_usb_pipe - one direction
 * @mdev: the device
 * @udev: the device on the bus
 * @pipe: as usb_fill_bulk_urb() takes it
 * @flying: the URBs in flight
 * @retry: starts it again after an error
 * @sent: who waits until all is sent
 * @lock: the members below, and @start, @end and @flying of the buffers
 * @idle: buffers without data
 * @busy: buffers with data, in its order; those to be sent are here until they are
 * @stopped: a mask of MYDEV_USB_CLOSED and so on
 * @unclear: a transfer failed, or the device has halted the endpoint, which is to be cleared first
 * @hopeless: what failed is not tried again by itself
 * @errors: how many there were with little time between them
 * @last_error: the time of the last of them, in jiffies
 * @moved: how many bytes went over it since mydev_usb_pipe_forget()
 * @bufs: all buffers
 */
struct mydev_usb_pipe {
	struct mydev *mdev;
	struct usb_device *udev;
	unsigned int pipe;
	struct usb_anchor flying;
	struct delayed_work retry;
	wait_queue_head_t sent;

	spinlock_t lock; /* what follows, and the buffers; nests outside of those of the core */
	struct list_head idle;
	struct list_head busy;
	u32 stopped;
	bool unclear;
	bool hopeless;
	u32 errors;
	unsigned long last_error;
	u64 moved;
	struct mydev_usb_buf bufs[MYDEV_USB_BUFS];
};

/* Not running: closed. -ENOMEM; mydev_usb_pipe_exit() is right after a failure, too. */
int mydev_usb_pipe_init(struct mydev_usb_pipe *pipe, struct mydev *mdev, struct usb_device *udev,
			const struct usb_endpoint_descriptor *endpoint);
void mydev_usb_pipe_exit(struct mydev_usb_pipe *pipe);

/*
 * Adds reasons to stand still, or takes them away. No URB is in flight when stop returns. Who takes
 * MYDEV_USB_FAILED away knows that the endpoint is not halted any more. Process context; may be
 * called beside each other.
 */
void mydev_usb_pipe_stop(struct mydev_usb_pipe *pipe, u32 reasons);
void mydev_usb_pipe_start(struct mydev_usb_pipe *pipe, u32 reasons);

/* Forgets what is to be sent or delivered; the pipe is stopped. */
void mydev_usb_pipe_drop(struct mydev_usb_pipe *pipe);

/* As by too many errors: it stands still until MYDEV_USB_FAILED is taken away. */
void mydev_usb_pipe_hold(struct mydev_usb_pipe *pipe);

/* Whether nothing is to be sent or delivered. */
bool mydev_usb_pipe_is_empty(struct mydev_usb_pipe *pipe);

/* For the pipe out, while it is stopped: whether the device has a part of what is sent next. */
bool mydev_usb_pipe_has_begun(struct mydev_usb_pipe *pipe);

/* How many bytes went over it since they were last forgotten. */
u64 mydev_usb_pipe_moved(struct mydev_usb_pipe *pipe);
void mydev_usb_pipe_forget(struct mydev_usb_pipe *pipe);

/* For the pipe out: as @write and @writable of struct mydev_ops. */
ssize_t mydev_usb_pipe_write(struct mydev_usb_pipe *pipe, struct iov_iter *from);
bool mydev_usb_pipe_writable(struct mydev_usb_pipe *pipe);

/* For the pipe out: waits until all is sent, with a limit, and not when nothing more will be. */
void mydev_usb_pipe_drain(struct mydev_usb_pipe *pipe, unsigned int limit_ms);

/* For the pipe in: there is room again for what came. Any context. */
void mydev_usb_pipe_deliver(struct mydev_usb_pipe *pipe);

#endif
