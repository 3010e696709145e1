// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the event log and of the edges. It is compiled together with them, in the place of
 * whose clock and listeners it puts its own.
 */

/* Tracepoints are the real module's. */
#define NOTRACE

#include <kunit/test.h>

#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "core.h"
#include "trace.h"

static u64 event_test_now_ns;
#define ktime_get_boottime_ns() event_test_now_ns
#undef pr_fmt
#include "event.c"
#undef ktime_get_boottime_ns

#define EVENT_TEST_LOG_SIZE 16
#define EVENT_TEST_SENT_MAX 64

/**
 * struct event_test - what a case works with
 * @mdev: a device that is nothing but a source of events
 * @refuse: how many messages there will be no memory for
 * @sent: sequence numbers as they were sent
 * @n_sent: how many
 */
struct event_test {
	struct mydev mdev;
	atomic_t refuse;
	u64 sent[EVENT_TEST_SENT_MAX];
	u32 n_sent;
};

/* The case that runs; there is one at a time. */
static struct event_test *event_test;

int mydev_nl_event_send(const struct mydev_event *ev)
{
	struct event_test *t = event_test;

	if (atomic_dec_if_positive(&t->refuse) >= 0)
		return -ENOMEM;
	if (t->n_sent < EVENT_TEST_SENT_MAX)
		t->sent[t->n_sent] = ev->seq;
	t->n_sent++;
	return 0;
}

/* ---- What the cases are made of ---- */

static void event_test_log(struct kunit *test, u32 n)
{
	struct event_test *t = test->priv;

	for (u32 i = 0; i < n; i++)
		mydev_event_plain(&t->mdev, MYDEV_EVENT_TYPE_OPENED);
}

static void event_test_expect_range(struct kunit *test, u64 first, u64 last)
{
	struct mydev_event_range range;

	mydev_event_range(&range);
	KUNIT_EXPECT_EQ(test, range.first, first);
	KUNIT_EXPECT_EQ(test, range.last, last);
	KUNIT_EXPECT_EQ(test, range.size, EVENT_TEST_LOG_SIZE);
}

/* Expects each of these to have been sent once, in order, and nothing else. */
static void event_test_expect_sent(struct kunit *test, u64 first, u64 last)
{
	struct event_test *t = test->priv;

	mydev_events_flush();
	KUNIT_ASSERT_EQ(test, t->n_sent, last - first + 1);
	for (u32 i = 0; i < t->n_sent; i++)
		KUNIT_EXPECT_EQ(test, t->sent[i], first + i);
}

/* Expects what the log says under a sequence number to be of that type, and returns it. */
static struct mydev_event *event_test_logged(struct kunit *test, u64 seq,
					     enum mydev_event_type type)
{
	struct mydev_event *ev = kunit_kzalloc(test, sizeof(*ev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ev);
	KUNIT_ASSERT_TRUE(test, mydev_event_read(seq, ev));
	KUNIT_EXPECT_EQ(test, ev->seq, seq);
	KUNIT_EXPECT_EQ(test, ev->event, type);
	return ev;
}

static int event_test_start(unsigned int size)
{
	event_log = size;
	mydev_log_last = 0;
	mydev_event_sent = 0;
	return mydev_events_init();
}

static int event_test_init(struct kunit *test)
{
	struct event_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	t->mdev.id = 7;
	t->mdev.kind = "kunit";
	spin_lock_init(&t->mdev.state_lock);
	mydev_edges_init(&t->mdev);
	event_test_now_ns = NSEC_PER_SEC;
	event_test = t;
	KUNIT_ASSERT_EQ(test, event_test_start(EVENT_TEST_LOG_SIZE), 0);
	test->priv = t;
	return 0;
}

static void event_test_exit(struct kunit *test)
{
	struct event_test *t = test->priv;

	if (!t)
		return;
	atomic_set(&t->refuse, 0);
	mydev_edges_exit(&t->mdev);
	mydev_events_flush();
	mydev_events_exit();
	event_test = NULL;
}

/* ---- The log ---- */

static void event_test_empty(struct kunit *test)
{
	struct mydev_event ev;

	event_test_expect_range(test, 1, 0);
	KUNIT_EXPECT_FALSE(test, mydev_event_read(0, &ev));
	KUNIT_EXPECT_FALSE(test, mydev_event_read(1, &ev));
	KUNIT_EXPECT_FALSE(test, mydev_event_read(U64_MAX, &ev));
}

static void event_test_numbers_and_stamps(struct kunit *test)
{
	event_test_now_ns = 111;
	event_test_log(test, 1);
	event_test_now_ns = 222;
	event_test_log(test, 1);
	event_test_expect_range(test, 1, 2);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 1, MYDEV_EVENT_TYPE_OPENED)->time_ns, 111);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 2, MYDEV_EVENT_TYPE_OPENED)->time_ns, 222);
}

