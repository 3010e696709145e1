// SPDX-License-Identifier: GPL-2.0-only
/*
 * start COMMAND [ARGUMENT]...: runs a command, its output to nowhere, and prints what it takes from
 * fork() to its end: the median of some runs, after some that warm up. A program of its own because
 * what is forked is small.
 */

#include <fcntl.h>
#include <sys/wait.h>

#include "bench.h"

#define WARM_UPS 2

static void run(char **command)
{
	int status, null;
	pid_t pid;

	pid = bench_fork();
	if (!pid) {
		null = open("/dev/null", O_WRONLY);
		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			die("/dev/null");
		execvp(command[0], command);
		die("%s", command[0]);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (status)
		error(EXIT_FAILURE, 0, "%s failed", command[0]);
}

int main(int argc, char **argv)
{
	double costs[BENCH_BATCHES];

	if (argc < 2)
		error(2, 0, "usage: start COMMAND [ARGUMENT]...");
	for (int i = -WARM_UPS; i < BENCH_BATCHES; i++) {
		uint64_t start = bench_now();

		run(argv + 1);
		if (i >= 0)
			costs[i] = (double)(bench_now() - start);
	}
	qsort(costs, BENCH_BATCHES, sizeof(*costs), bench_compare);
	printf("%.0f\n", costs[BENCH_BATCHES / 2]);
	return 0;
}
