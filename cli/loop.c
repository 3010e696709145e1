// SPDX-License-Identifier: GPL-2.0-only
/*
 * The waiting of one command, by sd-event.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "cleanup.h"
#include "loop.h"
#include "wait.h"

#define LOOP_ACCURACY_USEC 1000

struct loop {
	sd_event *event;
	loop_fn fn;
	void *userdata;
	int result; /* valid once the loop has ended */
};

static int end(struct loop *loop, int result)
{
	loop->result = result;
	return sd_event_exit(loop->event, 0);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct loop *loop = userdata;
	int r;

	r = loop->fn(loop->userdata);
	return r ? end(loop, r) : 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	return end(userdata, LOOP_TIMED_OUT);
}

static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	/* The shell has to know as well when it is to end. */
	if (si->ssi_signo != SIGINT)
		raise((int)si->ssi_signo);
	return end(userdata, -EINTR);
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	const struct pollfd out = { .fd = fd, .revents = (short)revents };

	return end(userdata, wait_output_gone(&out));
}

/* Regular files, which are always there, cannot be watched. */
static int watch_output(struct loop *loop)
{
	int r;

	r = sd_event_add_io(loop->event, NULL, STDOUT_FILENO, 0, on_output, loop);
	return r == -EPERM ? 0 : r;
}

static int catch_signals(struct loop *loop)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	int r = 0;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals) && r >= 0; i++)
		r = sd_event_add_signal(loop->event, NULL, signals[i], on_interrupt, loop);
	return r;
}

int loop_new(struct loop **ret, bool with_signals)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return -ENOMEM;
	r = sd_event_new(&loop->event);
	if (r >= 0)
		r = watch_output(loop);
	if (r >= 0 && with_signals)
		r = catch_signals(loop);
	if (r < 0) {
		loop_free(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	sd_event_unref(loop->event);
	free(loop);
}

int loop_add(struct loop *loop, int fd, loop_fn fn, void *userdata)
{
	loop->fn = fn;
	loop->userdata = userdata;
	return sd_event_add_io(loop->event, NULL, fd, EPOLLIN, on_io, loop);
}

int loop_run(struct loop *loop, uint64_t timeout_usec)
{
	int r;

	if (timeout_usec != LOOP_FOREVER) {
		r = sd_event_add_time_relative(loop->event, NULL, CLOCK_BOOTTIME, timeout_usec,
					       LOOP_ACCURACY_USEC, on_timeout, loop);
		if (r < 0)
			return r;
	}
	r = sd_event_loop(loop->event);
	return r < 0 ? r : loop->result;
}
