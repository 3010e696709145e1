// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-tests: a device is taken out of use, tests itself by its backend, and is told of. Also the
 * test for devices that send back what they are sent.
 */

#include <linux/jiffies.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "core.h"
#include "trace.h"

#define MYDEV_SELFTEST_BYTES SZ_256K
#define MYDEV_SELFTEST_BLOCK SZ_4K
/*
 * Until something comes back, and for all of it: one may wait as long in open() or
 * mydev_unregister().
 */
#define MYDEV_SELFTEST_STALL (2 * HZ)
#define MYDEV_SELFTEST_TIMEOUT (4 * HZ)

int mydev_selftest_fail(struct mydev_selftest *test, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(test->msg, sizeof(test->msg), fmt, args);
	va_end(args);
	return -EBADE;
}
EXPORT_SYMBOL_GPL(mydev_selftest_fail);

/* ---- There and back ---- */

struct mydev_loop {
	u32 bytes; /* to go there and back */
	u32 sent, received, blocks;
	unsigned long deadline, end;
	u8 out[MYDEV_SELFTEST_BLOCK];
	u8 in[MYDEV_SELFTEST_BLOCK];
};

/*
 * What stands at a place of the pattern. Each of its words is another one, so that nothing can be
 * missing, doubled or out of order unseen: they count, multiplied by an odd number so that all bits
 * change (2^32 over the golden ratio, Knuth, The Art of Computer Programming 6.4).
 */
static u8 mydev_loop_byte(u32 at)
{
	return (at / sizeof(u32) * 0x9e3779b1U) >> (at % sizeof(u32) * BITS_PER_BYTE);
}

/* Blocks of many lengths, odd ones too, and never so much that the ring could lose any. */
static int mydev_loop_send(struct mydev *mdev, struct mydev_loop *loop, struct mydev_selftest *test)
{
	u32 window = mdev->ring.mem.size / 2 - (loop->sent - loop->received);
	u32 len = 1 + loop->blocks * 797 % MYDEV_SELFTEST_BLOCK;
	struct kvec vec = { .iov_base = loop->out };
	struct iov_iter from;
	ssize_t n;

	len = min3(len, window, loop->bytes - loop->sent);
	if (!len)
		return 0;
	for (u32 i = 0; i < len; i++)
		loop->out[i] = mydev_loop_byte(loop->sent + i);
	vec.iov_len = len;
	iov_iter_kvec(&from, WRITE, &vec, 1, len);
	n = mydev_node_write(mdev, &from);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return mydev_selftest_fail(test, "after %u bytes writing fails with %zd",
					   loop->sent, n);
	loop->sent += n;
	loop->blocks++;
	return n;
}

static int mydev_loop_receive(struct mydev *mdev, struct mydev_loop *loop,
			      struct mydev_selftest *test)
{
	struct kvec vec = { .iov_base = loop->in, .iov_len = sizeof(loop->in) };
	struct iov_iter to;
	ssize_t n;

	iov_iter_kvec(&to, READ, &vec, 1, vec.iov_len);
	n = mydev_node_read(mdev, &to);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return mydev_selftest_fail(test, "after %u bytes reading fails with %zd",
					   loop->received, n);
	for (u32 i = 0; i < n; i++, loop->received++) {
		u8 want = mydev_loop_byte(loop->received);

		if (loop->received == loop->sent)
			return mydev_selftest_fail(test, "more came back than the %u bytes sent",
						   loop->sent);
		if (loop->in[i] != want)
			return mydev_selftest_fail(test, "byte %u came back as 0x%02x, not 0x%02x",
						   loop->received, loop->in[i], want);
	}
	return n;
}

/* Some there, some back; waits when neither goes. */
static int mydev_loop_step(struct mydev *mdev, struct mydev_loop *loop, struct mydev_selftest *test)
{
	unsigned long now;
	bool in_flight;
	int sent, received;
	int err;

	sent = mydev_loop_send(mdev, loop, test);
	if (sent < 0)
		return sent;
	received = mydev_loop_receive(mdev, loop, test);
	if (received < 0)
		return received;
	now = jiffies;
	if (received)
		loop->deadline = now + MYDEV_SELFTEST_STALL;
	if (time_after(loop->deadline, loop->end))
		loop->deadline = loop->end;
	if (time_before(now, loop->deadline)) {
		if (sent || received)
			return 0;
		in_flight = loop->sent > loop->received;
		err = mydev_node_wait(mdev, in_flight, loop->deadline - now);
	} else {
		err = -ETIMEDOUT;
	}
	if (err != -ETIMEDOUT)
		return err;
	return mydev_selftest_fail(test, "of %u bytes sent, %u came back in time", loop->sent,
				   loop->received);
}

int mydev_selftest_loopback_bytes(struct mydev *mdev, struct mydev_selftest *test, u32 bytes)
{
	struct mydev_loop *loop;
	int err;

	loop = kzalloc(sizeof(*loop), GFP_KERNEL);
	if (!loop)
		return -ENOMEM;
	loop->bytes = bytes;
	loop->deadline = jiffies + MYDEV_SELFTEST_STALL;
	loop->end = jiffies + MYDEV_SELFTEST_TIMEOUT;
	do
		err = mydev_loop_step(mdev, loop, test);
	while (!err && loop->received < bytes);
	test->bytes = loop->received;
	kfree(loop);
	return err;
}
EXPORT_SYMBOL_GPL(mydev_selftest_loopback_bytes);

