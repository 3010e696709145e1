// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device node: read, write, poll, SIGIO, ioctl. Waiting is done here and nowhere else.
 *
 * Data is copied with page faults disabled while a lock or mydev_srcu is held. When a page of the
 * caller is not there, everything is let go, the page is fetched, and the call goes on: whoever
 * stalls a page on purpose stalls only himself.
 */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <asm/ioctls.h>

#include "compat.h"
#include "core.h"
#include "trace.h"

/*
 * How much of a caller's data is fetched at a time when a page of it is missing; a page alone, once
 * what was fetched was gone before it was copied. After so many fetches that bring nothing, EFAULT.
 */
#define MYDEV_FAULT_IN_MAX SZ_1M
#define MYDEV_FAULT_IN_TRIES 100

static int mydev_open(struct inode *inode, struct file *file)
{
	struct mydev *mdev = mydev_find(iminor(inode));
	int err;

	if (!mdev)
		return -ENODEV;

	/* A registration that is going on is finished first. */
	mutex_lock(&mdev->ctl_lock);
	err = mdev->dead ? -ENODEV : 0;
	if (!err && !mdev->users)
		err = mydev_make_ready(mdev);
	if (err) {
		mutex_unlock(&mdev->ctl_lock);
		mydev_put(mdev);
		return err;
	}
	spin_lock_irq(&mdev->state_lock);
	if (!mdev->users++)
		mydev_edge(mdev, MYDEV_EDGE_OPENED, 0, 0, 0);
	spin_unlock_irq(&mdev->state_lock);
	mutex_unlock(&mdev->ctl_lock);

	file->private_data = mdev;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int mydev_node_release(struct inode *inode, struct file *file)
{
	struct mydev *mdev = file->private_data;
	bool last;

	mutex_lock(&mdev->ctl_lock);
	spin_lock_irq(&mdev->state_lock);
	last = !--mdev->users;
	if (last)
		mydev_edge(mdev, MYDEV_EDGE_CLOSED, 0, 0, 0);
	spin_unlock_irq(&mdev->state_lock);
	if (last)
		mydev_let_rest(mdev);
	mutex_unlock(&mdev->ctl_lock);
	mydev_put(mdev);
	return 0;
}

/* Why a call cannot go on, once nothing is buffered: 0 when it can. */
static int mydev_blocked(const struct mydev *mdev)
{
	if (READ_ONCE(mdev->dead))
		return -ENODEV;
	if (READ_ONCE(mdev->state) != MYDEV_DEV_STATE_RUNNING)
		return -EIO;
	return 0;
}

/* ---- Reading ---- */

static bool mydev_readable(const struct mydev *mdev)
{
	return mydev_ring_used(&mdev->ring) || mydev_blocked(mdev);
}

static __always_inline ssize_t mydev_receive(struct mydev *mdev, struct iov_iter *to)
{
	ssize_t n;

	mutex_lock(&mdev->rd_lock);
	pagefault_disable();
	n = mydev_ring_get_iter(&mdev->ring, to);
	pagefault_enable();
	mutex_unlock(&mdev->rd_lock);
	if (likely(n > 0)) {
		if (trace_mydev_read_enabled())
			trace_mydev_read(mdev->id, n, mydev_ring_used(&mdev->ring));
		mydev_rx_consumed(mdev);
	}
	return n;
}

/*
 * Waiting is exclusive: whoever was woken hands on what he leaves, and before he waits for a page
 * of his, which may take long, what he has not come to.
 */
static void mydev_hand_on_data(struct mydev *mdev, bool *slept)
{
	if (*slept && mydev_ring_used(&mdev->ring))
		wake_up_interruptible_poll(&mdev->rd_wait, EPOLLIN | EPOLLRDNORM);
	*slept = false;
}

/*
 * Goes on when a first attempt brought n, which was an error or not all that was asked for, while
 * there was more.
 */
static noinline ssize_t mydev_read_more(struct mydev *mdev, bool nowait, struct iov_iter *to,
					ssize_t n)
{
	size_t max = MYDEV_FAULT_IN_MAX;
	unsigned int tries = 0;
	ssize_t total = 0;
	bool slept = false;

	for (;; n = mydev_receive(mdev, to)) {
		if (n > 0) {
			total += n;
			tries = 0;
			if (!iov_iter_count(to) || !mydev_ring_used(&mdev->ring))
				break;
			if (signal_pending(current))
				break;
			cond_resched();
			/* A page was missing, or the data came in two steps. */
			continue;
		}
		if (n == -EFAULT) {
			size_t want;

			mydev_hand_on_data(mdev, &slept);
			if (tries)
				max = PAGE_SIZE;
			want = min(iov_iter_count(to), max);
			if (!user_backed_iter(to) || tries++ == MYDEV_FAULT_IN_TRIES ||
			    fault_in_iov_iter_writeable(to, want) == want)
				break;
			if (signal_pending(current)) {
				n = -ERESTARTSYS;
				break;
			}
			continue;
		}
		if (total)
			break;
		n = mydev_blocked(mdev);
		if (n) {
			if (!mydev_ring_used(&mdev->ring))
				break;
			continue;
		}
		if (nowait) {
			n = -EAGAIN;
			break;
		}
		slept = true;
		n = wait_event_interruptible_exclusive(mdev->rd_wait, mydev_readable(mdev));
		if (n)
			break;
	}
	mydev_hand_on_data(mdev, &slept);
	return total ?: n;
}

static __always_inline ssize_t mydev_do_read(struct mydev *mdev, bool nowait, struct iov_iter *to)
{
	ssize_t n;

	if (unlikely(!iov_iter_count(to)))
		return 0;
	n = mydev_receive(mdev, to);
	if (unlikely(n <= 0 || (iov_iter_count(to) && mydev_ring_used(&mdev->ring))))
		return mydev_read_more(mdev, nowait, to, n);
	return n;
}

static ssize_t mydev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;

	return mydev_do_read(file->private_data,
			     iocb->ki_flags & IOCB_NOWAIT || file->f_flags & O_NONBLOCK, to);
}

