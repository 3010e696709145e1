/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spans of time as people write them, in microseconds.
 */
#ifndef MYDEV_SPAN_H
#define MYDEV_SPAN_H

#include <stdint.h>

#define USEC_PER_SEC UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

/*
 * One or more numbers with a unit each (us ms s min h d w, or their English names), "1h 30min",
 * "2.5s"; a number without unit is in seconds. -EINVAL, -ERANGE.
 */
int mydev_span_parse(const char *text, uint64_t *ret_usec);

#endif
