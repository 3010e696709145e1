// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive ring. A byte is copied once in and once out; the indices are the only thing that the
 * two sides share.
 *
 * Overwriting: the producer moves the tail forward before it touches the bytes behind it, and the
 * consumer moves the tail only if it still stands where its copy began. So a consumer that was
 * overtaken notices, and what it copied is discarded before anyone looks at it.
 */

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "ring.h"

/*
 * A consumer that was overtaken gives up the oldest quarter of the ring, and then takes an eighth
 * at a time: the producer has to write a quarter while the consumer copies an eighth to overtake it
 * again.
 */
#define MYDEV_RING_GIVE_UP(ring) ((ring)->size / 4)
#define MYDEV_RING_CHASED_MAX(ring) ((ring)->size / 8)

void *mydev_ring_buf_alloc(u32 size)
{
	return kvzalloc(size, GFP_KERNEL_ACCOUNT);
}

void mydev_ring_buf_free(void *buf)
{
	kvfree(buf);
}

int mydev_ring_init(struct mydev_ring *ring, u32 size, enum mydev_rx_policy policy)
{
	ring->buf = mydev_ring_buf_alloc(size);
	if (!ring->buf)
		return -ENOMEM;
	ring->size = size;
	ring->policy = policy;
	return 0;
}

void mydev_ring_exit(struct mydev_ring *ring)
{
	mydev_ring_buf_free(ring->buf);
	ring->buf = NULL;
}

/* Moves the tail forward until len bytes fit; returns the bytes lost by that. */
static u32 mydev_ring_make_room(struct mydev_ring *ring, u32 len)
{
	/* Pairs with the consumer's release: it is done with the bytes before the tail. */
	u32 tail = smp_load_acquire(&ring->tail);

	for (;;) {
		u32 used = ring->head - tail;
		u32 over;

		if (ring->size - used >= len)
			return 0;
		over = len - (ring->size - used);
		/* Full barrier: the new tail is seen before the bytes behind it change. */
		if (try_cmpxchg(&ring->tail, &tail, tail + over))
			return over;
	}
}

/* Where len bytes from index on lie: the first part; the rest begins at the start of the buffer. */
static inline u32 mydev_ring_first(const struct mydev_ring *ring, u32 index, u32 len, u8 **at)
{
	u32 offset = index & (ring->size - 1);

	*at = ring->buf + offset;
	return min(len, ring->size - offset);
}

static u32 mydev_ring_store(struct mydev_ring *ring, const void *data, u32 len)
{
	u8 *at;
	u32 first = mydev_ring_first(ring, ring->head, len, &at);

	memcpy(at, data, first);
	memcpy(ring->buf, data + first, len - first);
	/* Pairs with the acquire of the head: the bytes are there before the index says so. */
	smp_store_release(&ring->head, ring->head + len);
	return len;
}

u32 mydev_ring_put(struct mydev_ring *ring, const void *data, u32 len, u64 *lost)
{
	u32 room, dropped = 0, offered = len;

	switch (ring->policy) {
	case MYDEV_RX_POLICY_BLOCK:
		len = min(len, mydev_ring_room(ring));
		offered = len;
		break;
	case MYDEV_RX_POLICY_DROP:
		room = mydev_ring_room(ring);
		if (len > room) {
			dropped = len - room;
			len = room;
		}
		break;
	case MYDEV_RX_POLICY_OVERWRITE:
		if (len > ring->size) {
			dropped = len - ring->size;
			data += dropped;
			len = ring->size;
		}
		dropped += mydev_ring_make_room(ring, len);
		break;
	}
	if (len)
		mydev_ring_store(ring, data, len);
	ring->put_bytes += offered;
	ring->put_lost += dropped;
	*lost += dropped;
	return offered;
}

/* As many of len bytes as can be copied without a page fault. */
static inline u32 mydev_ring_store_iter(struct mydev_ring *ring, struct iov_iter *from, u32 len)
{
	u8 *at;
	u32 first = mydev_ring_first(ring, ring->head, len, &at);
	u32 done = copy_from_iter(at, first, from);

	if (unlikely(done == first && first < len))
		done += copy_from_iter(ring->buf, len - first, from);
	/* Pairs with the acquire of the head: the bytes are there before the index says so. */
	smp_store_release(&ring->head, ring->head + done);
	ring->put_bytes += done;
	return done;
}

static ssize_t mydev_ring_put_iter_lossy(struct mydev_ring *ring, struct iov_iter *from, u64 *lost)
{
	size_t count = iov_iter_count(from);
	u32 len = min_t(size_t, count, ring->size);
	u32 gone, done;

	if (ring->policy == MYDEV_RX_POLICY_OVERWRITE) {
		gone = mydev_ring_make_room(ring, len);
		ring->put_lost += gone;
		*lost += gone;
		done = mydev_ring_store_iter(ring, from, len);
		return done ?: -EFAULT;
	}

	len = min(len, mydev_ring_room(ring));
	done = mydev_ring_store_iter(ring, from, len);
	if (done < len)
		return done ?: -EFAULT;
	/* The ring is full: the device sends the rest into the void. */
	gone = min_t(size_t, count - done, ring->size);
	iov_iter_advance(from, gone);
	ring->put_bytes += gone;
	ring->put_lost += gone;
	*lost += gone;
	return done + gone;
}

