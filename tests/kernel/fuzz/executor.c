// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that executes programs: see executor.h. Each task has a timer that ends calls which wait, as a signal does for
 * anybody.
 */

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "executor.h"

#define INTERRUPT_NS 20000000
#define HANG_MS (120 * 1000)
/* Wide enough that no vector of a call reaches beyond it. */
#define NOTHING_BYTES (64ul * 1024 * 1024)
/* As in asm-generic/siginfo.h; glibc 2.36 does not have it. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* ---- In the process ---- */

static char *map_memory(int prot)
{
	char *at = mmap(NULL, MEMORY_BYTES + NOTHING_BYTES, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED || mprotect(at, MEMORY_BYTES, PROT_READ | PROT_WRITE) < 0)
		_exit(EXIT_FAILURE);
	for (size_t i = 0; i < MEMORY_BYTES; i++)
		at[i] = (char)(i % 251);
	if (mprotect(at, MEMORY_BYTES, prot) < 0)
		_exit(EXIT_FAILURE);
	return at;
}

static void become(const char *user)
{
	const struct passwd *account = getpwnam(user);

	if (!account || initgroups(user, account->pw_gid) < 0 || setgid(account->pw_gid) < 0 ||
	    setuid(account->pw_uid) < 0)
		_exit(EXIT_FAILURE);
}

static void ignore_signal(int number)
{
}

static void handle_signals(void)
{
	/* Without SA_RESTART, so that calls come back. */
	static const struct sigaction interrupt = { .sa_handler = ignore_signal };
	static const int signals[] = { SIGALRM, SIGIO, SIGUSR2 };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &interrupt, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static timer_t begin_timer(void)
{
	const struct itimerspec each = { { .tv_nsec = INTERRUPT_NS }, { .tv_nsec = INTERRUPT_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	timer_t timer;

	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
	    timer_settime(timer, 0, &each, NULL) < 0)
		_exit(EXIT_FAILURE);
	return timer;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void executor_put(struct executor *x, size_t slot, int fd)
{
	int old = atomic_exchange(&x->shared->slots[slot], fd);

	close_fd(&old);
}

static void begin_task(struct executor *x, enum task task)
{
	x->task = task;
	x->shared->tids[task] = gettid();
	x->netlink = x->pipe[0] = x->pipe[1] = -1;
	x->timer = begin_timer();
	x->traced = coverage_begin(&x->coverage[task], x->trace);
	x->shared->n_tasks++;
}

static void end_task(struct executor *x)
{
	close_fd(&x->netlink);
	close_fd(&x->pipe[0]);
	close_fd(&x->pipe[1]);
	if (x->traced < 0 || (x->traced && coverage_end(&x->coverage[x->task]) < 0))
		_exit(EXIT_FAILURE);
	timer_delete(x->timer);
}

static void make_calls(struct executor *x);

static void *execute_second(void *userdata)
{
	struct executor x = *(const struct executor *)userdata;

	begin_task(&x, TASK_SECOND);
	make_calls(&x);
	end_task(&x);
	return NULL;
}

/* Returns when it has begun: else the first task would be through before. */
static void start_second(struct executor *x)
{
	if (pthread_create(&x->second, NULL, execute_second, x))
		_exit(EXIT_FAILURE);
	while (x->shared->n_tasks < TASKS)
		sched_yield();
}

static void make_calls(struct executor *x)
{
	const struct program *program = &x->shared->program;

	for (size_t i = 0; i < program->n_calls; i++) {
		const struct call *call = &program->calls[i];

		if (call->task == x->task)
			x->shared->results[i] = call_types[call->type].run(x, call);
		else if (call->task == TASK_SECOND && x->shared->n_tasks < TASKS)
			start_second(x);
	}
}

static void execute(struct executor *x, enum trace trace)
{
	x->trace = trace;
	x->shared->n_tasks = 0;
	coverage_clear(x->coverage);
	begin_task(x, TASK_FIRST);
	make_calls(x);
	if (x->shared->n_tasks == TASKS)
		pthread_join(x->second, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		executor_put(x, i, -1);
	end_task(x);
}

static void serve(struct executor *x)
{
	char trace;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	handle_signals();
	x->memory = (struct memory){
		.plain = map_memory(PROT_READ | PROT_WRITE),
		.absent = map_memory(PROT_READ | PROT_WRITE),
		.read_only = map_memory(PROT_READ),
	};
	for (size_t i = 0; i < SLOTS; i++)
		x->shared->slots[i] = -1;
	if (x->user)
		become(x->user);
	while (TEMP_FAILURE_RETRY(read(x->socket, &trace, 1)) == 1) {
		execute(x, (enum trace)trace);
		if (TEMP_FAILURE_RETRY(write(x->socket, "", 1)) != 1)
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* ---- Outside ---- */

int executor_start(struct executor *x)
{
	int ends[2];

	x->shared = mmap(NULL, sizeof(*x->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (x->shared == MAP_FAILED)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	x->pid = fork();
	if (x->pid < 0)
		return -errno;
	if (!x->pid) {
		close(ends[0]);
		x->socket = ends[1];
		serve(x);
	}
	close(ends[1]);
	x->socket = ends[0];
	return 0;
}

int executor_run(struct executor *x, const struct program *program, enum trace trace)
{
	struct pollfd answer = { .fd = x->socket, .events = POLLIN };
	char how = (char)trace;

	x->shared->program = *program;
	if (send(x->socket, &how, 1, MSG_NOSIGNAL) != 1)
		return -ECHILD;
	if (TEMP_FAILURE_RETRY(poll(&answer, 1, HANG_MS)) == 0)
		return -ETIMEDOUT;
	return read(x->socket, &how, 1) == 1 ? 0 : -ECHILD;
}

void executor_stop(struct executor *x)
{
	close(x->socket);
	waitpid(x->pid, NULL, 0);
}
