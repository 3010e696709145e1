// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event log and what feeds it. Sending is the work's: it may sleep, it keeps socket buffers out
 * of interrupt context, and being the only one it keeps the order.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>

#include "core.h"
#include "trace.h"

#define MYDEV_EVENT_LOG_MIN 16
#define MYDEV_EVENT_LOG_MAX BIT(20)
/* How long after the kernel had no memory for a message it is tried again. */
#define MYDEV_EVENT_RETRY_MS 10

static unsigned int event_log = 4096;
module_param(event_log, uint, 0444);
MODULE_PARM_DESC(event_log, "Events kept, 16 to 1048576, rounded up to a power of two (4096)");

uuid_t mydev_epoch;

/* lock protects last and the events, event seq at seq & (size - 1). */
static DEFINE_SPINLOCK(mydev_log_lock);
static struct mydev_event *mydev_log;
static u32 mydev_log_size;
static u64 mydev_log_last;

static struct workqueue_struct *mydev_event_wq;
/* Sequence number up to which events were sent; the work's own. */
static u64 mydev_event_sent;

static void mydev_event_send_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(mydev_event_work, mydev_event_send_work);

static u64 mydev_log_first(void)
{
	lockdep_assert_held(&mydev_log_lock);
	return mydev_log_last < mydev_log_size ? 1 : mydev_log_last - mydev_log_size + 1;
}

void mydev_event_range(struct mydev_event_range *range)
{
	unsigned long flags;

	spin_lock_irqsave(&mydev_log_lock, flags);
	range->first = mydev_log_first();
	range->last = mydev_log_last;
	range->size = mydev_log_size;
	spin_unlock_irqrestore(&mydev_log_lock, flags);
}

bool mydev_event_read(u64 seq, struct mydev_event *ev)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&mydev_log_lock, flags);
	seq = max(seq, mydev_log_first());
	found = seq <= mydev_log_last;
	if (found)
		*ev = mydev_log[seq & (mydev_log_size - 1)];
	spin_unlock_irqrestore(&mydev_log_lock, flags);
	return found;
}

static void mydev_event_set_task(struct mydev_event *ev)
{
	/* An interrupt or a kernel thread does not tell who caused it. */
	if (!in_task() || current->flags & PF_KTHREAD)
		return;
	mydev_event_set(ev, PID, pid, task_tgid_nr(current));
	mydev_event_set(ev, UID, uid, from_kuid(&init_user_ns, current_uid()));
	/* Not get_task_comm(), which takes a lock that is held with interrupts on. */
	strscpy_pad(ev->comm, current->comm, sizeof(ev->comm));
	ev->has |= BIT_ULL(MYDEV_A_EVENT_COMM);
}

static void mydev_event_init_bare(struct mydev_event *ev, struct mydev *mdev,
				  enum mydev_event_type type)
{
	memset(ev, 0, sizeof(*ev));
	ev->event = type;
	ev->dev_id = mdev->id;
	strscpy(ev->kind, mdev->kind, sizeof(ev->kind));
}

void mydev_event_init(struct mydev_event *ev, struct mydev *mdev, enum mydev_event_type type)
{
	mydev_event_init_bare(ev, mdev, type);
	mydev_event_set_task(ev);
}

void mydev_event_log(struct mydev_event *ev)
{
	unsigned long flags;

	spin_lock_irqsave(&mydev_log_lock, flags);
	ev->seq = ++mydev_log_last;
	ev->time_ns = ktime_get_boottime_ns();
	mydev_log[ev->seq & (mydev_log_size - 1)] = *ev;
	spin_unlock_irqrestore(&mydev_log_lock, flags);
	trace_mydev_event(ev);
	queue_delayed_work(mydev_event_wq, &mydev_event_work, 0);
}

void mydev_event_plain(struct mydev *mdev, enum mydev_event_type type)
{
	struct mydev_event ev;

	mydev_event_init(&ev, mdev, type);
	mydev_event_log(&ev);
}

static void mydev_event_send_work(struct work_struct *work)
{
	struct mydev_event ev;

	/* What the log has overwritten by now is skipped: listeners see the hole and ask. */
	while (mydev_event_read(mydev_event_sent + 1, &ev)) {
		if (mydev_nl_event_send(&ev)) {
			queue_delayed_work(mydev_event_wq, &mydev_event_work,
					   msecs_to_jiffies(MYDEV_EVENT_RETRY_MS));
			return;
		}
		mydev_event_sent = ev.seq;
		cond_resched();
	}
}

/* ---- Edges ---- */

static const enum mydev_event_type mydev_edge_events[] = {
	[MYDEV_EDGE_OPENED] = MYDEV_EVENT_TYPE_OPENED,
	[MYDEV_EDGE_CLOSED] = MYDEV_EVENT_TYPE_CLOSED,
	[MYDEV_EDGE_RESET] = MYDEV_EVENT_TYPE_RESET,
	[MYDEV_EDGE_OVERRUN_BEGIN] = MYDEV_EVENT_TYPE_OVERRUN_BEGIN,
	[MYDEV_EDGE_OVERRUN_END] = MYDEV_EVENT_TYPE_OVERRUN_END,
	[MYDEV_EDGE_WATERMARK] = MYDEV_EVENT_TYPE_WATERMARK,
};

static_assert(ARRAY_SIZE(mydev_edge_events) == MYDEV_N_EDGES);

