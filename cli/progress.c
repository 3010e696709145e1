// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line is written over and over.
 */

#include <inttypes.h>

#include "cleanup.h"
#include "format.h"
#include "progress.h"
#include "span.h"
#include "when.h"

#define PATIENCE_USEC (USEC_PER_SEC / 2) /* what takes less needs no progress */
#define PERIOD_USEC (USEC_PER_SEC / 5)

#define CLEAR_LINE "\r\x1b[K"

static void write_line(FILE *terminal, uint64_t done, uint64_t total)
{
	_cleanup_free_ char *so_much = NULL, *of = NULL;

	if (mydev_format_bytes(done, false, &so_much) < 0 ||
	    mydev_format_bytes(total, false, &of) < 0)
		return;
	fprintf(terminal, CLEAR_LINE "%s", so_much);
	if (total)
		fprintf(terminal, " of %s, %.0f %%", of, (double)done * 100 / (double)total);
	fflush(terminal);
}

void progress_show(struct progress *p, FILE *terminal, uint64_t done, uint64_t total)
{
	uint64_t now = when_now(CLOCK_MONOTONIC);

	if (!p->due_usec)
		p->due_usec = now + PATIENCE_USEC;
	if (now < p->due_usec)
		return;
	p->due_usec = now + PERIOD_USEC;
	p->shown = true;
	write_line(terminal, done, total);
}

void progress_hide(struct progress *p, FILE *terminal)
{
	if (p->shown)
		fputs(CLEAR_LINE, terminal);
	p->shown = false;
}