ssize_t mydev_ring_put_iter(struct mydev_ring *ring, struct iov_iter *from, u64 *lost)
{
	u32 len, done;

	if (unlikely(ring->policy != MYDEV_RX_POLICY_BLOCK))
		return mydev_ring_put_iter_lossy(ring, from, lost);

	len = min_t(size_t, iov_iter_count(from), mydev_ring_room(ring));
	if (!len)
		return -EAGAIN;
	done = mydev_ring_store_iter(ring, from, len);
	return done ?: -EFAULT;
}

static inline u32 mydev_ring_load_iter(struct mydev_ring *ring, struct iov_iter *to, u32 tail,
				       u32 len)
{
	u8 *at;
	u32 first = mydev_ring_first(ring, tail, len, &at);
	u32 done = copy_to_iter(at, first, to);

	if (unlikely(done == first && first < len))
		done += copy_to_iter(ring->buf, len - first, to);
	return done;
}

/* Gives up the oldest bytes so that an overwriting producer is some way behind the tail again. */
static void mydev_ring_give_up(struct mydev_ring *ring)
{
	u32 tail = READ_ONCE(ring->tail);
	u32 keep = ring->size - MYDEV_RING_GIVE_UP(ring);
	u32 used = READ_ONCE(ring->head) - tail;

	/* A tail that moved meanwhile was moved forward: the aim is reached either way. */
	if (used > keep && cmpxchg(&ring->tail, tail, tail + used - keep) == tail)
		ring->got_lost += used - keep;
}

static ssize_t mydev_ring_get_iter_chased(struct mydev_ring *ring, struct iov_iter *to)
{
	size_t max = ring->size;

	for (;;) {
		u32 tail = READ_ONCE(ring->tail);
		/* Pairs with the release of the head: the bytes before it can be read. */
		u32 used = smp_load_acquire(&ring->head) - tail;
		u32 len = min3((size_t)used, iov_iter_count(to), max);
		u32 done;

		if (!len)
			return -EAGAIN;
		done = mydev_ring_load_iter(ring, to, tail, len);
		/* Full barrier: the copy is over before the bytes are the producer's. */
		if (cmpxchg(&ring->tail, tail, tail + done) == tail) {
			ring->got_bytes += done;
			return done ?: -EFAULT;
		}
		iov_iter_revert(to, done);
		mydev_ring_give_up(ring);
		max = MYDEV_RING_CHASED_MAX(ring);
	}
}

ssize_t mydev_ring_get_iter(struct mydev_ring *ring, struct iov_iter *to)
{
	u32 tail, len, done;

	if (unlikely(ring->policy == MYDEV_RX_POLICY_OVERWRITE))
		return mydev_ring_get_iter_chased(ring, to);

	tail = ring->tail;
	/* Pairs with the release of the head: the bytes before it can be read. */
	len = min_t(size_t, iov_iter_count(to), smp_load_acquire(&ring->head) - tail);
	if (!len)
		return -EAGAIN;
	done = mydev_ring_load_iter(ring, to, tail, len);
	/* Pairs with the acquire of the tail: the copy is over before the bytes are free. */
	smp_store_release(&ring->tail, tail + done);
	ring->got_bytes += done;
	return done ?: -EFAULT;
}

u32 mydev_ring_clear(struct mydev_ring *ring)
{
	u32 tail = READ_ONCE(ring->tail);
	u32 used;

	do {
		used = READ_ONCE(ring->head) - tail;
	} while (!try_cmpxchg(&ring->tail, &tail, tail + used));
	ring->discarded += used;
	return used;
}

/* Copies indices from..to into a buffer of another size: an index stays, only its place differs. */
static void mydev_ring_copy(const struct mydev_ring *ring, u8 *buf, u32 size, u32 from, u32 to)
{
	while (from != to) {
		u32 here = from & (ring->size - 1), there = from & (size - 1);
		u32 len = min3(to - from, ring->size - here, size - there);

		memcpy(buf + there, ring->buf + here, len);
		from += len;
	}
}

u32 mydev_ring_resize_copy(struct mydev_ring *ring, void *buf, u32 size)
{
	u32 tail = READ_ONCE(ring->tail);
	/* Pairs with the release of the head: the bytes before it can be read. */
	u32 head = smp_load_acquire(&ring->head);

	if (head - tail > size)
		return tail;
	mydev_ring_copy(ring, buf, size, tail, head);
	return head;
}

int mydev_ring_resize_swap(struct mydev_ring *ring, void **buf, u32 size, u32 copied)
{
	if (ring->head - ring->tail > size)
		return -EBUSY;
	/* What was copied and lies before the tail by now was overwritten; nobody looks there. */
	if ((s32)(ring->tail - copied) > 0)
		copied = ring->tail;
	mydev_ring_copy(ring, *buf, size, copied, ring->head);
	swap(ring->buf, *(u8 **)buf);
	ring->size = size;
	return 0;
}