static void event_test_carries_what_was_set(struct kunit *test)
{
	struct event_test *t = test->priv;
	struct mydev_event ev, *logged;

	mydev_event_init(&ev, &t->mdev, MYDEV_EVENT_TYPE_RESET);
	mydev_event_set(&ev, DISCARDED, discarded, 12345);
	mydev_event_log(&ev);
	logged = event_test_logged(test, 1, MYDEV_EVENT_TYPE_RESET);
	KUNIT_EXPECT_EQ(test, logged->dev_id, 7);
	KUNIT_EXPECT_STREQ(test, logged->kind, "kunit");
	KUNIT_EXPECT_EQ(test, logged->discarded, 12345);
	/* A kernel thread, as the one that runs this, is nobody. */
	KUNIT_EXPECT_EQ(test, logged->has, BIT_ULL(MYDEV_A_EVENT_DISCARDED));
}

static void event_test_overwrites_the_oldest(struct kunit *test)
{
	struct mydev_event ev;

	event_test_log(test, EVENT_TEST_LOG_SIZE);
	event_test_expect_range(test, 1, EVENT_TEST_LOG_SIZE);
	event_test_log(test, 5);
	event_test_expect_range(test, 6, EVENT_TEST_LOG_SIZE + 5);
	KUNIT_ASSERT_TRUE(test, mydev_event_read(5, &ev));
	KUNIT_EXPECT_EQ(test, ev.seq, 6);
	KUNIT_EXPECT_FALSE(test, mydev_event_read(EVENT_TEST_LOG_SIZE + 6, &ev));
}

/* Who asks from a number on gets all that is left, in order; also beyond 32 bits. */
static void event_test_replays(struct kunit *test)
{
	u64 begin = U32_MAX - 8ULL, seq = begin + 1, n = 0;
	struct mydev_event ev;

	mydev_log_last = begin;
	mydev_event_sent = begin;
	event_test_log(test, EVENT_TEST_LOG_SIZE);
	while (mydev_event_read(seq, &ev)) {
		KUNIT_ASSERT_EQ(test, ev.seq, begin + ++n);
		seq = ev.seq + 1;
	}
	KUNIT_EXPECT_EQ(test, n, EVENT_TEST_LOG_SIZE);
}

struct event_test_size {
	unsigned int asked;
	int err;
	u32 size;
};

static const struct event_test_size event_test_sizes[] = {
	{ 0, -EINVAL },
	{ MYDEV_EVENT_LOG_MIN - 1, -EINVAL },
	{ MYDEV_EVENT_LOG_MIN, 0, MYDEV_EVENT_LOG_MIN },
	{ 100, 0, 128 },
	{ MYDEV_EVENT_LOG_MAX + 1, -EINVAL },
	{ UINT_MAX, -EINVAL },
};

static void event_test_size_desc(const struct event_test_size *param, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u", param->asked);
}

KUNIT_ARRAY_PARAM(event_test_size, event_test_sizes, event_test_size_desc);

static void event_test_sizes_of_log(struct kunit *test)
{
	const struct event_test_size *param = test->param_value;
	struct mydev_event_range range;

	mydev_events_exit();
	KUNIT_EXPECT_EQ(test, event_test_start(param->asked), param->err);
	if (!param->err) {
		mydev_event_range(&range);
		KUNIT_EXPECT_EQ(test, range.size, param->size);
		mydev_events_exit();
	}
	KUNIT_ASSERT_EQ(test, event_test_start(EVENT_TEST_LOG_SIZE), 0);
}

/* ---- Sending ---- */

static void event_test_sends_in_order(struct kunit *test)
{
	event_test_log(test, 10);
	event_test_expect_sent(test, 1, 10);
}

static void event_test_sends_again_without_memory(struct kunit *test)
{
	struct event_test *t = test->priv;

	atomic_set(&t->refuse, 3);
	event_test_log(test, 10);
	event_test_expect_sent(test, 1, 10);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->refuse), 0);
}

/* What was overwritten before it could be sent is a hole; what the log still has is sent. */
static void event_test_skips_what_is_gone(struct kunit *test)
{
	struct event_test *t = test->priv;

	atomic_set(&t->refuse, INT_MAX);
	event_test_log(test, EVENT_TEST_LOG_SIZE + 9);
	atomic_set(&t->refuse, 0);
	event_test_expect_sent(test, 10, EVENT_TEST_LOG_SIZE + 9);
}

/* ---- Edges ---- */

