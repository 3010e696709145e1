// SPDX-License-Identifier: GPL-2.0-only
/*
 * KCOV: see coverage.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kcov.h>

#include "cleanup.h"
#include "coverage.h"

#define AREA_WORDS (256ul * 1024)
/* As in linux/kcov.h, which does not have it for user space. */
#define COMPARISON_IS_CONST 1
#define COMPARISON_WORDS 4

int coverage_open(struct coverage *coverage)
{
	_cleanup_close_ int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	void *area;

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, AREA_WORDS) < 0)
		return -errno;
	area = mmap(NULL, AREA_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area == MAP_FAILED)
		return -errno;
	*coverage = (struct coverage){ .fd = MYDEV_TAKE_FD(fd), .area = area };
	return 0;
}

int coverage_begin(const struct coverage *coverage, enum trace trace)
{
	unsigned long mode = trace == TRACE_COMPARISONS ? KCOV_TRACE_CMP : KCOV_TRACE_PC;

	if (!coverage->area || trace == TRACE_NOTHING)
		return 0;
	if (ioctl(coverage->fd, KCOV_ENABLE, mode) < 0)
		return -errno;
	/* Not what this call itself passed. */
	__atomic_store_n(&coverage->area[0], 0, __ATOMIC_RELAXED);
	return 1;
}

int coverage_end(const struct coverage *coverage)
{
	return ioctl(coverage->fd, KCOV_DISABLE, 0) < 0 ? -errno : 0;
}

void coverage_clear(const struct coverage *coverage)
{
	for (size_t i = 0; i < TASKS && coverage[i].area; i++)
		coverage[i].area[0] = 0;
}

/* ---- Points ---- */

static size_t slot_of(const struct points *points, uint64_t point)
{
	size_t slot = (point * 0x9e3779b97f4a7c15u >> 32) % POINTS_SLOTS;

	while (points->slots[slot] && points->slots[slot] != point)
		slot = (slot + 1) % POINTS_SLOTS;
	return slot;
}

bool points_have(const struct points *points, uint64_t point)
{
	return points->slots[slot_of(points, point)];
}

/* One slot stays empty, for which whoever looks for a point stops. */
bool points_add(struct points *points, uint64_t point)
{
	size_t slot = slot_of(points, point);

	if (points->slots[slot] || points->n == POINTS_SLOTS - 1)
		return false;
	points->slots[slot] = point;
	points->n++;
	return true;
}

void points_add_all(struct points *points, const struct points *more)
{
	for (size_t i = 0; i < POINTS_SLOTS; i++)
		if (more->slots[i])
			points_add(points, more->slots[i]);
}

static void traced_points(const struct coverage *coverage, const struct points *known,
			  struct points *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t task = 0; task < TASKS; task++) {
		const uint64_t *area = coverage[task].area;

		for (uint64_t i = 1; i <= area[0]; i++)
			if (!known || !points_have(known, area[i]))
				points_add(ret, area[i]);
	}
}

size_t coverage_fresh(const struct coverage *coverage, const struct points *known,
		      struct points *fresh)
{
	traced_points(coverage, known, fresh);
	return fresh->n;
}

bool coverage_has_all(const struct coverage *coverage, const struct points *wanted)
{
	static struct points traced;

	traced_points(coverage, NULL, &traced);
	for (size_t i = 0; i < POINTS_SLOTS; i++)
		if (wanted->slots[i] && !points_have(&traced, wanted->slots[i]))
			return false;
	return true;
}

/* ---- Comparisons ---- */

static bool is_new(const struct comparison *found, size_t n, const struct comparison *one)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].value == one->value && found[i].constant == one->constant)
			return false;
	return true;
}

/* Adds those of a task to the n that there are. */
static size_t add_comparisons(const uint64_t *area, struct comparison *ret, size_t n, size_t max)
{
	for (uint64_t i = 0; i < area[0] && n < max; i++) {
		const uint64_t *words = &area[1 + i * COMPARISON_WORDS];
		struct comparison one = { .constant = words[1],
					  .value = words[2],
					  .site = words[3] };

		if (words[0] & COMPARISON_IS_CONST && one.value != one.constant &&
		    is_new(ret, n, &one))
			ret[n++] = one;
	}
	return n;
}

size_t coverage_comparisons(const struct coverage *coverage, struct comparison *ret, size_t max)
{
	size_t n = 0;

	for (size_t task = 0; task < TASKS; task++)
		n = add_comparisons(coverage[task].area, ret, n, max);
	return n;
}