/* read() and write() need no kiocb, and go without the cost of one, as in /dev/zero. */
static ssize_t mydev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct iov_iter to;

	iov_iter_ubuf(&to, READ, buf, len);
	return mydev_do_read(file->private_data, file->f_flags & O_NONBLOCK, &to);
}

ssize_t mydev_node_read(struct mydev *mdev, struct iov_iter *to)
{
	return mydev_do_read(mdev, true, to);
}

/* ---- Writing ---- */

bool mydev_writable(struct mydev *mdev)
{
	const struct mydev_ops *ops;
	bool ready;
	int idx;

	if (mydev_blocked(mdev))
		return true;
	if (READ_ONCE(mdev->resetting))
		return false;
	idx = srcu_read_lock(&mydev_srcu);
	ops = srcu_dereference(mdev->ops, &mydev_srcu);
	ready = !ops || ops->writable(mdev);
	srcu_read_unlock(&mydev_srcu, idx);
	return ready;
}

/* The data has to be looked at before it is offered to the backend. */
#define MYDEV_NOT_CHECKED (-ERESTARTNOHAND)

/* One call of the backend. */
static __always_inline ssize_t mydev_transmit_once(struct mydev *mdev, struct iov_iter *from,
						   bool checked)
{
	const struct mydev_ops *ops;
	ssize_t n;

	mutex_lock(&mdev->tx_lock);
	ops = mydev_tx_ops(mdev);
	if (unlikely(!ops)) {
		n = -ENODEV;
	} else if (unlikely(READ_ONCE(mdev->state) != MYDEV_DEV_STATE_RUNNING)) {
		n = -EIO;
	} else if (unlikely(READ_ONCE(mdev->resetting))) {
		n = -EAGAIN;
	} else if (unlikely(mdev->ring.policy == MYDEV_RX_POLICY_OVERWRITE) && !checked) {
		n = MYDEV_NOT_CHECKED;
	} else {
		pagefault_disable();
		n = ops->write(mdev, from);
		pagefault_enable();
		if (likely(n > 0))
			mdev->tx_bytes += n;
	}
	mutex_unlock(&mdev->tx_lock);
	if (likely(n > 0) && trace_mydev_write_enabled())
		trace_mydev_write(mdev->id, n, mydev_ring_used(&mdev->ring));
	return n;
}

/*
 * An overwriting ring makes room before it copies. So that no data is lost to a bad pointer, it is
 * offered only what can be read.
 */
static noinline ssize_t mydev_transmit_overwriting(struct mydev *mdev, struct iov_iter *from,
						   size_t max)
{
	size_t count = iov_iter_count(from);
	size_t part = min3(count, max, (size_t)READ_ONCE(mdev->ring.mem.size));
	size_t missing = fault_in_iov_iter_readable(from, part);
	ssize_t n;

	if (missing == part)
		return -EFAULT;
	iov_iter_truncate(from, part - missing);
	n = mydev_transmit_once(mdev, from, true);
	iov_iter_reexpand(from, count - max_t(ssize_t, n, 0));
	return n;
}

/* As in reading. */
static void mydev_hand_on_room(struct mydev *mdev, bool *slept)
{
	if (*slept && mydev_writable(mdev))
		wake_up_interruptible_poll(&mdev->wr_wait, EPOLLOUT | EPOLLWRNORM);
	*slept = false;
}

