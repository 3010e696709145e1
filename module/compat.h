/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that mydev builds for (6.1.79 and later, which have guard()),
 * and nothing else. No other file looks at the kernel's version.
 */
#ifndef MYDEV_COMPAT_H
#define MYDEV_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/netlink.h>

/* 6.5 replaced the one by the other. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define copy_splice_read generic_file_splice_read
#endif

/*
 * Before 6.5, splice() handed an iterator down to which copy_page_to_iter() gives the page itself,
 * and not a copy of what is in it. A ring must not give its pages away.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
static inline size_t mydev_copy_page_to_iter(struct page *page, size_t offset, size_t bytes,
					     struct iov_iter *to)
{
	if (unlikely(iov_iter_is_pipe(to)))
		return copy_to_iter(page_address(page) + offset, bytes, to);
	return copy_page_to_iter(page, offset, bytes, to);
}
#else
#define mydev_copy_page_to_iter copy_page_to_iter
#endif

/* 6.13 sets a timer up with its function; 6.15 has no other way. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void mydev_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*fn)(struct hrtimer *),
				       clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#else
#define mydev_hrtimer_setup hrtimer_setup
#endif

/* 6.14 has the barrier in poll_wait(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
static inline void mydev_poll_wait(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	poll_wait(file, queue, table);
	/* Pairs with wq_has_sleeper(): it sees who waits, or he what makes the file ready. */
	smp_mb();
}
#else
#define mydev_poll_wait poll_wait
#endif

/* 6.10 lets __assign_str() find the source by itself. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define mydev_assign_str(dst, src) __assign_str(dst, src)
#else
#define mydev_assign_str(dst, src) __assign_str(dst)
#endif

/*
 * 6.7 brought integers of variable width (NLA_UINT): 32 bits where the value fits, 64 where not.
 * Before, a length of 4 to 8 is the closest that a policy can say, and mydev_nla_get_uint() refuses
 * what is in between.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define MYDEV_NLA_POLICY_UINT NLA_POLICY_RANGE(NLA_BINARY, sizeof(u32), sizeof(u64))

static inline int mydev_nla_put_uint(struct sk_buff *skb, int attr, u64 value)
{
	u32 small = value;

	if (small == value)
		return nla_put_u32(skb, attr, small);
	return nla_put(skb, attr, sizeof(value), &value);
}
#else
#define MYDEV_NLA_POLICY_UINT    \
	{                        \
		.type = NLA_UINT \
	}
#define mydev_nla_put_uint nla_put_uint
#endif

static inline int mydev_nla_get_uint(const struct nlattr *nla, u64 *value)
{
	switch (nla_len(nla)) {
	case sizeof(u32):
		*value = nla_get_u32(nla);
		return 0;
	case sizeof(u64):
		*value = nla_get_u64(nla);
		return 0;
	default:
		return -EINVAL;
	}
}

/* 6.6 gave it the name by which the rest of genetlink goes. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define genl_info_dump genl_dumpit_info
#endif

#endif
