/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the service manager's watchdog quiet, as long as there is proof that the daemon does its work.
 */
#ifndef MYDEVD_WATCHDOG_H
#define MYDEVD_WATCHDOG_H

#include <systemd/sd-event.h>

/* 0 when the daemon does its work, else -errno: nothing is told to the service manager then. */
typedef int (*watchdog_proof_fn)(void *userdata);

/*
 * Asks for proof twice in the time that the service manager gives. 1 and the event source, the caller's to unref; 0 and
 * NULL when the service manager wants no watchdog; -errno.
 */
int watchdog_start(sd_event *event, watchdog_proof_fn proof, void *userdata, sd_event_source **ret);

#endif
