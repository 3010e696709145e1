// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that executes programs: see executor.h. A timer ends calls that wait, as a signal does for anybody.
 */

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "executor.h"

#define INTERRUPT_US 20000
#define HANG_MS (120 * 1000)
/* Wide enough that no vector of a call reaches beyond it. */
#define NOTHING_BYTES (64 * 1024 * 1024)

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

static void set_timer(long us)
{
	const struct itimerval timer = { .it_interval.tv_usec = us, .it_value.tv_usec = us };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct executor *x)
{
	for (size_t i = 0; i < SLOTS; i++)
		close_fd(&x->slots[i]);
	close_fd(&x->netlink);
	close_fd(&x->pipe[0]);
	close_fd(&x->pipe[1]);
}

static void execute(struct executor *x, enum trace trace)
{
	const struct program *program = &x->shared->program;
	int traced;

	set_timer(INTERRUPT_US);
	traced = coverage_begin(x->coverage, trace);
	for (size_t i = 0; i < program->n_calls; i++) {
		const struct call *call = &program->calls[i];

		x->shared->results[i] = call_types[call->type].run(x, call);
	}
	close_all(x);
	if (traced < 0 || (traced && coverage_end(x->coverage) < 0))
		_exit(EXIT_FAILURE);
	set_timer(0);
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
	x->netlink = x->pipe[0] = x->pipe[1] = -1;
	for (size_t i = 0; i < SLOTS; i++)
		x->slots[i] = -1;
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
