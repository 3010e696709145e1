// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the receive ring, but for what its policies are about (policy_test.c). It is
 * compiled together with the ring, so that what comes into the middle of a copy comes where a case
 * wants it: a page fault, or a producer that overtakes.
 *
 * What goes through the ring is a stream whose bytes tell their position in it.
 */

#include <kunit/test.h>

#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "compat.h"

static size_t ring_test_copy_from(struct page *page, size_t offset, size_t bytes,
				  struct iov_iter *from);
static size_t ring_test_copy_to(struct page *page, size_t offset, size_t bytes,
				struct iov_iter *to);

#undef mydev_copy_page_to_iter
#define mydev_copy_page_to_iter ring_test_copy_to
#define copy_page_from_iter ring_test_copy_from
#include "ring.c"
#undef copy_page_from_iter

#include "ring_test.h"

/* How many a producer and a consumer exchange at the same time. */
#define RING_TEST_WORDS 50000

/* The case that runs; there is one at a time. */
static struct ring_test *ring_test;

static u8 ring_test_byte(u64 pos)
{
	return hash_32((u32)pos, BITS_PER_BYTE);
}

static u8 *ring_test_fill(u8 *buf, u64 pos, u32 len)
{
	for (u32 i = 0; i < len; i++)
		buf[i] = ring_test_byte(pos + i);
	return buf;
}

static u32 ring_test_put_from(struct ring_test *t, u8 *buf, u32 len)
{
	u32 done = mydev_ring_put(&t->ring, ring_test_fill(buf, t->next, len), len, &t->lost);

	t->next += done;
	return done;
}

static size_t ring_test_until_fault(size_t bytes)
{
	bytes = min(bytes, ring_test->to_fault);
	if (ring_test->to_fault != RING_TEST_NO_FAULT)
		ring_test->to_fault -= bytes;
	return bytes;
}

static size_t ring_test_copy_from(struct page *page, size_t offset, size_t bytes,
				  struct iov_iter *from)
{
	return copy_page_from_iter(page, offset, ring_test_until_fault(bytes), from);
}

static size_t ring_test_copy_to(struct page *page, size_t offset, size_t bytes, struct iov_iter *to)
{
	size_t done = copy_page_to_iter(page, offset, ring_test_until_fault(bytes), to);

	if (ring_test->overtakes) {
		ring_test->overtakes--;
		ring_test_put_from(ring_test, ring_test->producers_buf,
				   ring_test->ring.mem.size / 2);
	}
	return done;
}

/* ---- What the cases are made of ---- */

void ring_test_expect_balance(struct kunit *test)
{
	struct ring_test *t = test->priv;
	struct mydev_ring *ring = &t->ring;

	KUNIT_EXPECT_EQ(test, ring->put_bytes,
			ring->got_bytes + ring->put_lost + ring->got_lost + ring->discarded +
				mydev_ring_used(ring));
	KUNIT_EXPECT_EQ(test, ring->put_lost, t->lost);
	KUNIT_EXPECT_EQ(test, mydev_ring_used(ring) + mydev_ring_room(ring), ring->mem.size);
}

u32 ring_test_put(struct kunit *test, u32 len)
{
	struct ring_test *t = test->priv;
	u32 done;

	KUNIT_ASSERT_LE(test, len, (u32)RING_TEST_BYTES_MAX);
	done = ring_test_put_from(t, t->buf, len);
	ring_test_expect_balance(test);
	return done;
}

/* An iterator over the buffer in pieces, one of them empty. */
static void ring_test_iter(struct iov_iter *iter, unsigned int direction, struct kvec vec[3],
			   u8 *buf, u32 len)
{
	vec[0] = (struct kvec){ .iov_base = buf, .iov_len = len / 3 };
	vec[1] = (struct kvec){ .iov_base = buf + len / 3 };
	vec[2] = (struct kvec){ .iov_base = buf + len / 3, .iov_len = len - len / 3 };
	iov_iter_kvec(iter, direction, vec, 3, len);
}

ssize_t ring_test_put_iter(struct kunit *test, u32 len)
{
	struct ring_test *t = test->priv;
	struct iov_iter from;
	struct kvec vec[3];
	ssize_t done;

	KUNIT_ASSERT_LE(test, len, (u32)RING_TEST_BYTES_MAX);
	ring_test_fill(t->buf, t->next, len);
	ring_test_iter(&from, WRITE, vec, t->buf, len);
	done = mydev_ring_put_iter(&t->ring, &from, &t->lost);
	KUNIT_EXPECT_EQ(test, iov_iter_count(&from), len - max_t(ssize_t, done, 0));
	t->next += max_t(ssize_t, done, 0);
	ring_test_expect_balance(test);
	return done;
}

