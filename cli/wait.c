// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting, by poll() on the descriptor and one of the signals.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>

#include "cleanup.h"
#include "span.h"
#include "wait.h"
#include "when.h"

uint64_t wait_deadline(uint64_t usec)
{
	uint64_t now = when_now(CLOCK_BOOTTIME);

	return usec > WAIT_FOREVER - now ? WAIT_FOREVER : now + usec;
}

bool wait_is_over(uint64_t deadline_usec)
{
	return when_now(CLOCK_BOOTTIME) >= deadline_usec;
}

/* Takes a SIGINT that is pending, and no other signal. */
static void take_interrupt(void)
{
	static const struct timespec at_once;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	(void)sigtimedwait(&set, NULL, &at_once);
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* poll() until the deadline; how many are ready. */
static int poll_until(struct pollfd *fds, nfds_t n, uint64_t deadline_usec)
{
	uint64_t now = when_now(CLOCK_BOOTTIME);
	uint64_t left = deadline_usec > now ? deadline_usec - now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(left / USEC_PER_SEC),
		.tv_nsec = (long)(left % USEC_PER_SEC * NSEC_PER_USEC),
	};
	int r;

	r = ppoll(fds, n, deadline_usec == WAIT_FOREVER ? NULL : &timeout, NULL);
	return r < 0 ? -errno : r;
}

int wait_output_gone(const struct pollfd *out)
{
	if (!(out->revents & (POLLERR | POLLHUP)))
		return 0;
	raise(SIGPIPE);
	return -EPIPE;
}

int wait_ready(int fd, short events, uint64_t deadline_usec, bool with_signals)
{
	_cleanup_close_ int signals = with_signals ? open_signals() : -1;
	struct pollfd fds[] = { { .fd = fd, .events = events },
				{ .fd = signals, .events = POLLIN },
				{ .fd = STDOUT_FILENO } };
	int r;

	if (with_signals && signals < 0)
		return signals;
	do {
		r = poll_until(fds, MYDEV_ARRAY_SIZE(fds), deadline_usec);
	} while (r == -EINTR); /* a handler ran, as that of a resized terminal */
	if (r < 0)
		return r;
	if (fds[1].revents) {
		take_interrupt();
		return -EINTR;
	}
	if (wait_output_gone(&fds[2]) < 0)
		return -EPIPE;
	return r ? 0 : -ETIMEDOUT;
}
