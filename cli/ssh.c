// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting and ending ssh.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "ssh.h"

#define EXIT_NOT_RUN 127

/*
 * A host that does not answer, or falls silent, must not keep the others waiting for minutes. These
 * go before what the user's own configuration says.
 */
#define CONNECT_LIMIT "-oConnectTimeout=10"
#define SILENCE_LIMIT "-oServerAliveInterval=5"

/* What a child gets as 0, 1 and 2, and where it tells why it could not be. */
struct ends {
	int in, out, err, failure;
};

const char *ssh_program(void)
{
	return getenv("MYDEV_SSH") ?: getenv("SYSTEMD_SSH") ?: "ssh";
}

static __attribute__((noreturn)) void run_child(const struct ends *ends, pid_t parent,
						char *const argv[])
{
	int err;

	/* If mydevctl ends, so does it: nobody would read what it gets. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) >= 0 && getppid() == parent &&
	    dup2(ends->in, STDIN_FILENO) >= 0 && dup2(ends->out, STDOUT_FILENO) >= 0 &&
	    dup2(ends->err, STDERR_FILENO) >= 0)
		execvp(argv[0], argv);
	err = errno;
	if (write(ends->failure, &err, sizeof(err)) < 0)
		err = 0; /* nobody is left to tell */
	_exit(EXIT_NOT_RUN);
}

/* Why the child did not become ssh; 0: it did. */
static int read_failure(int fd)
{
	int err;

	return read(fd, &err, sizeof(err)) == sizeof(err) ? -err : 0;
}

/* *ends has all but failure. */
static int spawn(struct ends *ends, char *const argv[], pid_t *ret)
{
	_cleanup_close_ int failure = -1, failure_end = -1;
	pid_t parent = getpid(), pid;
	int pipe[2], r;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	failure = pipe[0];
	failure_end = pipe[1];
	ends->failure = failure_end;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run_child(ends, parent, argv);
	close(MYDEV_TAKE_FD(failure_end));
	r = read_failure(failure);
	if (r < 0) {
		(void)waitpid(pid, NULL, 0);
		return r;
	}
	*ret = pid;
	return 0;
}

static int open_pipe(int *ret_read, int *ret_write)
{
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = pipe[0];
	*ret_write = pipe[1];
	return fcntl(pipe[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int ssh_start(const char *host, const char *command_line, int in, bool may_ask, struct ssh *ret)
{
	const char *argv[] = {
		ssh_program(), may_ask ? "-xT" : "-xToBatchMode=yes",
		CONNECT_LIMIT, SILENCE_LIMIT,
		"--",	       host,
		command_line,  NULL,
	};
	_cleanup_close_ int null = -1, out = -1, err = -1;
	struct ssh ssh = SSH_NONE;
	struct ends ends;
	int r;

	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r = null < 0 ? -errno : open_pipe(&ssh.out, &out);
	if (r >= 0)
		r = open_pipe(&ssh.err, &err);
	ends = (struct ends){ .in = in < 0 ? null : in, .out = out, .err = err };
	if (r >= 0)
		r = spawn(&ends, (char *const *)argv, &ssh.pid);
	if (r >= 0) {
		ssh.pidfd = pidfd_open(ssh.pid, 0);
		r = ssh.pidfd < 0 ? -errno : 0;
	}
	if (r < 0) {
		ssh_done(&ssh);
		return r;
	}
	*ret = ssh;
	return 0;
}

int ssh_wait(struct ssh *ssh, int *ret_status)
{
	pid_t pid = ssh->pid;

	ssh->pid = 0;
	return waitpid(pid, ret_status, 0) < 0 ? -errno : 0;
}

void ssh_done(struct ssh *ssh)
{
	if (ssh->pid) {
		kill(ssh->pid, SIGTERM);
		(void)waitpid(ssh->pid, NULL, 0);
	}
	mydev_close_p(&ssh->pidfd);
	mydev_close_p(&ssh->out);
	mydev_close_p(&ssh->err);
	*ssh = (struct ssh)SSH_NONE;
}