static void mydev_edge_tell(struct mydev *mdev, enum mydev_edge_type type)
	__must_hold(&mdev->state_lock)
{
	typeof(mdev->edges.pending[0]) *p = &mdev->edges.pending[type];
	struct mydev_event ev;

	lockdep_assert_held(&mdev->state_lock);
	mydev_event_init_bare(&ev, mdev, mydev_edge_events[type]);
	if (p->count > 1)
		mydev_event_set(&ev, COUNT, count, p->count);
	if (p->has_task) {
		mydev_event_set(&ev, PID, pid, p->pid);
		mydev_event_set(&ev, UID, uid, p->uid);
		memcpy(ev.comm, p->comm, sizeof(ev.comm));
		ev.has |= BIT_ULL(MYDEV_A_EVENT_COMM);
	}
	switch (type) {
	case MYDEV_EDGE_RESET:
		mydev_event_set(&ev, DISCARDED, discarded, p->bytes);
		break;
	case MYDEV_EDGE_OVERRUN_BEGIN:
		mydev_event_set(&ev, RX_POLICY, rx_policy, mdev->ring.policy);
		mydev_event_set(&ev, RX_SIZE, rx_size, mdev->ring.mem.size);
		break;
	case MYDEV_EDGE_OVERRUN_END:
		mydev_event_set(&ev, LOST, lost, p->bytes);
		mydev_event_set(&ev, DURATION_NS, duration_ns, p->duration_ns);
		break;
	case MYDEV_EDGE_WATERMARK:
		mydev_event_set(&ev, RX_USED, rx_used, p->rx_used);
		mydev_event_set(&ev, WATERMARK, watermark, mdev->watermark);
		break;
	default:
		break;
	}
	mydev_event_log(&ev);
	memset(p, 0, sizeof(*p));
	mdev->edges.told_ns[type] = ktime_get_boottime_ns();
}

void mydev_edges_tell(struct mydev *mdev) __must_hold(&mdev->state_lock)
{
	struct mydev_edges *edges = &mdev->edges;

	lockdep_assert_held(&mdev->state_lock);
	for (;;) {
		int next = -1;

		for (int i = 0; i < MYDEV_N_EDGES; i++)
			if (edges->pending[i].count &&
			    (next < 0 || edges->pending[i].order < edges->pending[next].order))
				next = i;
		if (next < 0)
			return;
		mydev_edge_tell(mdev, next);
	}
}

static bool mydev_edges_pending(const struct mydev_edges *edges)
{
	for (int i = 0; i < MYDEV_N_EDGES; i++)
		if (edges->pending[i].count)
			return true;
	return false;
}

static void mydev_edges_work(struct work_struct *work)
{
	struct mydev *mdev = container_of(work, struct mydev, edges.work.work);

	spin_lock_irq(&mdev->state_lock);
	mydev_edges_tell(mdev);
	spin_unlock_irq(&mdev->state_lock);
}

void mydev_edge(struct mydev *mdev, enum mydev_edge_type type, u32 rx_used, u64 bytes,
		u64 duration_ns) __must_hold(&mdev->state_lock)
{
	struct mydev_edges *edges = &mdev->edges;
	typeof(edges->pending[0]) *p = &edges->pending[type];
	u64 since = ktime_get_boottime_ns() - edges->told_ns[type];
	bool at_once;

	lockdep_assert_held(&mdev->state_lock);
	if (mdev->dead)
		return;
	/* Nothing overtakes what waits to be told. */
	at_once = since >= MYDEV_EDGE_NS && !mydev_edges_pending(edges);
	p->count++;
	p->bytes += bytes;
	p->duration_ns += duration_ns;
	p->rx_used = max(p->rx_used, rx_used);
	p->order = ++edges->order;
	p->has_task = in_task() && !(current->flags & PF_KTHREAD);
	if (p->has_task) {
		p->pid = task_tgid_nr(current);
		p->uid = from_kuid(&init_user_ns, current_uid());
		strscpy_pad(p->comm, current->comm, sizeof(p->comm));
	}
	if (at_once)
		mydev_edge_tell(mdev, type);
	else
		queue_delayed_work(mydev_event_wq, &edges->work, nsecs_to_jiffies(MYDEV_EDGE_NS));
}

void mydev_edges_init(struct mydev *mdev)
{
	INIT_DELAYED_WORK(&mdev->edges.work, mydev_edges_work);
}

void mydev_edges_exit(struct mydev *mdev)
{
	cancel_delayed_work_sync(&mdev->edges.work);
	spin_lock_irq(&mdev->state_lock);
	mydev_edges_tell(mdev);
	spin_unlock_irq(&mdev->state_lock);
}

int mydev_events_init(void)
{
	if (event_log < MYDEV_EVENT_LOG_MIN || event_log > MYDEV_EVENT_LOG_MAX) {
		pr_err("event_log=%u: must be %u to %lu\n", event_log, MYDEV_EVENT_LOG_MIN,
		       MYDEV_EVENT_LOG_MAX);
		return -EINVAL;
	}
	mydev_log_size = roundup_pow_of_two(event_log);
	mydev_log = vcalloc(mydev_log_size, sizeof(*mydev_log));
	if (!mydev_log)
		return -ENOMEM;
	mydev_event_wq = alloc_ordered_workqueue("mydev_events", 0);
	if (!mydev_event_wq) {
		vfree(mydev_log);
		return -ENOMEM;
	}
	uuid_gen(&mydev_epoch);
	return 0;
}

void mydev_events_flush(void)
{
	/* Idle is not done: without memory for a message, it has just set its timer again. */
	while (flush_delayed_work(&mydev_event_work) || delayed_work_pending(&mydev_event_work))
		;
}

void mydev_events_exit(void)
{
	cancel_delayed_work_sync(&mydev_event_work);
	destroy_workqueue(mydev_event_wq);
	vfree(mydev_log);
}
