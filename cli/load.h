/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device did between two looks at it.
 */
#ifndef MYDEVCTL_LOAD_H
#define MYDEVCTL_LOAD_H

#include "libmydev.h"
#include "objects_gen.h"

/*
 * before: the device at the beginning of the span, which must have been longer than nothing; NULL:
 * it was not there. *ret must be empty, and is the caller's to clear. -ENOMEM.
 */
int load_measure(const struct mydev_dev *before, const struct mydev_dev *now, uint64_t span_usec,
		 struct mydev_load *ret);

/*
 * As qsort() wants it: by the fields that columns names, NULL-terminated, numbers from the largest
 * on, all else from the smallest. NULL columns: all are the same.
 */
int load_compare(const struct mydev_load *a, const struct mydev_load *b, char **columns);

#endif
