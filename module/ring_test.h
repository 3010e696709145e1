/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of the receive ring and of its policies are made of.
 */
#ifndef MYDEV_RING_TEST_H
#define MYDEV_RING_TEST_H

#include <kunit/test.h>

#include <linux/sizes.h>
#include <linux/string.h>

#include "ring.h"

/* Most bytes that a case puts or gets at once. */
#define RING_TEST_BYTES_MAX SZ_256K
#define RING_TEST_NO_FAULT SIZE_MAX
/**
 * struct ring_test - what a case works with
 * @ring: under test
 * @next: position of the next byte to put
 * @lost: bytes lost, as the producer was told
 * @to_fault: bytes that can be copied before a page fault
 * @overtakes: how often a producer comes into the middle of a read, with half a ring of data
 * @buf: of RING_TEST_BYTES_MAX, what is put or was got
 * @producers_buf: the same, for the producer in the middle of a read
 */
struct ring_test {
	struct mydev_ring ring;
	u64 next;
	u64 lost;
	size_t to_fault;
	u32 overtakes;
	u8 *buf;
	u8 *producers_buf;
};

/* Puts the next bytes of the stream, from a buffer or an iterator; returns what the ring did. */
u32 ring_test_put(struct kunit *test, u32 len);
ssize_t ring_test_put_iter(struct kunit *test, u32 len);

/* Gets at most len bytes, and expects those from a position on; returns what the ring did. */
ssize_t ring_test_get(struct kunit *test, u64 pos, u32 len);

void ring_test_expect_balance(struct kunit *test);
void ring_test_expect_empty(struct kunit *test);

/* The ring of the case, made so. */
struct mydev_ring *ring_test_ring(struct kunit *test, u32 size, enum mydev_rx_policy policy);

/* Indices run freely: any beginning is as good as 0. */
void ring_test_start_at(struct mydev_ring *ring, u32 index);

int ring_test_init(struct kunit *test);
void ring_test_exit(struct kunit *test);

#endif