/* Goes on when a first attempt brought n, which was an error or not all that was asked for. */
static noinline ssize_t mydev_write_more(struct mydev *mdev, bool nowait, struct iov_iter *from,
					 ssize_t n)
{
	size_t max = MYDEV_FAULT_IN_MAX;
	unsigned int tries = 0;
	ssize_t total = 0;
	bool slept = false;

	for (;; n = mydev_transmit_once(mdev, from, false)) {
		if (n == MYDEV_NOT_CHECKED) {
			mydev_hand_on_room(mdev, &slept);
			n = mydev_transmit_overwriting(mdev, from, max);
		}
		if (n > 0) {
			total += n;
			tries = 0;
			if (!iov_iter_count(from))
				break;
			if (signal_pending(current)) {
				n = -ERESTARTSYS;
				break;
			}
			cond_resched();
			continue;
		}
		if (n == -EFAULT) {
			size_t want;

			mydev_hand_on_room(mdev, &slept);
			if (tries)
				max = PAGE_SIZE;
			want = min(iov_iter_count(from), max);
			if (!user_backed_iter(from) || tries++ == MYDEV_FAULT_IN_TRIES ||
			    fault_in_iov_iter_readable(from, want) == want)
				break;
			if (signal_pending(current)) {
				n = -ERESTARTSYS;
				break;
			}
			continue;
		}
		if (n != -EAGAIN || nowait)
			break;
		slept = true;
		n = wait_event_interruptible_exclusive(mdev->wr_wait, mydev_writable(mdev));
		if (n)
			break;
	}
	mydev_hand_on_room(mdev, &slept);
	return total ?: n;
}

static __always_inline ssize_t mydev_do_write(struct mydev *mdev, bool nowait,
					      struct iov_iter *from)
{
	ssize_t n;

	if (unlikely(!iov_iter_count(from)))
		return 0;
	n = mydev_transmit_once(mdev, from, false);
	if (unlikely(n <= 0 || iov_iter_count(from)))
		return mydev_write_more(mdev, nowait, from, n);
	return n;
}

static ssize_t mydev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;

	return mydev_do_write(file->private_data,
			      iocb->ki_flags & IOCB_NOWAIT || file->f_flags & O_NONBLOCK, from);
}

static ssize_t mydev_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct iov_iter from;

	iov_iter_ubuf(&from, WRITE, (void __user *)buf, len);
	return mydev_do_write(file->private_data, file->f_flags & O_NONBLOCK, &from);
}

ssize_t mydev_node_write(struct mydev *mdev, struct iov_iter *from)
{
	return mydev_do_write(mdev, true, from);
}

/* ---- The rest ---- */

int mydev_node_wait(struct mydev *mdev, bool to_read, unsigned long timeout)
{
	long left;

	if (to_read)
		left = wait_event_killable_timeout(mdev->rd_wait, mydev_readable(mdev), timeout);
	else
		left = wait_event_killable_timeout(mdev->wr_wait, mydev_writable(mdev), timeout);
	if (left > 0)
		return 0;
	return left ? -EINTR : -ETIMEDOUT;
}

static __poll_t mydev_poll(struct file *file, poll_table *wait)
{
	struct mydev *mdev = file->private_data;
	__poll_t mask = 0;

	/* One queue where one will do: aio takes no two. */
	if (file->f_mode & FMODE_READ || !(file->f_mode & FMODE_WRITE))
		mydev_poll_wait(file, &mdev->rd_wait, wait);
	if (file->f_mode & FMODE_READ && mydev_readable(mdev))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (file->f_mode & FMODE_WRITE) {
		mydev_poll_wait(file, &mdev->wr_wait, wait);
		if (mydev_writable(mdev))
			mask |= EPOLLOUT | EPOLLWRNORM;
	}
	if (mydev_blocked(mdev))
		mask |= EPOLLERR;
	if (READ_ONCE(mdev->dead))
		mask |= EPOLLHUP;
	return mask;
}

static int mydev_fasync(int fd, struct file *file, int on)
{
	struct mydev *mdev = file->private_data;

	return fasync_helper(fd, file, on, &mdev->fasync);
}

static long mydev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mydev *mdev = file->private_data;
	int __user *out = (int __user *)arg;
	int used;

	switch (cmd) {
	case MYDEV_IOC_RESET:
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return mydev_reset(mdev, false, true);
	case MYDEV_IOC_STATUS:
		if (READ_ONCE(mdev->dead))
			return -ENODEV;
		return put_user((int)READ_ONCE(mdev->state), out);
	case FIONREAD:
		/* Beside other readers and writers, the indices are of two moments. */
		used = min(mydev_ring_used(&mdev->ring), READ_ONCE(mdev->ring.mem.size));
		if (!used && READ_ONCE(mdev->dead))
			return -ENODEV;
		return put_user(used, out);
	default:
		return -ENOTTY;
	}
}

const struct file_operations mydev_fops = {
	.owner = THIS_MODULE,
	.open = mydev_open,
	.release = mydev_node_release,
	.read = mydev_read,
	.read_iter = mydev_read_iter,
	.write = mydev_write,
	.write_iter = mydev_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.poll = mydev_poll,
	.fasync = mydev_fasync,
	.unlocked_ioctl = mydev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
