// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdog. sd_event_set_watchdog() would not do: it proves that the loop turns, not that the kernel answers.
 */
#include "watchdog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

struct watchdog {
	watchdog_proof_fn proof;
	void *userdata;
	uint64_t interval_us;
};

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watchdog *w = userdata;
	int r;

	if (w->proof(w->userdata) >= 0)
		sd_notify(false, "WATCHDOG=1");
	r = sd_event_source_set_time_relative(source, w->interval_us);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void watchdog_free(void *userdata)
{
	free(userdata);
}

int watchdog_start(sd_event *event, watchdog_proof_fn proof, void *userdata, sd_event_source **ret)
{
	struct watchdog *w;
	uint64_t limit_us;
	int r;

	*ret = NULL;
	r = sd_watchdog_enabled(false, &limit_us);
	if (r <= 0)
		return r;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct watchdog){ proof, userdata, limit_us / 2 };
	r = sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, w->interval_us, 0, on_time, w);
	if (r < 0) {
		free(w);
		return r;
	}
	sd_event_source_set_destroy_callback(*ret, watchdog_free);
	sd_event_source_set_exit_on_failure(*ret, true);
	return 1;
}
