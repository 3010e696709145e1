// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of what a full ring does: the policies block, drop and overwrite. It is made of
 * the parts of ring_test.c.
 */

#include "ring_test.h"

/* ---- How much, of what ---- */

/**
 * struct policy_test_offer - data that is offered to a ring of 4 KiB
 * @name: of the case
 * @policy: of the ring
 * @buffered: bytes that are in it
 * @offered: bytes that are to be put
 * @done: of these, the bytes that the ring is done with
 * @lost: bytes that it lost, new or old ones
 */
struct policy_test_offer {
	const char *name;
	enum mydev_rx_policy policy;
	u32 buffered, offered;
	u32 done, lost;
};

static const struct policy_test_offer policy_test_offers[] = {
	{ "block, fits", MYDEV_RX_POLICY_BLOCK, 1000, 100, 100, 0 },
	{ "block, just fits", MYDEV_RX_POLICY_BLOCK, SZ_4K - 100, 100, 100, 0 },
	{ "block, fits in part", MYDEV_RX_POLICY_BLOCK, SZ_4K - 30, 100, 30, 0 },
	{ "block, full", MYDEV_RX_POLICY_BLOCK, SZ_4K, 100, 0, 0 },
	{ "block, larger than the ring", MYDEV_RX_POLICY_BLOCK, 0, 3 * SZ_4K, SZ_4K, 0 },
	{ "drop, fits", MYDEV_RX_POLICY_DROP, 1000, 100, 100, 0 },
	{ "drop, just fits", MYDEV_RX_POLICY_DROP, SZ_4K - 100, 100, 100, 0 },
	{ "drop, fits in part", MYDEV_RX_POLICY_DROP, SZ_4K - 30, 100, 100, 70 },
	{ "drop, full", MYDEV_RX_POLICY_DROP, SZ_4K, 100, 100, 100 },
	{ "drop, larger than the ring", MYDEV_RX_POLICY_DROP, 0, SZ_8K, SZ_8K, SZ_4K },
	{ "overwrite, fits", MYDEV_RX_POLICY_OVERWRITE, 1000, 100, 100, 0 },
	{ "overwrite, just fits", MYDEV_RX_POLICY_OVERWRITE, SZ_4K - 100, 100, 100, 0 },
	{ "overwrite, fits in part", MYDEV_RX_POLICY_OVERWRITE, SZ_4K - 30, 100, 100, 70 },
	{ "overwrite, full", MYDEV_RX_POLICY_OVERWRITE, SZ_4K, 100, 100, 100 },
	{ "overwrite, all of it", MYDEV_RX_POLICY_OVERWRITE, SZ_4K, SZ_4K, SZ_4K, SZ_4K },
};

static void policy_test_offer_desc(const struct policy_test_offer *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(policy_test_offer, policy_test_offers, policy_test_offer_desc);

/* What is in the ring after an offer, and that it goes on as before once that is read. */
static void policy_test_expect_offered(struct kunit *test)
{
	const struct policy_test_offer *param = test->param_value;
	struct ring_test *t = test->priv;
	u64 oldest = param->policy == MYDEV_RX_POLICY_OVERWRITE ? param->lost : 0;

	KUNIT_EXPECT_EQ(test, t->ring.put_lost, param->lost);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, oldest, SZ_16K),
			param->buffered + param->done - param->lost);
	ring_test_expect_empty(test);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 5), 5);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 5), 5);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, t->next - 10, SZ_16K), 10);
	KUNIT_EXPECT_EQ(test, t->ring.put_lost, param->lost);
}

static void policy_test_put(struct kunit *test)
{
	const struct policy_test_offer *param = test->param_value;

	ring_test_start_at(ring_test_ring(test, SZ_4K, param->policy), -SZ_2K);
	ring_test_put(test, param->buffered);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, param->offered), param->done);
	policy_test_expect_offered(test);
}

static void policy_test_put_iter(struct kunit *test)
{
	const struct policy_test_offer *param = test->param_value;

	ring_test_start_at(ring_test_ring(test, SZ_4K, param->policy), -SZ_2K);
	ring_test_put(test, param->buffered);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, param->offered),
			param->done ? (ssize_t)param->done : -EAGAIN);
	policy_test_expect_offered(test);
}

/* ---- Each policy ---- */

static void policy_test_block_takes_what_fits(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_BLOCK);

	KUNIT_EXPECT_EQ(test, ring_test_put(test, SZ_4K - 30), SZ_4K - 30);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 100), 30);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 1), 0);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 1), -EAGAIN);

	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, 7), 7);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 100), 7);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 7, SZ_8K), SZ_4K);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 0);
}

static void policy_test_drop_keeps_the_oldest(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_DROP);

	ring_test_put(test, SZ_4K - 30);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 100), 100);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 70);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 50), 50);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 120);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_8K), SZ_4K);

	KUNIT_EXPECT_EQ(test, ring_test_put(test, 5), 5);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, SZ_4K + 120, SZ_8K), 5);
}