ssize_t ring_test_get(struct kunit *test, u64 pos, u32 len)
{
	struct ring_test *t = test->priv;
	ssize_t done, right = 0;
	struct iov_iter to;
	struct kvec vec[3];

	KUNIT_ASSERT_LE(test, len, (u32)RING_TEST_BYTES_MAX);
	ring_test_iter(&to, READ, vec, t->buf, len);
	done = mydev_ring_get_iter(&t->ring, &to);
	KUNIT_EXPECT_EQ(test, iov_iter_count(&to), len - max_t(ssize_t, done, 0));
	while (right < done && t->buf[right] == ring_test_byte(pos + right))
		right++;
	KUNIT_EXPECT_EQ_MSG(test, right, max_t(ssize_t, done, 0), "wrong from position %llu on",
			    pos + right);
	ring_test_expect_balance(test);
	return done;
}

void ring_test_expect_empty(struct kunit *test)
{
	struct ring_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, mydev_ring_used(&t->ring), 0);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, 1), -EAGAIN);
}

struct mydev_ring *ring_test_ring(struct kunit *test, u32 size, enum mydev_rx_policy policy)
{
	struct ring_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, mydev_ring_init(&t->ring, size, policy), 0);
	return &t->ring;
}

void ring_test_start_at(struct mydev_ring *ring, u32 index)
{
	ring->head = index;
	ring->tail = index;
}

int ring_test_init(struct kunit *test)
{
	struct ring_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	t->to_fault = RING_TEST_NO_FAULT;
	t->buf = kunit_kzalloc(test, RING_TEST_BYTES_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->buf);
	t->producers_buf = kunit_kzalloc(test, RING_TEST_BYTES_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->producers_buf);
	test->priv = t;
	ring_test = t;
	return 0;
}

void ring_test_exit(struct kunit *test)
{
	struct ring_test *t = test->priv;

	ring_test = NULL;
	if (t)
		mydev_ring_exit(&t->ring);
}

/* ---- Every policy ---- */

struct ring_test_policy {
	const char *name;
	enum mydev_rx_policy policy;
};

static const struct ring_test_policy ring_test_policies[] = {
	{ "block", MYDEV_RX_POLICY_BLOCK },
	{ "drop", MYDEV_RX_POLICY_DROP },
	{ "overwrite", MYDEV_RX_POLICY_OVERWRITE },
};

static void ring_test_policy_desc(const struct ring_test_policy *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ring_test_policy, ring_test_policies, ring_test_policy_desc);

static void ring_test_begins_empty(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, param->policy);

	KUNIT_EXPECT_EQ(test, mydev_ring_room(ring), SZ_4K);
	ring_test_expect_empty(test);
}

/* Full, and then 50 bytes more, where the indices begin again at 0. */
static void ring_test_index_wraps(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, param->policy);
	bool block = param->policy == MYDEV_RX_POLICY_BLOCK;
	u64 first = param->policy == MYDEV_RX_POLICY_OVERWRITE ? 50 : 0;

	ring_test_start_at(ring, U32_MAX - 1000);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, SZ_4K), SZ_4K);
	KUNIT_EXPECT_LT(test, ring->head, ring->tail);
	KUNIT_EXPECT_EQ(test, mydev_ring_used(ring), SZ_4K);
	KUNIT_EXPECT_EQ(test, mydev_ring_room(ring), 0);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 50), block ? 0 : 50);
	KUNIT_EXPECT_EQ(test, ring->put_lost, block ? 0 : 50);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, first, 900), 900);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, first + 900, SZ_4K), SZ_4K - 900);
	ring_test_expect_empty(test);
}

static void ring_test_clear_discards(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, param->policy);

	KUNIT_EXPECT_EQ(test, mydev_ring_clear(ring), 0);
	ring_test_put(test, 100);
	ring_test_get(test, 0, 30);
	KUNIT_EXPECT_EQ(test, mydev_ring_clear(ring), 70);
	KUNIT_EXPECT_EQ(test, ring->discarded, 70);
	ring_test_expect_empty(test);

	KUNIT_EXPECT_EQ(test, ring_test_put(test, SZ_4K), SZ_4K);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 100, SZ_4K), SZ_4K);
}

/* What was copied before the fault counts, also where the fault is in the second chunk. */
static void ring_test_put_faults(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct ring_test *t = test->priv;

	ring_test_ring(test, SZ_64K, param->policy);
	t->to_fault = 0;
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 100), -EFAULT);
	ring_test_expect_empty(test);

	t->to_fault = MYDEV_RING_CHUNK_BYTES + 5;
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, SZ_64K), MYDEV_RING_CHUNK_BYTES + 5);
	KUNIT_EXPECT_EQ(test, t->lost, 0);
	t->to_fault = RING_TEST_NO_FAULT;
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 10), 10);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_64K), MYDEV_RING_CHUNK_BYTES + 15);
}

