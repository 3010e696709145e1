/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The user-space interface of mydev: the ioctls of a device node here, the generic netlink family
 * in the header that is generated from the spec. mydev(4) describes the node's behaviour.
 */
#ifndef _UAPI_LINUX_MYDEV_H
#define _UAPI_LINUX_MYDEV_H

#include <linux/ioctl.h>
#include <linux/mydev_netlink.h>

#define MYDEV_IOC_MAGIC 'M'

/*
 * Resets the device: buffered data and a fault are cleared. Needs a descriptor open for writing
 * (EBADF).
 */
#define MYDEV_IOC_RESET _IO(MYDEV_IOC_MAGIC, 0)

/*
 * Stores the state of the device, an enum mydev_dev_state, in the int that the argument points to.
 */
#define MYDEV_IOC_STATUS _IOR(MYDEV_IOC_MAGIC, 1, int)

#endif
