// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks back over the newest records. The newest is not always the one with the highest number: what journald lost is
 * put on record again later.
 */
#include "resume.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

MYDEV_DEFINE_CLEANUP(struct own *, own_free);

/* So many records are looked at: a daemon before had journald's queue ahead of it, and no more. */
#define RECORDS_MAX 2048

struct ranges {
	struct own_record *ranges;
	size_t n;
};

static void ranges_clear(struct ranges *ranges)
{
	free(ranges->ranges);
}

static int add(struct ranges *ranges, const struct own_record *range)
{
	struct own_record *more;

	more = reallocarray(ranges->ranges, ranges->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	ranges->ranges = more;
	more[ranges->n++] = *range;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct own_record *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* The holes between records, sorted by their numbers, from a number on. */
static int find_holes(struct ranges *known, uint64_t from, struct ranges *holes)
{
	uint64_t last;
	int r = 0;

	if (!known->n)
		return 0;
	qsort(known->ranges, known->n, sizeof(*known->ranges), by_first);
	last = known->ranges[0].last;
	for (size_t i = 1; i < known->n && r == 0; i++) {
		struct own_record hole = known->ranges[i];

		hole.gap = false;
		hole.last = hole.first - 1;
		hole.first = last + 1;
		if (last < hole.last && last != MYDEV_SEQ_UNKNOWN && hole.first >= from)
			r = add(holes, &hole);
		if (known->ranges[i].last > last)
			last = known->ranges[i].last;
	}
	return r;
}

int resume_find(const char *epoch, uint64_t newest, struct resume_point *ret)
{
	_cleanup_(ranges_clear) struct ranges known = {}, holes = {};
	_cleanup_(own_free_p) struct own *own = NULL;
	struct resume_point point = {};
	struct own_record record;
	uint64_t from = 0;
	int r;

	r = own_open(epoch, &own);
	if (r >= 0)
		r = own_seek_tail(own);
	if (r < 0)
		return r;
	while (known.n < RECORDS_MAX && (r = own_previous(own, &record)) > 0) {
		/* Not the daemon's: its user may run other programs, hooks for instance. */
		if (record.first > newest ||
		    (record.last != MYDEV_SEQ_UNKNOWN && record.last > newest))
			continue;
		if (record.last != MYDEV_SEQ_UNKNOWN && record.last > point.seq)
			point.seq = record.last;
		r = add(&known, &record);
		if (r < 0)
			break;
		from = record.first;
	}
	/* What is before the last one that was looked at may be on record. */
	if (r >= 0)
		r = find_holes(&known, known.n == RECORDS_MAX ? from : 0, &holes);
	if (r < 0)
		return r;
	point.found = known.n || !own_is_empty(own);
	point.holes = MYDEV_TAKE(holes.ranges);
	point.n_holes = holes.n;
	*ret = point;
	return 0;
}

void resume_clear(struct resume_point *point)
{
	free(point->holes);
	*point = (struct resume_point){};
}
