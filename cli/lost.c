// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events that are lost, as errors.
 */

#include <inttypes.h>

#include "libmydev.h"
#include "lost.h"
#include "scoped.h"

#define LONGER_LOG "a longer event log keeps more: parameter event_log of the module mydev"

int lost_fail_gap(struct result *res, const struct mydev_gap *gap)
{
	_scoped_(error) struct mydev_error error = {};

	if (!MYDEV_HAS(gap, GAP, GAP_LAST))
		error_set(&error, MYDEV_EXIT_STATUS_LOST, 0,
			  "events from %" PRIu64 " on, if any, are lost", gap->gap_first);
	else if (gap->gap_first == gap->gap_last)
		error_set(&error, MYDEV_EXIT_STATUS_LOST, 0, "event %" PRIu64 " is lost",
			  gap->gap_first);
	else
		error_set(&error, MYDEV_EXIT_STATUS_LOST, 0,
			  "events %" PRIu64 " to %" PRIu64 " are lost", gap->gap_first,
			  gap->gap_last);
	if (MYDEV_HAS(gap, GAP, GAP_LAST))
		error_set_cure(&error, LONGER_LOG);
	return result_fail(res, &error);
}

int lost_fail_stream(struct result *res)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_LOST, 0, "events were lost, see the gap records");
	error_set_cure(&error, LONGER_LOG);
	return result_fail(res, &error);
}
