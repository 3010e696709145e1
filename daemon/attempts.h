/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often something was tried within a time. Pure.
 */
#ifndef MYDEVD_ATTEMPTS_H
#define MYDEVD_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of zeros: nothing was tried yet. */
struct attempts {
	uint64_t *usec; /* when, the oldest first */
	size_t n;
};

void attempts_clear(struct attempts *attempts);

/* Forgets what is older than the period. */
void attempts_expire(struct attempts *attempts, uint64_t now_usec, uint64_t period_usec);

/* Notes one more. -ENOMEM */
int attempts_add(struct attempts *attempts, uint64_t now_usec);

#endif
