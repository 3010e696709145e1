/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's extended acknowledgement: why it refused a request, in its words. Private to libmydev. Decodes bytes
 * that are already there; nothing here talks to the kernel.
 */
#ifndef MYDEV_EXTACK_H
#define MYDEV_EXTACK_H

#include <linux/netlink.h>

#include "field.h"

/*
 * The kernel's verdict in an NLMSG_ERROR or NLMSG_DONE message that lies whole in its buffer: 0 or -errno as the kernel
 * gave it. -EPROTO when there is none that makes sense.
 */
int mydev_extack_error(const struct nlmsghdr *reply);

/*
 * The words that came with it, as "rx-size: must be a power of two", with the limits where the kernel tells them; NULL
 * when there are none (or no memory). request is the message as it was sent, desc the object whose attributes are in it
 * (NULL: none). The text is the caller's to free.
 */
char *mydev_extack_text(const struct nlmsghdr *reply, const struct nlmsghdr *request,
			const struct mydev_desc *desc);

#endif