static void ring_test_get_faults(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct ring_test *t = test->priv;

	ring_test_ring(test, SZ_64K, param->policy);
	ring_test_put(test, SZ_64K);
	t->to_fault = 0;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, 100), -EFAULT);
	KUNIT_EXPECT_EQ(test, mydev_ring_used(&t->ring), SZ_64K);

	t->to_fault = MYDEV_RING_CHUNK_BYTES + 5;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_64K), MYDEV_RING_CHUNK_BYTES + 5);
	t->to_fault = RING_TEST_NO_FAULT;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, MYDEV_RING_CHUNK_BYTES + 5, SZ_64K),
			SZ_64K - MYDEV_RING_CHUNK_BYTES - 5);
	ring_test_expect_empty(test);
}

/* ---- Both sides at the same time ---- */

/* Puts words that count up, as many as the ring takes, until told to stop. */
static int ring_test_producer(void *data)
{
	struct ring_test *t = data;
	u64 *words = (u64 *)t->producers_buf, next = 0;

	for (u32 n = 1; !kthread_should_stop(); n = n * 5 % 63 + 1) {
		for (u32 i = 0; i < n; i++)
			words[i] = next + i;
		next += mydev_ring_put(&t->ring, words, n * sizeof(u64), &t->lost) / sizeof(u64);
		cond_resched();
	}
	return 0;
}

/* Reads some of the producer's words, and counts those that are not the next, or a later, one. */
static void ring_test_consume(struct ring_test *t, u64 *next, u32 *words, u32 *wrong)
{
	bool gapless = t->ring.policy == MYDEV_RX_POLICY_BLOCK;
	struct kvec vec = { .iov_base = t->buf, .iov_len = 125 * sizeof(u64) };
	const u64 *got = (const u64 *)t->buf;
	struct iov_iter to;
	ssize_t done;

	iov_iter_kvec(&to, READ, &vec, 1, vec.iov_len);
	done = mydev_ring_get_iter(&t->ring, &to);
	for (u32 i = 0; done > 0 && i < done / sizeof(u64); i++) {
		*wrong += gapless ? got[i] != *next : got[i] < *next;
		*next = got[i] + 1;
		++*words;
	}
}

/* Producer and consumer at the same time: order is kept, nothing is torn, and the counts agree. */
static void ring_test_concurrent(struct kunit *test)
{
	const struct ring_test_policy *param = test->param_value;
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, param->policy);
	struct ring_test *t = test->priv;
	u32 words = 0, wrong = 0;
	struct task_struct *task;
	u64 next = 0;

	ring_test_start_at(ring, -SZ_8K);
	task = kthread_run(ring_test_producer, t, "mydev_ring_test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (words < RING_TEST_WORDS) {
		ring_test_consume(t, &next, &words, &wrong);
		cond_resched();
	}
	kthread_stop(task);
	while (mydev_ring_used(ring))
		ring_test_consume(t, &next, &words, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, ring->got_bytes, words * sizeof(u64));
	ring_test_expect_balance(test);
}

/* ---- Memory ---- */

struct ring_test_layout {
	const char *name;
	u32 size;
	u32 chunk_bytes;
};

static const struct ring_test_layout ring_test_layouts[] = {
	{ "small", SZ_4K, SZ_4K },
	{ "one chunk", MYDEV_RING_CHUNK_BYTES, MYDEV_RING_CHUNK_BYTES },
	{ "chunks", SZ_128K, MYDEV_RING_CHUNK_BYTES },
	{ "pages", SZ_128K, PAGE_SIZE },
};

static void ring_test_layout_desc(const struct ring_test_layout *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ring_test_layout, ring_test_layouts, ring_test_layout_desc);

/* Writes and reads of many lengths cross every border between chunks, and that of the ring. */
static void ring_test_stream(struct kunit *test)
{
	const struct ring_test_layout *param = test->param_value;
	struct ring_test *t = test->priv;
	struct mydev_ring *ring = &t->ring;
	u64 got = 0;

	ring->mem.size = param->size;
	KUNIT_ASSERT_EQ(test, mydev_ring_chunks_alloc(&ring->mem, param->chunk_bytes, 0), 0);
	for (u32 i = 0, len = 1; i < 40; i++, len = (len * 7 + 1) % param->size + 1) {
		u32 n = min(len, mydev_ring_room(ring)), half;

		if (i % 2)
			KUNIT_EXPECT_EQ(test, ring_test_put(test, n), n);
		else
			KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, n), n);
		half = DIV_ROUND_UP(mydev_ring_used(ring), 2);
		KUNIT_EXPECT_EQ(test, ring_test_get(test, got, half), half);
		got += half;
	}
	KUNIT_EXPECT_GT(test, got, 3ULL * param->size);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, got, param->size), t->next - got);
	ring_test_expect_empty(test);
}

