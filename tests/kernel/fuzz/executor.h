/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that executes programs, as another user if wanted: whatever they do to a process is done to that one, and it
 * can be seen to hang.
 */
#ifndef FUZZ_EXECUTOR_H
#define FUZZ_EXECUTOR_H

#include <stdint.h>
#include <sys/types.h>

#include "calls.h"
#include "coverage.h"
#include "fixture.h"
#include "program.h"

/* Shared with the process. */
struct executor_shared {
	struct program program;
	long results[PROGRAM_CALLS_MAX];
};

/* Memory for PLACE_*, each followed by pages that are not there. */
#define MEMORY_BYTES (1024 * 1024)

struct memory {
	char *plain, *absent, *read_only;
};

struct executor {
	const struct coverage *coverage;
	const struct fixture *fixture;
	const char *user; /* NULL: stays who it is */
	struct executor_shared *shared;
	pid_t pid;
	int socket;

	/* The process's own. */
	struct memory memory;
	int slots[SLOTS];
	int pipe[2];
	int netlink;
	uint32_t netlink_seq;
};

/* Coverage, fixture and user are to be set. */
int executor_start(struct executor *x);

/* 0 and the results; -ETIMEDOUT: a call does not come back; -ECHILD: the process died. */
int executor_run(struct executor *x, const struct program *program, enum trace trace);

void executor_stop(struct executor *x);

#endif