/* So many occurrences at this moment, each with more bytes and time, and a lower fill. */
static void event_test_edges(struct kunit *test, enum mydev_edge_type type, u32 n)
{
	struct event_test *t = test->priv;

	spin_lock_irq(&t->mdev.state_lock);
	for (u32 i = 1; i <= n; i++)
		mydev_edge(&t->mdev, type, 10 * (n - i + 1), 100 * i, 1000 * i);
	spin_unlock_irq(&t->mdev.state_lock);
}

static void event_test_edges_flush(struct kunit *test)
{
	struct event_test *t = test->priv;

	flush_delayed_work(&t->mdev.edges.work);
}

struct event_test_edge {
	const char *name;
	enum mydev_edge_type edge;
	enum mydev_event_type event;
	u64 has;
};

static const struct event_test_edge event_test_edge_types[] = {
	{ "opened", MYDEV_EDGE_OPENED, MYDEV_EVENT_TYPE_OPENED },
	{ "closed", MYDEV_EDGE_CLOSED, MYDEV_EVENT_TYPE_CLOSED },
	{ "reset", MYDEV_EDGE_RESET, MYDEV_EVENT_TYPE_RESET, BIT_ULL(MYDEV_A_EVENT_DISCARDED) },
	{ "overrun-begin", MYDEV_EDGE_OVERRUN_BEGIN, MYDEV_EVENT_TYPE_OVERRUN_BEGIN,
	  BIT_ULL(MYDEV_A_EVENT_RX_POLICY) | BIT_ULL(MYDEV_A_EVENT_RX_SIZE) },
	{ "overrun-end", MYDEV_EDGE_OVERRUN_END, MYDEV_EVENT_TYPE_OVERRUN_END,
	  BIT_ULL(MYDEV_A_EVENT_LOST) | BIT_ULL(MYDEV_A_EVENT_DURATION_NS) },
	{ "watermark", MYDEV_EDGE_WATERMARK, MYDEV_EVENT_TYPE_WATERMARK,
	  BIT_ULL(MYDEV_A_EVENT_RX_USED) | BIT_ULL(MYDEV_A_EVENT_WATERMARK) },
};

static void event_test_edge_desc(const struct event_test_edge *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(event_test_edge, event_test_edge_types, event_test_edge_desc);

/* Expects an event with the sums of n occurrences of event_test_edges(). */
static void event_test_expect_edge(struct kunit *test, u64 seq, u32 n)
{
	const struct event_test_edge *param = test->param_value;
	u64 has = param->has | (n > 1 ? BIT_ULL(MYDEV_A_EVENT_COUNT) : 0), sum = n * (n + 1) / 2;
	struct mydev_event *ev = event_test_logged(test, seq, param->event);

	KUNIT_EXPECT_EQ(test, ev->has, has);
	KUNIT_EXPECT_EQ(test, ev->count, n > 1 ? n : 0);
	if (has & BIT_ULL(MYDEV_A_EVENT_DISCARDED))
		KUNIT_EXPECT_EQ(test, ev->discarded, 100 * sum);
	if (has & BIT_ULL(MYDEV_A_EVENT_LOST))
		KUNIT_EXPECT_EQ(test, ev->lost, 100 * sum);
	if (has & BIT_ULL(MYDEV_A_EVENT_DURATION_NS))
		KUNIT_EXPECT_EQ(test, ev->duration_ns, 1000 * sum);
	if (has & BIT_ULL(MYDEV_A_EVENT_RX_USED))
		KUNIT_EXPECT_EQ(test, ev->rx_used, 10 * n);
	if (has & BIT_ULL(MYDEV_A_EVENT_WATERMARK))
		KUNIT_EXPECT_EQ(test, ev->watermark, 2222);
	if (has & BIT_ULL(MYDEV_A_EVENT_RX_POLICY))
		KUNIT_EXPECT_EQ(test, ev->rx_policy, MYDEV_RX_POLICY_DROP);
	if (has & BIT_ULL(MYDEV_A_EVENT_RX_SIZE))
		KUNIT_EXPECT_EQ(test, ev->rx_size, 8192);
}

/* A storm is two events, the first of it and the sum of the rest. */
static void event_test_storm_is_two_events(struct kunit *test)
{
	const struct event_test_edge *param = test->param_value;
	struct event_test *t = test->priv;

	t->mdev.watermark = 2222;
	t->mdev.ring.policy = MYDEV_RX_POLICY_DROP;
	t->mdev.ring.mem.size = 8192;
	event_test_edges(test, param->edge, 1);
	event_test_expect_range(test, 1, 1);
	event_test_expect_edge(test, 1, 1);
	event_test_edges(test, param->edge, 10000);
	event_test_edges_flush(test);
	event_test_expect_range(test, 1, 2);
	event_test_expect_edge(test, 2, 10000);
	event_test_edges_flush(test);
	event_test_expect_range(test, 1, 2);
}

static void event_test_edge_is_told_at_once_after_a_while(struct kunit *test)
{
	event_test_edges(test, MYDEV_EDGE_OPENED, 1);
	event_test_now_ns += MYDEV_EDGE_NS;
	event_test_edges(test, MYDEV_EDGE_OPENED, 1);
	event_test_expect_range(test, 1, 2);

	/* Each type has its own time. */
	event_test_edges(test, MYDEV_EDGE_CLOSED, 1);
	event_test_expect_range(test, 1, 3);
}

/* Under the lock from the first occurrence to the look at the log, the work can tell nothing. */
static void event_test_edge_waits_before(struct kunit *test)
{
	struct event_test *t = test->priv;
	struct mydev_event_range range;

	event_test_edges(test, MYDEV_EDGE_OPENED, 1);
	spin_lock_irq(&t->mdev.state_lock);
	event_test_now_ns += MYDEV_EDGE_NS - 1;
	mydev_edge(&t->mdev, MYDEV_EDGE_OPENED, 0, 0, 0);
	/* It would be told at once if nothing waited. */
	mydev_edge(&t->mdev, MYDEV_EDGE_CLOSED, 0, 0, 0);
	mydev_event_range(&range);
	spin_unlock_irq(&t->mdev.state_lock);
	KUNIT_EXPECT_EQ(test, range.last, 1);
	event_test_edges_flush(test);
	event_test_logged(test, 2, MYDEV_EVENT_TYPE_OPENED);
	event_test_logged(test, 3, MYDEV_EVENT_TYPE_CLOSED);
	event_test_expect_range(test, 1, 3);
}

/* Of what happened alternately, the last is told last. */
static void event_test_edges_end_as_they_ended(struct kunit *test)
{
	struct event_test *t = test->priv;

	event_test_edges(test, MYDEV_EDGE_OVERRUN_BEGIN, 1);
	spin_lock_irq(&t->mdev.state_lock);
	for (u32 i = 0; i < 3; i++) {
		mydev_edge(&t->mdev, MYDEV_EDGE_OVERRUN_BEGIN, 0, 0, 0);
		mydev_edge(&t->mdev, MYDEV_EDGE_OVERRUN_END, 0, 5, 0);
	}
	mydev_edge(&t->mdev, MYDEV_EDGE_OVERRUN_BEGIN, 0, 0, 0);
	spin_unlock_irq(&t->mdev.state_lock);
	event_test_edges_flush(test);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 2, MYDEV_EVENT_TYPE_OVERRUN_END)->count, 3);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 2, MYDEV_EVENT_TYPE_OVERRUN_END)->lost, 15);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 3, MYDEV_EVENT_TYPE_OVERRUN_BEGIN)->count, 4);
	event_test_expect_range(test, 1, 3);
}

