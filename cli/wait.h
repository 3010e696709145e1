/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for one descriptor at a time, where a command goes step by step; loop.h is for those that
 * are called back.
 */
#ifndef MYDEVCTL_WAIT_H
#define MYDEVCTL_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#define WAIT_FOREVER UINT64_MAX

struct pollfd;

/*
 * Whether nobody reads standard output any more, where that can be told (a pipe, a socket): who
 * waits for something to write would do so for nobody. out: of poll() without events. As writing
 * would, it ends the program by SIGPIPE; -EPIPE if that is ignored.
 */
int wait_output_gone(const struct pollfd *out);

/*
 * The deadline that is usec from now, in microseconds of CLOCK_BOOTTIME; WAIT_FOREVER if that is
 * never.
 */
uint64_t wait_deadline(uint64_t usec);

bool wait_is_over(uint64_t deadline_usec);

/*
 * Until fd is ready for events (of poll(), or in error). -ETIMEDOUT at the deadline, which may be
 * over. with_signals: -EINTR when SIGINT, SIGTERM, SIGHUP or SIGQUIT, which must be blocked, has
 * come, also when fd is ready; SIGINT is then dealt with, the others stay pending for whoever is to
 * end. -EPIPE as of wait_output_gone().
 */
int wait_ready(int fd, short events, uint64_t deadline_usec, bool with_signals);

#endif
