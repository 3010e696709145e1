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
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kcsan-checks.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "compat.h"
#include "ring.h"

/*
 * A consumer that was overtaken gives up the oldest quarter of the ring, and then takes an eighth
 * at a time: the producer has to write a quarter while the consumer copies an eighth to overtake it
 * again.
 */
#define MYDEV_RING_GIVE_UP(ring) ((ring)->mem.size / 4)
#define MYDEV_RING_CHASED_MAX(ring) ((ring)->mem.size / 8)

/*
 * Chunks of pages, and not one block: a large ring needs no large allocation, and copying between a
 * user and a page is what the kernel does with the fewest checks.
 */
#define MYDEV_RING_CHUNK_BYTES SZ_32K

static int mydev_ring_chunks_alloc(struct mydev_ring_mem *mem, u32 chunk_bytes, gfp_t flags)
{
	u32 order = get_order(chunk_bytes), n = mem->size / chunk_bytes;

	mem->shift = ilog2(chunk_bytes);
	mem->chunks = kvcalloc(n, sizeof(*mem->chunks), GFP_KERNEL);
	if (!mem->chunks)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		mem->chunks[i] = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_COMP | flags, order);
		if (!mem->chunks[i]) {
			mydev_ring_mem_free(mem);
			return -ENOMEM;
		}
	}
	return 0;
}

