/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resets devices that have faulted, as far as it is configured: through the node, for which the daemon needs its group
 * and no more. A device that faults again and again is given up, until somebody else gets it to run.
 */
#ifndef MYDEVD_RECOVERY_H
#define MYDEVD_RECOVERY_H

#include <systemd/sd-event.h>

#include "config.h"
#include "logger.h"

struct recovery;

/* Called when a device is given up; text is what the journal was told. */
typedef void (*recovery_given_up_fn)(const char *device, const char *text, void *userdata);

/* All of these outlive it. -errno */
int recovery_new(sd_event *event, struct logger *logger, struct mydev_client *client,
		 recovery_given_up_fn given_up, void *userdata, struct recovery **ret);
void recovery_free(struct recovery *recovery);

/* What holds from now on; outlives the recovery, or the next call. */
void recovery_configure(struct recovery *recovery, const struct config *config);

/* An event was recorded. Old ones do no harm: what counts is how the device is when its grace is over. */
void recovery_event(struct recovery *recovery, const struct mydev_event *event);

/* Devices that are given up at present. */
size_t recovery_count_given_up(const struct recovery *recovery);

/* The module was loaded anew: all devices are others. */
void recovery_forget(struct recovery *recovery);

/* Looks for devices that are faulted already. -errno of asking. */
int recovery_survey(struct recovery *recovery);

#endif
