// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink sockets with the real errno: see nlsock.h.
 */

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nlsock.h"

/* The largest that the kernel makes of a dump, if it sees that much room for it. */
#define DATAGRAM_BYTES 32768

static int set_option(int fd, int option)
{
	int on = 1;

	return setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

int mydev_nlsock_open(struct mydev_nlsock *s)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	_cleanup_close_ int fd = -1;
	int r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	r = set_option(fd, NETLINK_EXT_ACK);
	if (r < 0)
		return r;
	r = set_option(fd, NETLINK_CAP_ACK);
	if (r < 0)
		return r;
	r = set_option(fd, NETLINK_GET_STRICT_CHK);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;

	*s = (struct mydev_nlsock){ .fd = MYDEV_TAKE_FD(fd) };
	return 0;
}

void mydev_nlsock_close(struct mydev_nlsock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
	*s = (struct mydev_nlsock){ .fd = -1 };
}

int mydev_nlsock_join(struct mydev_nlsock *s, unsigned int group)
{
	if (setsockopt(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

int mydev_nlsock_send(struct mydev_nlsock *s, struct nl_msg *msg)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	ssize_t n;

	do {
		n = sendto(s->fd, hdr, hdr->nlmsg_len, 0, (struct sockaddr *)&kernel,
			   sizeof(kernel));
	} while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : 0;
}

static int reserve(struct mydev_nlsock *s, size_t size)
{
	void *grown;

	if (size <= s->size)
		return 0;
	if (size < DATAGRAM_BYTES)
		size = DATAGRAM_BYTES;
	grown = realloc(s->buf, size);
	if (!grown)
		return -ENOMEM;
	s->buf = grown;
	s->size = size;
	return 0;
}

static ssize_t receive(struct mydev_nlsock *s, size_t size, int flags, bool *ret_from_kernel)
{
	struct sockaddr_nl from = {};
	struct iovec iov = { s->buf, size };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(s->fd, &msg, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	*ret_from_kernel = msg.msg_namelen == sizeof(from) && from.nl_pid == 0;
	return n;
}

/* The next datagram, whole: how long it is is asked first. */
static int next_datagram(struct mydev_nlsock *s)
{
	bool from_kernel = false;
	ssize_t n;
	int r;

	s->len = s->at = 0;
	do {
		n = receive(s, 0, MSG_PEEK | MSG_TRUNC, &from_kernel);
		if (n < 0)
			return (int)n;
		r = reserve(s, (size_t)n);
		if (r < 0)
			return r;
		n = receive(s, s->size, 0, &from_kernel);
		if (n < 0)
			return (int)n;
	} while (!from_kernel);

	s->len = (size_t)n;
	return 0;
}

int mydev_nlsock_next(struct mydev_nlsock *s, struct nlmsghdr **ret)
{
	struct nlmsghdr *msg;
	int r;

	for (;;) {
		if (s->at < s->len) {
			msg = (struct nlmsghdr *)((char *)s->buf + s->at);
			if (nlmsg_ok(msg, (int)(s->len - s->at)))
				break;
		}
		r = next_datagram(s);
		if (r < 0)
			return r;
	}

	s->at += NLMSG_ALIGN((size_t)msg->nlmsg_len);
	*ret = msg;
	return 0;
}

void mydev_nlsock_keep(struct mydev_nlsock *s, const struct nlmsghdr *msg)
{
	s->at = (size_t)((const char *)msg - (const char *)s->buf);
}

int64_t mydev_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int mydev_nlsock_wait(struct mydev_nlsock *s, int timeout_ms)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	int64_t deadline = mydev_now_ms() + timeout_ms;
	int64_t left;
	int r;

	do {
		left = deadline - mydev_now_ms();
		r = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);

	if (r < 0)
		return -errno;
	return r ? 0 : -ETIMEDOUT;
}
