// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list of points in time.
 */
#include "attempts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void attempts_clear(struct attempts *attempts)
{
	free(attempts->usec);
	*attempts = (struct attempts){};
}

void attempts_expire(struct attempts *attempts, uint64_t now_usec, uint64_t period_usec)
{
	size_t old = 0;

	while (old < attempts->n && now_usec - attempts->usec[old] >= period_usec)
		old++;
	if (!old)
		return;
	attempts->n -= old;
	memmove(attempts->usec, attempts->usec + old, attempts->n * sizeof(*attempts->usec));
}

int attempts_add(struct attempts *attempts, uint64_t now_usec)
{
	uint64_t *usec;

	usec = reallocarray(attempts->usec, attempts->n + 1, sizeof(*usec));
	if (!usec)
		return -ENOMEM;
	attempts->usec = usec;
	usec[attempts->n++] = now_usec;
	return 0;
}
