/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the programs that are configured for events, beside the loop. Of each hook one run at a time, in the order of the
 * events; what comes meanwhile waits, up to a limit.
 */
#ifndef MYDEVD_HOOKS_H
#define MYDEVD_HOOKS_H

#include <systemd/sd-event.h>

#include "config.h"
#include "entry.h"
#include "logger.h"

struct hooks;

/* Both outlive it. SIGCHLD must be blocked. -errno */
int hooks_new(sd_event *event, struct logger *logger, struct hooks **ret);

/* Ends what runs, and waits for nothing. */
void hooks_free(struct hooks *hooks);

/* What holds from now on; outlives the hooks, or the next call. What waits is run by the old configuration. */
void hooks_configure(struct hooks *hooks, const struct config *config);

/* A device was given up by the recovery, in these words. -ENOMEM */
int hooks_given_up(struct hooks *hooks, const char *device, const char *text);

/* An event was recorded: runs what there is for it, with the entry's fields as the environment. -ENOMEM */
int hooks_event(struct hooks *hooks, const struct mydev_event *event, const struct entry *entry);

#endif
