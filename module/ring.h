/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receive ring: bytes from one producer to one consumer, without a lock between the two. It
 * knows nothing of devices, waiting or events.
 *
 * There is one producer at a time and one consumer at a time; whoever calls sees to that on each
 * side. Neither side may sleep or take a page fault inside a call, so the callers of the _iter
 * functions disable page faults around them and fault pages in outside. A change of
 * size or policy needs both sides.
 */
#ifndef MYDEV_RING_H
#define MYDEV_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/mydev.h>
#include <linux/types.h>

#include <asm/barrier.h>

struct iov_iter;
struct page;

/**
 * struct mydev_ring_mem - the memory of a ring
 * @chunks: the bytes, in chunks of 1 << @shift; index i stands at byte i & (size - 1)
 * @size: bytes in all, a power of two; of a ring in use, also looked at without a lock
 * @shift: log2 of the bytes in a chunk
 */
struct mydev_ring_mem {
	struct page **chunks;
	u32 size;
	u32 shift;
};

/**
 * struct mydev_ring - the receive ring
 * @mem: where the bytes are
 * @policy: what a full ring does
 * @head: index of the next byte to put; runs freely, written by the producer
 * @put_bytes: bytes ever offered by the producer, stored or lost
 * @put_lost: of these, bytes lost on the producer's side
 * @tail: index of the next byte to get; runs freely, written by the consumer and, where the policy
 *	is overwrite, by the producer, each by compare and exchange
 * @got_bytes: bytes ever taken by the consumer
 * @got_lost: bytes that the consumer gave up in a race with an overwriting producer; also looked at
 *	from outside
 * @discarded: bytes thrown away by mydev_ring_clear()
 *
 * The head is never more than size ahead of the tail. At rest, put_bytes is got_bytes + lost +
 * discarded + used.
 */
struct mydev_ring {
	struct mydev_ring_mem mem;
	enum mydev_rx_policy policy;

	u32 head ____cacheline_aligned_in_smp;
	u64 put_bytes;
	u64 put_lost;

	u32 tail ____cacheline_aligned_in_smp;
	u64 got_bytes;
	u64 got_lost;
	u64 discarded;
};

/* -ENOMEM; size must be a power of two. mydev_ring_exit() frees. */
int mydev_ring_init(struct mydev_ring *ring, u32 size, enum mydev_rx_policy policy);
void mydev_ring_exit(struct mydev_ring *ring);

/* Bytes buffered; exact for either side about the other's past. */
static inline u32 mydev_ring_used(const struct mydev_ring *ring)
{
	u32 tail = READ_ONCE(ring->tail);

	/* Pairs with the release of the head: the bytes before it can be read. */
	return smp_load_acquire(&ring->head) - tail;
}

/* Bytes that can be put without loss. */
static inline u32 mydev_ring_room(const struct mydev_ring *ring)
{
	/* Pairs with the release of the tail: the bytes before it can be written. */
	return READ_ONCE(ring->mem.size) - (READ_ONCE(ring->head) - smp_load_acquire(&ring->tail));
}

/*
 * Producer. Stores what the policy allows and returns the bytes that the ring is done with, stored
 * or lost; *lost grows by what was lost, be it new data (drop) or old (overwrite). The iter
 * function returns -EAGAIN when a blocking ring is full, and -EFAULT when the first byte could not
 * be copied.
 */
u32 mydev_ring_put(struct mydev_ring *ring, const void *data, u32 len, u64 *lost);
ssize_t mydev_ring_put_iter(struct mydev_ring *ring, struct iov_iter *from, u64 *lost);

/*
 * Consumer. Returns the bytes copied, -EAGAIN when the ring is empty, -EFAULT when the first byte
 * could not be copied.
 */
ssize_t mydev_ring_get_iter(struct mydev_ring *ring, struct iov_iter *to);

/* With both sides held. Throws away what is buffered and returns how much that was. */
u32 mydev_ring_clear(struct mydev_ring *ring);

int mydev_ring_mem_alloc(struct mydev_ring_mem *mem, u32 size);
void mydev_ring_mem_free(struct mydev_ring_mem *mem);

/*
 * A change of size, so that the producer stands still only for its last steps. copy: with the
 * consumer held, copies what is buffered and returns the index that it came to. rest: with both
 * held, copies what came since; -EBUSY when more is buffered than the new size holds. swap: with
 * both held, and whoever looks at the size without either, changes over; what is in *mem then is
 * the old memory. The caller frees what is in *mem in the end.
 */
u32 mydev_ring_resize_copy(struct mydev_ring *ring, const struct mydev_ring_mem *mem);
int mydev_ring_resize_rest(const struct mydev_ring *ring, const struct mydev_ring_mem *mem,
			   u32 copied);
void mydev_ring_resize_swap(struct mydev_ring *ring, struct mydev_ring_mem *mem);

#endif
