/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways in which a device that sends back what is written to it can be broken, so that what finds it
 * out can be tried.
 */
#ifndef MYDEV_DEFECT_H
#define MYDEV_DEFECT_H

#include <linux/types.h>

struct iov_iter;
struct mydev;

/**
 * enum mydev_defect - what becomes of a block of up to 64 bytes
 * @MYDEV_DEFECT_NONE: it comes back
 * @MYDEV_DEFECT_CORRUPT: a bit of its last byte is wrong
 * @MYDEV_DEFECT_LOSE: its last byte is missing
 * @MYDEV_DEFECT_DOUBLE: its last byte comes back twice
 * @MYDEV_DEFECT_STALL: nothing comes back
 * @MYDEV_DEFECT_FAIL: it is not taken, with EIO
 */
enum mydev_defect {
	MYDEV_DEFECT_NONE,
	MYDEV_DEFECT_CORRUPT,
	MYDEV_DEFECT_LOSE,
	MYDEV_DEFECT_DOUBLE,
	MYDEV_DEFECT_STALL,
	MYDEV_DEFECT_FAIL,
};

/* The defect of that name; -EINVAL when there is none. */
int mydev_defect_parse(const char *name, enum mydev_defect *ret);

/* As @write of struct mydev_ops. */
ssize_t mydev_defect_write(struct mydev *mdev, enum mydev_defect defect, struct iov_iter *from);

#endif
