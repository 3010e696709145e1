/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One device that a command line names: which it is, its node, and why that cannot be used.
 */
#ifndef MYDEVCTL_DEVICE_H
#define MYDEVCTL_DEVICE_H

#include "context.h"

/* Whether the text is the number of a device, by its form, and no name. */
bool device_is_number(const char *text);

/* Adds to obj which device is meant. -ENODEV: there can be none of that name. */
int device_identify(const char *text, struct mydev_dev *obj);

/* What is done to each of the devices that a command line names. */
struct device_action {
	/* want: the device, and what the caller says of it. 0, or why not (-errno), which is told. */
	int (*request)(struct mydev_client *client, const struct mydev_dev *want, void *userdata);
	/* Adds what the request brought. -errno: there is no use to go on. */
	int (*add)(struct result *res, void *userdata);
};

/*
 * Does it to each DEV of the invocation, whatever becomes of the others, until Ctrl-C. want: what all
 * requests have in common, without a device. -errno: it could not go on.
 */
int device_each(struct context *ctx, const struct invocation *inv, struct result *res,
		const struct device_action *action, struct mydev_dev *want, void *userdata);

/* *ret must be empty. A failure is told to res, and -errno returned. */
int device_get(struct context *ctx, struct result *res, const char *text, struct mydev_dev *ret);

/*
 * Opens the node, non-blocking; flags: O_RDONLY or O_WRONLY. The caller's to close. A failure is
 * told to res, and -errno returned.
 */
int device_open(struct context *ctx, struct result *res, const struct mydev_dev *dev, int flags);

/* Why it is faulted, with the text that came with it: "overheat (fan 2 stands still)". -ENOMEM. */
int device_describe_fault(const struct mydev_dev *dev, char **ret);

/* Tells res that the node answered err (-errno) to reading or writing. As result_fail(). */
int device_fail(struct context *ctx, struct result *res, const struct mydev_dev *dev, int err);

#endif
