/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop of a command that waits: a descriptor, a limit of time, and Ctrl-C where that must
 * not end the program.
 */
#ifndef MYDEVCTL_LOOP_H
#define MYDEVCTL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"

struct loop;

/* How a loop ends that did not fail. */
enum loop_end {
	LOOP_DONE = 1, /* a callback said so */
	LOOP_TIMED_OUT, /* the time is over; -ETIMEDOUT is somebody else's failure */
};

/*
 * Called when the descriptor is readable. 0: go on; LOOP_DONE or -errno ends the loop and is what
 * loop_run() returns.
 */
typedef int (*loop_fn)(void *userdata);

/* with_signals: SIGINT, SIGTERM, SIGHUP and SIGQUIT, which must be blocked, end the loop. */
int loop_new(struct loop **ret, bool with_signals);
void loop_free(struct loop *loop);

MYDEV_DEFINE_CLEANUP(struct loop *, loop_free);

int loop_add(struct loop *loop, int fd, loop_fn fn, void *userdata);

#define LOOP_FOREVER UINT64_MAX

/*
 * Until a callback ends it (what that returned), a signal (-EINTR), the time (LOOP_TIMED_OUT) or
 * nobody reading standard output (-EPIPE, wait.h).
 */
int loop_run(struct loop *loop, uint64_t timeout_usec);

#endif
