/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points in time as people write them, and as they read them. All in microseconds.
 */
#ifndef MYDEVCTL_WHEN_H
#define MYDEVCTL_WHEN_H

#include <stdint.h>
#include <time.h>

#include "span.h"

/*
 * A point in local time, since the Unix epoch: "2026-11-23 06:00[:00]", "2026-11-23", "06:00[:00]"
 * (today), "@SECONDS", "now", "today", "yesterday", or a span before now: "-1h", "1h ago". -EINVAL,
 * -ERANGE.
 */
int when_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec);

uint64_t when_now(clockid_t clock);

/*
 * The point in time, since the Unix epoch, at which CLOCK_BOOTTIME showed boot_usec in this boot.
 */
uint64_t when_in_boot(uint64_t boot_usec);

/* "2026-11-23 06:00:00.123" in local time. NULL: no memory. */
char *when_format(uint64_t usec);

/* "2026-11-23T05:00:00.123Z", for programs: always in UTC. NULL: no memory. */
char *when_format_exact(uint64_t usec);

/* Back from that. -EINVAL */
int when_parse_exact(const char *text, uint64_t *ret_usec);

#endif