int mydev_selftest_loopback(struct mydev *mdev, struct mydev_selftest *test)
{
	return mydev_selftest_loopback_bytes(mdev, test, MYDEV_SELFTEST_BYTES);
}
EXPORT_SYMBOL_GPL(mydev_selftest_loopback);

/* ---- A test of any kind ---- */

/* Why there can be no test now: 0 when there can. */
static int mydev_selftest_refuse(struct mydev *mdev, const struct mydev_ops *ops,
				 struct netlink_ext_ack *extack)
{
	int err = 0;

	if (mdev->dead) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	if (!ops->selftest) {
		NL_SET_ERR_MSG(extack, "this device has no self-test");
		return -EOPNOTSUPP;
	}
	spin_lock_irq(&mdev->state_lock);
	if (mdev->state != MYDEV_DEV_STATE_RUNNING) {
		NL_SET_ERR_MSG(extack, "the device is faulted; reset it first");
		err = -EIO;
	} else if (mdev->users) {
		NL_SET_ERR_MSG(extack, "the device is open; a self-test needs it alone");
		err = -EBUSY;
	} else if (mydev_ring_used(&mdev->ring)) {
		NL_SET_ERR_MSG(extack, "data is buffered; read it or reset the device first");
		err = -EBUSY;
	}
	mdev->testing = !err;
	spin_unlock_irq(&mdev->state_lock);
	return err;
}

static void mydev_selftest_tell(struct mydev *mdev, const struct mydev_verdict *verdict)
{
	bool passed = verdict->result == MYDEV_SELFTEST_RESULT_PASSED;
	struct mydev_event ev;

	mydev_event_init(&ev, mdev,
			 passed ? MYDEV_EVENT_TYPE_SELFTEST_PASSED :
				  MYDEV_EVENT_TYPE_SELFTEST_FAILED);
	mydev_event_set(&ev, BYTES, bytes, verdict->test.bytes);
	mydev_event_set(&ev, DURATION_NS, duration_ns, verdict->duration_ns);
	if (!passed) {
		strscpy(ev.selftest_msg, verdict->test.msg, sizeof(ev.selftest_msg));
		ev.has |= BIT_ULL(MYDEV_A_EVENT_SELFTEST_MSG);
	}
	mydev_event_log(&ev);
}

/*
 * What was sent must not reach the next reader, be it still on its way or in the ring. A fault
 * stays, to be seen.
 */
static void mydev_selftest_clean_up(struct mydev *mdev)
{
	if (READ_ONCE(mdev->state) == MYDEV_DEV_STATE_RUNNING &&
	    mydev_reset_locked(mdev, false, false))
		mydev_fault(mdev, MYDEV_FAULT_CODE_HARDWARE,
			    "it could not be reset after a self-test that failed");
	mydev_discard(mdev);
}

static int mydev_selftest_run(struct mydev *mdev, const struct mydev_ops *ops,
			      struct mydev_verdict *ret, struct netlink_ext_ack *extack)
{
	/* With the device closed and ctl_lock held, nobody else has it take data. */
	u64 taken = mdev->tx_bytes;
	u64 start = ktime_get_ns();
	int err;

	memset(ret, 0, sizeof(*ret));
	err = mydev_make_ready(mdev);
	if (err) {
		NL_SET_ERR_MSG(extack, "the device could not be made ready");
		return err;
	}
	err = ops->selftest(mdev, &ret->test);
	ret->duration_ns = ktime_get_ns() - start;
	ret->result = err ? MYDEV_SELFTEST_RESULT_FAILED : MYDEV_SELFTEST_RESULT_PASSED;
	if (!err || err == -EBADE)
		mydev_selftest_tell(mdev, ret);
	if (err == -EBADE || (err && mdev->tx_bytes != taken))
		mydev_selftest_clean_up(mdev);
	mydev_let_rest(mdev);
	if (!err || err == -EBADE)
		return 0;
	if (err == -EBUSY) {
		NL_SET_ERR_MSG(extack, "data is on its way; read it or reset the device first");
		return err;
	}
	NL_SET_ERR_MSG(extack, "the self-test could not be carried out");
	return err;
}

int mydev_selftest(struct mydev *mdev, struct mydev_verdict *ret, struct netlink_ext_ack *extack)
{
	const struct mydev_ops *ops;
	bool ran;
	int err;

	mutex_lock(&mdev->ctl_lock);
	ops = mydev_ctl_ops(mdev);
	err = mydev_selftest_refuse(mdev, ops, extack);
	ran = !err;
	if (ran) {
		err = mydev_selftest_run(mdev, ops, ret, extack);
		spin_lock_irq(&mdev->state_lock);
		mdev->testing = false;
		spin_unlock_irq(&mdev->state_lock);
	}
	mutex_unlock(&mdev->ctl_lock);
	/* It may have been reset. Who is refused a test has changed nothing. */
	if (ran)
		mydev_changed(mdev);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_SELFTEST, err);
	return err;
}
