// SPDX-License-Identifier: GPL-2.0-only
/*
 * peak COMMAND [ARGUMENT]...: runs a command, its output to nowhere, and prints its peak memory in
 * bytes. A program of its own because what one begins with is what execve() found in its place: it
 * is small.
 */

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		error(2, 0, "usage: peak COMMAND [ARGUMENT]...");
	pid = bench_fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			die("/dev/null");
		execvp(argv[1], argv + 1);
		die("%s", argv[1]);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		die("wait4");
	if (status)
		error(EXIT_FAILURE, 0, "%s failed", argv[1]);
	printf("%ld\n", usage.ru_maxrss * 1024);
	return 0;
}
