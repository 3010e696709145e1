// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmydev's event stream for tests: one line a notice, until SIGTERM.
 *
 *	up EPOCH
 *	event EPOCH SEQ TYPE DEVICE
 *	gap EPOCH FIRST LAST
 *	down EPOCH
 *	end replays=N descriptor=same|changed
 *
 * --refuse N fails each notice N times before it takes it, with a line "refused" for each.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cleanup.h"
#include "libmydev.h"

struct consumer {
	unsigned int refuse; /* times that each notice is refused */
	unsigned int refused; /* times that the present one was */
};

static void print_notice(const struct mydev_notice *n)
{
	const char *type;

	switch (n->type) {
	case MYDEV_NOTICE_UP:
		printf("up %s\n", n->epoch);
		break;
	case MYDEV_NOTICE_EVENT:
		type = mydev_enum_name(&mydev_event_type_names, n->event->event);
		printf("event %s %" PRIu64 " %s %s\n", n->event->epoch, n->event->seq, type ?: "?",
		       n->event->device);
		break;
	case MYDEV_NOTICE_GAP:
		if (n->last == MYDEV_SEQ_UNKNOWN)
			printf("gap %s %" PRIu64 " unknown\n", n->epoch, n->first);
		else
			printf("gap %s %" PRIu64 " %" PRIu64 "\n", n->epoch, n->first, n->last);
		break;
	case MYDEV_NOTICE_DOWN:
		printf("down %s\n", n->epoch);
		break;
	}
}

static int take_notice(const struct mydev_notice *notice, void *userdata)
{
	struct consumer *consumer = userdata;

	if (consumer->refused < consumer->refuse) {
		consumer->refused++;
		printf("refused\n");
		return -ECANCELED;
	}
	consumer->refused = 0;
	print_notice(notice);
	return 0;
}

static int watch_sigterm(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* 0 at SIGTERM, else -errno of the library; what the consumer refuses is tried again at once. */
static int follow(struct mydev_stream *s, int sigterm)
{
	struct pollfd fds[] = { { .fd = mydev_stream_fd(s), .events = POLLIN },
				{ .fd = sigterm, .events = POLLIN } };
	int r;

	r = mydev_stream_start(s);
	for (;;) {
		while (r == -ECANCELED)
			r = mydev_stream_process(s);
		if (r < 0)
			return r;
		if (poll(fds, MYDEV_ARRAY_SIZE(fds), -1) < 0)
			return -errno;
		if (fds[1].revents)
			return 0;
		r = mydev_stream_process(s);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rcvbuf", required_argument, NULL, 'b' },
		{ "refuse", required_argument, NULL, 'f' },
		{ "resume", required_argument, NULL, 'r' },
		{ "now", no_argument, NULL, 'n' },
		{},
	};
	_cleanup_(mydev_stream_free_p) struct mydev_stream *s = NULL;
	_cleanup_close_ int sigterm = watch_sigterm();
	struct consumer consumer = {};
	const char *resume = NULL;
	size_t rcvbuf = 0;
	bool now = false;
	int c, r, fd = -1;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'b':
			rcvbuf = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			consumer.refuse = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			resume = optarg;
			break;
		case 'n':
			now = true;
			break;
		default:
			return 2;
		}
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = mydev_stream_new(&s, rcvbuf, take_notice, &consumer);
	/* --resume EPOCH:SEQ */
	if (r == 0 && resume) {
		_cleanup_free_ char *epoch = strndup(resume, strcspn(resume, ":"));

		r = mydev_stream_resume(s, epoch, strtoull(resume + strlen(epoch) + 1, NULL, 10));
	}
	if (r == 0 && now)
		mydev_stream_now(s);
	if (r == 0) {
		fd = mydev_stream_fd(s);
		r = follow(s, sigterm);
	}
	if (r < 0) {
		printf("failed %s\n", strerrorname_np(-r));
		return 1;
	}
	printf("end replays=%" PRIu64 " descriptor=%s\n", mydev_stream_replays(s),
	       mydev_stream_fd(s) == fd ? "same" : "changed");
	return 0;
}
