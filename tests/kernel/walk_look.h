/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at what operations have left behind, never with a fault.
 */
#ifndef MYDEV_TESTS_KERNEL_WALK_LOOK_H
#define MYDEV_TESTS_KERNEL_WALK_LOOK_H

#include <stddef.h>

#include "libmydev.h"

/* How many entries of a folder begin with prefix and go on with a digit; none when there is no such folder. */
int walk_count(const char *folder, const char *prefix, size_t *ret);

/*
 * That there are so many platform devices of mydev_virt, so many of them bound, and as many devices, nodes and answers of
 * the family as are bound: 0, or what walk_wrong() returns.
 */
int walk_expect_devices(struct mydev_client *client, size_t made, size_t bound);

/* All that an object has, in one line, but for what changes by itself; the caller's to free. */
int walk_text(const struct mydev_desc *desc, const void *obj, char **ret);

/* The same of a device, as it is now. */
int walk_describe(struct mydev_client *client, uint32_t id, char **ret);

/* That it is as it was. */
int walk_expect_same(struct mydev_client *client, uint32_t id, const char *before);

/* A request that names a device. */
static inline struct mydev_dev walk_named(uint32_t id)
{
	struct mydev_dev dev = { .id = id };

	MYDEV_SET(&dev, DEV, ID);
	return dev;
}

/* Makes a device of mydev_virt with that ring; *ret_node is its node, opened so that nothing waits. */
int walk_make_device(struct mydev_client *client, uint32_t rx_size, uint32_t *ret_id,
		     int *ret_node);

#endif
