/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that measure share: the clock, batches, reporting. It knows nothing of what is
 * measured, nor whether the clock counts instructions or nanoseconds: that is for who booted the
 * guest to know.
 */
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <error.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/*
 * A batch is as many operations as take this long; the result is the median of the batches, which a
 * daemon that woke up meanwhile does not shift. The timer ticks in every batch alike.
 */
#define BENCH_BATCH_NS 8000000
#define BENCH_BATCHES 9

/* Ends the program: a number that could not be had must not be missed. */
#define die(...) error(EXIT_FAILURE, errno, __VA_ARGS__)

static inline uint64_t bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Does the operation n times. */
typedef void (*bench_fn)(void *subject, uint64_t n);

static inline uint64_t bench_time(bench_fn fn, void *subject, uint64_t n)
{
	uint64_t start = bench_now();

	fn(subject, n);
	return bench_now() - start;
}

/* The cost of one operation. */
static inline double bench_measure(bench_fn fn, void *subject)
{
	double costs[BENCH_BATCHES];
	uint64_t n = 1, took;

	/* Also warms everything up. */
	while ((took = bench_time(fn, subject, n)) < BENCH_BATCH_NS / 4)
		n *= 2;
	n = n * BENCH_BATCH_NS / took + 1;
	for (int i = 0; i < BENCH_BATCHES; i++)
		costs[i] = (double)bench_time(fn, subject, n) / (double)n;
	qsort(costs, BENCH_BATCHES, sizeof(*costs), bench_compare);
	return costs[BENCH_BATCHES / 2];
}

/* One measurement a line, as JSON; size is a block size or a number of things. */
static inline void bench_report(const char *subject, const char *peer, uint64_t size, double value)
{
	printf("{\"subject\": \"%s\", \"peer\": \"%s\", \"size\": %" PRIu64 ", \"value\": %.3f}\n",
	       subject, peer, size, value);
	fflush(stdout);
}

/* fork(), but the child does not outlive the parent. */
static inline pid_t bench_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

#endif
