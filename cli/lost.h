/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that are lost, as errors: every command that shows events ends with MYDEV_EXIT_STATUS_LOST
 * when some are missing among them.
 */
#ifndef MYDEVCTL_LOST_H
#define MYDEVCTL_LOST_H

#include "result.h"

/* Which are lost, for a document that has no place for the gap itself. -errno as result_fail(). */
int lost_fail_gap(struct result *res, const struct mydev_gap *gap);

/* That some are, at the end of a stream that had the gaps. -errno as result_fail(). */
int lost_fail_stream(struct result *res);

#endif
