/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices to walk on, and looking at what operations have left behind; never with a fault.
 */
#ifndef MYDEV_TESTS_KERNEL_WALK_LOOK_H
#define MYDEV_TESTS_KERNEL_WALK_LOOK_H

#include <stddef.h>

#include "libmydev.h"

/*
 * How many entries of a folder begin with prefix and go on with a digit; none when there is no such
 * folder.
 */
int walk_count(const char *folder, const char *prefix, size_t *ret);

/*
 * That there are so many devices in sysfs, nodes, and answers of the family: 0, or what
 * walk_wrong() returns.
 */
int walk_expect_known(struct mydev_client *client, size_t expected);

/*
 * That there are so many platform devices of mydev_virt, so many of them bound, and as many devices
 * as are bound: the same.
 */
int walk_expect_devices(struct mydev_client *client, size_t made, size_t bound);

/* The device that has this parent; -ENODEV if there is none, -EIO if nobody can tell. */
int walk_find(struct mydev_client *client, const char *parent, uint32_t *ret);

/* All that an object has, in one line, but for what changes by itself; the caller's to free. */
int walk_text(const struct mydev_desc *desc, const void *obj, char **ret);

/* A device of mydev_virt. */
struct walk_device {
	struct mydev_client *client;
	uint32_t id;
	uint32_t rx_size; /* that it was made with */
	int node; /* opened so that nothing waits; -1 when it is not */
};

int walk_make_device(struct walk_device *dev, struct mydev_client *client, uint32_t rx_size);

int walk_open_node(struct walk_device *dev);
void walk_close_node(struct walk_device *dev);

/* The ring empty and of the size that it was made with, no fault, no watermark, counters at 0. */
int walk_restore(struct walk_device *dev, enum mydev_rx_policy policy);

/* What netlink tells of it. */
int walk_look(const struct walk_device *dev, struct mydev_dev *ret);

/* That so many files of it are open. */
int walk_expect_users(const struct walk_device *dev, uint32_t users);

/* The same as walk_text() has it. */
int walk_describe(const struct walk_device *dev, char **ret);

/* That it is as it was. */
int walk_expect_same(const struct walk_device *dev, const char *before);

/* A request that names a device. */
static inline struct mydev_dev walk_named(uint32_t id)
{
	struct mydev_dev dev = { .id = id };

	MYDEV_SET(&dev, DEV, ID);
	return dev;
}

#endif