static void event_test_dead_device_is_silent(struct kunit *test)
{
	struct event_test *t = test->priv;

	t->mdev.dead = true;
	event_test_edges(test, MYDEV_EDGE_OPENED, 3);
	event_test_edges_flush(test);
	event_test_expect_range(test, 1, 0);
}

static void event_test_edges_exit_tells_what_waits(struct kunit *test)
{
	struct event_test *t = test->priv;

	event_test_edges(test, MYDEV_EDGE_CLOSED, 3);
	mydev_edges_exit(&t->mdev);
	event_test_expect_range(test, 1, 2);
	KUNIT_EXPECT_EQ(test, event_test_logged(test, 2, MYDEV_EVENT_TYPE_CLOSED)->count, 2);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&t->mdev.edges.work));
}

static struct kunit_case event_test_cases[] = {
	KUNIT_CASE(event_test_empty),
	KUNIT_CASE(event_test_numbers_and_stamps),
	KUNIT_CASE(event_test_carries_what_was_set),
	KUNIT_CASE(event_test_overwrites_the_oldest),
	KUNIT_CASE(event_test_replays),
	KUNIT_CASE_PARAM(event_test_sizes_of_log, event_test_size_gen_params),
	KUNIT_CASE(event_test_sends_in_order),
	KUNIT_CASE(event_test_sends_again_without_memory),
	KUNIT_CASE(event_test_skips_what_is_gone),
	KUNIT_CASE_PARAM(event_test_storm_is_two_events, event_test_edge_gen_params),
	KUNIT_CASE(event_test_edge_is_told_at_once_after_a_while),
	KUNIT_CASE(event_test_edge_waits_before),
	KUNIT_CASE(event_test_edges_end_as_they_ended),
	KUNIT_CASE(event_test_dead_device_is_silent),
	KUNIT_CASE(event_test_edges_exit_tells_what_waits),
	{}
};

static struct kunit_suite event_test_suite = {
	.name = "mydev_event",
	.init = event_test_init,
	.exit = event_test_exit,
	.test_cases = event_test_cases,
};

kunit_test_suite(event_test_suite);