int mydev_ring_mem_alloc(struct mydev_ring_mem *mem, u32 size)
{
	u32 large = min_t(u32, size, MYDEV_RING_CHUNK_BYTES), small = min_t(u32, size, PAGE_SIZE);

	mem->size = size;
	/* Where memory is in pieces, pages do as well; nobody is to be troubled for more. */
	if (large > small && !mydev_ring_chunks_alloc(mem, large, __GFP_NORETRY | __GFP_NOWARN))
		return 0;
	/* A size is what somebody asked for; it is not worth killing a process for. */
	return mydev_ring_chunks_alloc(mem, small, __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

void mydev_ring_mem_free(struct mydev_ring_mem *mem)
{
	if (!mem->chunks)
		return;
	for (u32 i = 0; i < mem->size >> mem->shift && mem->chunks[i]; i++)
		__free_pages(mem->chunks[i], get_order(1U << mem->shift));
	kvfree(mem->chunks);
	mem->chunks = NULL;
}

int mydev_ring_init(struct mydev_ring *ring, u32 size, enum mydev_rx_policy policy)
{
	ring->policy = policy;
	return mydev_ring_mem_alloc(&ring->mem, size);
}

void mydev_ring_exit(struct mydev_ring *ring)
{
	mydev_ring_mem_free(&ring->mem);
}

/* What a copy of user memory returns: the bytes, or that there were none. */
static inline ssize_t mydev_ring_copied(u32 done)
{
	/* Not done ?: -EFAULT, which is unsigned, and far from an error. */
	if (!done)
		return -EFAULT;
	return done;
}

/* The chunk that holds an index, the offset in it, and how many of *len bytes are in it. */
static __always_inline struct page *mydev_ring_span(const struct mydev_ring_mem *mem, u32 index,
						    u32 *offset, u32 *len)
{
	u32 at = index & (mem->size - 1);

	*offset = at & (BIT(mem->shift) - 1);
	*len = min_t(u32, *len, BIT(mem->shift) - *offset);
	return mem->chunks[at >> mem->shift];
}

/*
 * The kernel copies, and KCSAN does not follow it there: what the copy is about to touch is told
 * here, a page at a time, since it watches no more at once. The pages are not of high memory.
 */
static __always_inline void mydev_ring_touches(struct page *page, u32 offset, u32 len, bool writes)
{
	for (u32 n; IS_ENABLED(CONFIG_KCSAN) && len; offset += n, len -= n) {
		n = min_t(u32, len, PAGE_SIZE - offset_in_page(offset));
		if (writes)
			kcsan_check_write(page_address(page) + offset, n);
		else
			kcsan_check_read(page_address(page) + offset, n);
	}
}

/* Moves the tail forward until len bytes fit; returns the bytes lost by that. */
static u32 mydev_ring_make_room(struct mydev_ring *ring, u32 len)
{
	/* Pairs with the consumer's release: it is done with the bytes before the tail. */
	u32 tail = smp_load_acquire(&ring->tail);

	for (;;) {
		u32 used = ring->head - tail;
		u32 over;

		if (ring->mem.size - used >= len)
			return 0;
		over = len - (ring->mem.size - used);
		/* Full barrier: the new tail is seen before the bytes behind it change. */
		if (try_cmpxchg(&ring->tail, &tail, tail + over))
			return over;
	}
}

static void mydev_ring_store(struct mydev_ring *ring, const void *data, u32 len)
{
	u32 head = ring->head, end = head + len;

	while (head != end) {
		u32 offset, n = end - head;
		struct page *page = mydev_ring_span(&ring->mem, head, &offset, &n);

		n = min_t(u32, n, PAGE_SIZE - offset_in_page(offset));
		mydev_ring_touches(page, offset, n, true);
		memcpy_to_page(page + (offset >> PAGE_SHIFT), offset_in_page(offset), data, n);
		data += n;
		head += n;
	}
	/* Pairs with the acquire of the head: the bytes are there before the index says so. */
	smp_store_release(&ring->head, head);
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
		if (len > ring->mem.size) {
			dropped = len - ring->mem.size;
			data += dropped;
			len = ring->mem.size;
		}
		dropped += mydev_ring_make_room(ring, len);
		break;
	}
	mydev_ring_store(ring, data, len);
	ring->put_bytes += offered;
	ring->put_lost += dropped;
	*lost += dropped;
	return offered;
}

/* As many of len bytes as can be copied without a page fault. */
static __always_inline u32 mydev_ring_store_iter(struct mydev_ring *ring, struct iov_iter *from,
						 u32 len)
{
	u32 head = ring->head, end = head + len, done;

	while (head != end) {
		u32 offset, n = end - head, copied;
		struct page *page = mydev_ring_span(&ring->mem, head, &offset, &n);

		mydev_ring_touches(page, offset, n, true);
		copied = copy_page_from_iter(page, offset, n, from);
		head += copied;
		if (unlikely(copied != n))
			break;
	}
	done = head - ring->head;
	/* Pairs with the acquire of the head: the bytes are there before the index says so. */
	smp_store_release(&ring->head, head);
	ring->put_bytes += done;
	return done;
}

static ssize_t mydev_ring_put_iter_lossy(struct mydev_ring *ring, struct iov_iter *from, u64 *lost)
{
	size_t count = iov_iter_count(from);
	u32 len = min_t(size_t, count, ring->mem.size);
	u32 gone, done;

	if (ring->policy == MYDEV_RX_POLICY_OVERWRITE) {
		gone = mydev_ring_make_room(ring, len);
		ring->put_lost += gone;
		*lost += gone;
		done = mydev_ring_store_iter(ring, from, len);
		return mydev_ring_copied(done);
	}

	len = min(len, mydev_ring_room(ring));
	done = mydev_ring_store_iter(ring, from, len);
	if (done < len)
		return mydev_ring_copied(done);
	/* The ring is full: the device sends the rest into the void. */
	gone = min_t(size_t, count - done, ring->mem.size);
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
	return mydev_ring_copied(done);
}

static __always_inline u32 mydev_ring_load_iter(struct mydev_ring *ring, struct iov_iter *to,
						u32 tail, u32 len)
{
	u32 at = tail, end = tail + len;

	while (at != end) {
		u32 offset, n = end - at, copied;
		struct page *page = mydev_ring_span(&ring->mem, at, &offset, &n);

		/* An overwriting producer may be there, too; that is found out afterwards. */
		if (ring->policy != MYDEV_RX_POLICY_OVERWRITE)
			mydev_ring_touches(page, offset, n, false);
		copied = mydev_copy_page_to_iter(page, offset, n, to);
		at += copied;
		if (unlikely(copied != n))
			break;
	}
	return at - tail;
}

/* Gives up the oldest bytes so that an overwriting producer is some way behind the tail again. */
static void mydev_ring_give_up(struct mydev_ring *ring)
{
	u32 tail = READ_ONCE(ring->tail);
	u32 keep = ring->mem.size - MYDEV_RING_GIVE_UP(ring);
	u32 used = READ_ONCE(ring->head) - tail;

	/* A tail that moved meanwhile was moved forward: the aim is reached either way. */
	if (used > keep && cmpxchg(&ring->tail, tail, tail + used - keep) == tail)
		WRITE_ONCE(ring->got_lost, ring->got_lost + used - keep);
}

static ssize_t mydev_ring_get_iter_chased(struct mydev_ring *ring, struct iov_iter *to)
{
	size_t max = ring->mem.size;

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
			return mydev_ring_copied(done);
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
	return mydev_ring_copied(done);
}

u32 mydev_ring_clear(struct mydev_ring *ring)
{
	u32 used = ring->head - ring->tail;

	WRITE_ONCE(ring->tail, ring->head);
	ring->discarded += used;
	return used;
}

/*
 * Copies the bytes of indices from..to: an index stays what it is, only its place differs. Chased:
 * an overwriting producer may write there meanwhile, of which KCSAN is not told.
 */
static void mydev_ring_copy(const struct mydev_ring *ring, const struct mydev_ring_mem *mem,
			    u32 from, u32 to, bool chased)
{
	while (from != to) {
		u32 here, there, n = to - from;
		struct page *src = mydev_ring_span(&ring->mem, from, &here, &n);
		struct page *dst = mydev_ring_span(mem, from, &there, &n);

		n = min3(n, (u32)PAGE_SIZE - (u32)offset_in_page(here),
			 (u32)PAGE_SIZE - (u32)offset_in_page(there));
		if (!chased)
			mydev_ring_touches(src, here, n, false);
		mydev_ring_touches(dst, there, n, true);
		memcpy_page(dst + (there >> PAGE_SHIFT), offset_in_page(there),
			    src + (here >> PAGE_SHIFT), offset_in_page(here), n);
		from += n;
	}
}

u32 mydev_ring_resize_copy(struct mydev_ring *ring, const struct mydev_ring_mem *mem)
{
	u32 tail = READ_ONCE(ring->tail);
	/* Pairs with the release of the head: the bytes before it can be read. */
	u32 head = smp_load_acquire(&ring->head);

	if (head - tail > mem->size)
		return tail;
	/* An overwriting producer may be there; what it took is left out in the end. */
	mydev_ring_copy(ring, mem, tail, head, ring->policy == MYDEV_RX_POLICY_OVERWRITE);
	return head;
}

int mydev_ring_resize_rest(const struct mydev_ring *ring, const struct mydev_ring_mem *mem,
			   u32 copied)
{
	if (ring->head - ring->tail > mem->size)
		return -EBUSY;
	/* What was copied and lies before the tail by now was overwritten; nobody looks there. */
	if ((s32)(ring->tail - copied) > 0)
		copied = ring->tail;
	mydev_ring_copy(ring, mem, copied, ring->head, false);
	return 0;
}

void mydev_ring_resize_swap(struct mydev_ring *ring, struct mydev_ring_mem *mem)
{
	struct mydev_ring_mem old = ring->mem;

	ring->mem.chunks = mem->chunks;
	ring->mem.shift = mem->shift;
	/* Who only asks for room or fill holds neither side. */
	WRITE_ONCE(ring->mem.size, mem->size);
	*mem = old;
}