static void ring_test_exit_twice(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_128K, MYDEV_RX_POLICY_BLOCK);

	mydev_ring_exit(ring);
	KUNIT_EXPECT_NULL(test, ring->mem.chunks);
	mydev_ring_exit(ring);
}

/* ---- Change of size ---- */

struct ring_test_resize {
	const char *name;
	u32 from, to, buffered;
};

static const struct ring_test_resize ring_test_resizes[] = {
	{ "larger", SZ_4K, SZ_128K, SZ_4K - 100 },
	{ "smaller", SZ_128K, SZ_4K, SZ_4K - 100 },
	{ "just fits", SZ_64K, SZ_32K, SZ_32K - 100 },
	{ "empty", SZ_64K, SZ_8K, 0 },
};

static void ring_test_resize_desc(const struct ring_test_resize *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ring_test_resize, ring_test_resizes, ring_test_resize_desc);

/* Both steps; between them the producer puts so much. */
static int ring_test_resize(struct kunit *test, u32 size, u32 meanwhile)
{
	struct mydev_ring_mem mem = {};
	struct ring_test *t = test->priv;
	u32 copied;
	int err;

	KUNIT_ASSERT_EQ(test, mydev_ring_mem_alloc(&mem, size), 0);
	copied = mydev_ring_resize_copy(&t->ring, &mem);
	ring_test_put_from(t, t->producers_buf, meanwhile / 2);
	ring_test_put_from(t, t->producers_buf, meanwhile - meanwhile / 2);
	err = mydev_ring_resize_rest(&t->ring, &mem, copied);
	if (!err)
		mydev_ring_resize_swap(&t->ring, &mem);
	KUNIT_EXPECT_EQ(test, mem.size == size, err != 0);
	mydev_ring_mem_free(&mem);
	ring_test_expect_balance(test);
	return err;
}

static void ring_test_resize_keeps_data(struct kunit *test)
{
	const struct ring_test_resize *param = test->param_value;
	struct mydev_ring *ring = ring_test_ring(test, param->from, MYDEV_RX_POLICY_BLOCK);

	ring_test_start_at(ring, U32_MAX - 1000);
	ring_test_put(test, param->buffered);
	KUNIT_EXPECT_EQ(test, ring_test_resize(test, param->to, 100), 0);
	KUNIT_EXPECT_EQ(test, ring->mem.size, param->to);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, param->to), param->buffered + 100);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, param->to), param->to);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, param->buffered + 100, param->to), param->to);
}

/* More is buffered than fits, before the first step or since; the ring is as it was. */
static void ring_test_resize_refused(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_64K, MYDEV_RX_POLICY_BLOCK);

	ring_test_put(test, SZ_4K);
	KUNIT_EXPECT_EQ(test, ring_test_resize(test, SZ_4K, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, ring_test_resize(test, SZ_4K, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, ring->mem.size, SZ_64K);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_64K), SZ_4K + 1);
}

/* Between the steps the producer overwrites all that the first has copied, and more. */
static void ring_test_resize_overwritten(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_8K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_start_at(ring, -SZ_8K);
	ring_test_put(test, SZ_4K);
	KUNIT_EXPECT_EQ(test, ring_test_resize(test, SZ_16K, SZ_8K + SZ_2K), 0);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, t->next - SZ_8K, SZ_16K), SZ_8K);
}

static struct kunit_case ring_test_cases[] = {
	KUNIT_CASE_PARAM(ring_test_begins_empty, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_index_wraps, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_clear_discards, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_put_faults, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_get_faults, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_concurrent, ring_test_policy_gen_params),
	KUNIT_CASE_PARAM(ring_test_stream, ring_test_layout_gen_params),
	KUNIT_CASE(ring_test_exit_twice),
	KUNIT_CASE_PARAM(ring_test_resize_keeps_data, ring_test_resize_gen_params),
	KUNIT_CASE(ring_test_resize_refused),
	KUNIT_CASE(ring_test_resize_overwritten),
	{}
};

static struct kunit_suite ring_test_suite = {
	.name = "mydev_ring",
	.init = ring_test_init,
	.exit = ring_test_exit,
	.test_cases = ring_test_cases,
};

kunit_test_suite(ring_test_suite);

MODULE_DESCRIPTION("KUnit suites of mydev: ring, policies and event log");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
