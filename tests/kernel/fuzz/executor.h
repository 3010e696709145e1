/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that executes programs, by one task or two, as another user if wanted: whatever they do to a process is done to
 * that one, and it can be seen to hang.
 */
#ifndef FUZZ_EXECUTOR_H
#define FUZZ_EXECUTOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "calls.h"
#include "coverage.h"
#include "fixture.h"
#include "program.h"

/* Shared with the process. */
struct executor_shared {
	struct program program;
	long results[PROGRAM_CALLS_MAX];
	atomic_uint n_tasks; /* that have begun */
	pid_t tids[TASKS];
	atomic_int slots[SLOTS]; /* of both; -1 for none */
};

/* Memory for PLACE_*, each followed by pages that are not there. */
#define MEMORY_BYTES (1024ul * 1024)

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
	enum trace trace;
	pthread_t second;

	/* Each task's own. */
	enum task task;
	timer_t timer;
	int traced;
	int pipe[2];
	int netlink;
	uint32_t netlink_seq;
};

/* For calls: puts a file there, and closes what was there, once only when both tasks do so. */
void executor_put(struct executor *x, size_t slot, int fd);

/* Coverage, fixture and user are to be set. */
int executor_start(struct executor *x);

/* 0 and the results; -ETIMEDOUT: a call does not come back; -ECHILD: the process died. */
int executor_run(struct executor *x, const struct program *program, enum trace trace);

void executor_stop(struct executor *x);

#endif