/* A write of any length is over soon: the ring is done with two sizes of it at most. */
static void policy_test_drop_takes_two_sizes(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_DROP);

	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 3 * SZ_4K), 2 * SZ_4K);
	KUNIT_EXPECT_EQ(test, ring->put_lost, SZ_4K);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_8K), SZ_4K);
}

/* Nothing is lost of what could not even be copied. */
static void policy_test_drop_loses_nothing_by_fault(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_DROP);
	struct ring_test *t = test->priv;

	t->to_fault = 10;
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, SZ_8K), 10);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 0);
}

static void policy_test_overwrite_keeps_the_newest(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_put(test, SZ_4K - 30);
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 100), 100);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 70);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 50), 50);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 120);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 120, SZ_8K), SZ_4K);

	KUNIT_EXPECT_EQ(test, ring_test_put(test, 2 * SZ_4K + 7), 2 * SZ_4K + 7);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 120 + SZ_4K + 7);
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 2 * SZ_4K), SZ_4K);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 120 + 2 * SZ_4K + 7);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, t->next - SZ_4K, SZ_8K), SZ_4K);
}

/* Room is made before anything is copied, and what it cost is told. */
static void policy_test_overwrite_loses_by_fault(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_put(test, SZ_4K);
	t->to_fault = 0;
	KUNIT_EXPECT_EQ(test, ring_test_put_iter(test, 100), -EFAULT);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 100);
	t->to_fault = RING_TEST_NO_FAULT;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 100, SZ_4K), SZ_4K - 100);
}

static void policy_test_change_keeps_data(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_DROP);

	ring_test_put(test, SZ_4K);
	ring->policy = MYDEV_RX_POLICY_OVERWRITE;
	ring_test_put(test, 10);
	ring->policy = MYDEV_RX_POLICY_BLOCK;
	KUNIT_EXPECT_EQ(test, ring_test_put(test, 10), 0);
	ring->policy = MYDEV_RX_POLICY_DROP;
	ring_test_put(test, 10);
	KUNIT_EXPECT_EQ(test, ring->put_lost, 20);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 10, SZ_8K), SZ_4K);
	ring_test_expect_empty(test);
}

/* ---- A consumer that is overtaken ---- */

/* The producer fills up what is free: what the consumer copied is still there. */
static void policy_test_chased_but_not_overtaken(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_put(test, SZ_2K);
	t->overtakes = 1;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, 0, SZ_4K), SZ_2K);
	KUNIT_EXPECT_EQ(test, ring->got_lost, 0);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, SZ_2K, SZ_4K), SZ_2K);
}

/* Half a ring is overwritten; the next quarter is given up, and the rest read by eighths. */
static void policy_test_overtaken(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_put(test, SZ_4K);
	t->overtakes = 1;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, SZ_2K + SZ_1K, SZ_4K), SZ_512);
	KUNIT_EXPECT_EQ(test, ring->put_lost, SZ_2K);
	KUNIT_EXPECT_EQ(test, ring->got_lost, SZ_1K);
	KUNIT_EXPECT_EQ(test, ring_test_get(test, SZ_2K + SZ_1K + SZ_512, SZ_4K),
			SZ_2K + SZ_1K - SZ_512);
	ring_test_expect_empty(test);
}

static void policy_test_overtaken_again(struct kunit *test)
{
	struct mydev_ring *ring = ring_test_ring(test, SZ_4K, MYDEV_RX_POLICY_OVERWRITE);
	struct ring_test *t = test->priv;

	ring_test_start_at(ring, -SZ_4K);
	ring_test_put(test, SZ_4K);
	t->overtakes = 2;
	KUNIT_EXPECT_EQ(test, ring_test_get(test, SZ_4K + SZ_1K, SZ_4K), SZ_512);
	KUNIT_EXPECT_EQ(test, ring->put_lost, SZ_2K + SZ_1K);
	KUNIT_EXPECT_EQ(test, ring->got_lost, SZ_2K);
}

static struct kunit_case policy_test_cases[] = {
	KUNIT_CASE_PARAM(policy_test_put, policy_test_offer_gen_params),
	KUNIT_CASE_PARAM(policy_test_put_iter, policy_test_offer_gen_params),
	KUNIT_CASE(policy_test_block_takes_what_fits),
	KUNIT_CASE(policy_test_drop_keeps_the_oldest),
	KUNIT_CASE(policy_test_drop_takes_two_sizes),
	KUNIT_CASE(policy_test_drop_loses_nothing_by_fault),
	KUNIT_CASE(policy_test_overwrite_keeps_the_newest),
	KUNIT_CASE(policy_test_overwrite_loses_by_fault),
	KUNIT_CASE(policy_test_change_keeps_data),
	KUNIT_CASE(policy_test_chased_but_not_overtaken),
	KUNIT_CASE(policy_test_overtaken),
	KUNIT_CASE(policy_test_overtaken_again),
	{}
};

static struct kunit_suite policy_test_suite = {
	.name = "mydev_policy",
	.init = ring_test_init,
	.exit = ring_test_exit,
	.test_cases = policy_test_cases,
};

kunit_test_suite(policy_test_suite);
