/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel tells of the calls of a task (KCOV, Documentation/dev-tools/kcov.rst): the points in mydev's modules that
 * they passed, or the comparisons that were made there. Only the modules are built for it (module/Kbuild), so every point
 * is one of theirs.
 */
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

enum trace {
	TRACE_NOTHING,
	TRACE_POINTS,
	TRACE_COMPARISONS,
};

/* Of a task; a program has TASKS of them. */
struct coverage {
	int fd;
	uint64_t *area; /* shared with the kernel; NULL where nothing can be traced */
};

/* A set of points. */
#define POINTS_SLOTS 16384

struct points {
	uint64_t slots[POINTS_SLOTS];
	size_t n;
};

/* 0 or -errno; -ENOENT: this kernel does not tell. */
int coverage_open(struct coverage *coverage);

/* Around what is to be traced, in the task that does it. */
int coverage_begin(const struct coverage *coverage, enum trace trace);
int coverage_end(const struct coverage *coverage);

/* Of none of a program's tasks is anything traced yet. */
void coverage_clear(const struct coverage *coverage);

/* Of what was traced last of a program, the points that are not known; returns how many. */
size_t coverage_fresh(const struct coverage *coverage, const struct points *known,
		      struct points *fresh);

/* Whether what was traced last passed all of them. */
bool coverage_has_all(const struct coverage *coverage, const struct points *wanted);

/* Whether it was not among them. */
bool points_add(struct points *points, uint64_t point);
bool points_have(const struct points *points, uint64_t point);
void points_add_all(struct points *points, const struct points *more);

/* A value of a caller, and the constant in the module that it was compared with. */
struct comparison {
	uint64_t value, constant;
	uint64_t site; /* where */
};

/* Of what was traced last, those where the two differ, without repetition; at most max. Returns how many. */
size_t coverage_comparisons(const struct coverage *coverage, struct comparison *ret, size_t max);

#endif
