/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A generic netlink socket that keeps the real errno, which libnl's own receiving does not (it reports ENOBUFS as out of
 * memory). Messages are built and parsed by libnl. Private to libmydev.
 */
#ifndef MYDEV_NLSOCK_H
#define MYDEV_NLSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "cleanup.h"

MYDEV_DEFINE_CLEANUP(struct nl_msg *, nlmsg_free);

struct mydev_nlsock {
	int fd; /* -1: closed */
	void *buf; /* the datagram received last */
	size_t size; /* of buf */
	size_t len; /* of the datagram */
	size_t at; /* of the next message in it */
};

/* An open socket without buffer yet. Never blocks, closed on exec. */
int mydev_nlsock_open(struct mydev_nlsock *s);

/* Closes and frees; a closed one is left alone. */
void mydev_nlsock_close(struct mydev_nlsock *s);

int mydev_nlsock_join(struct mydev_nlsock *s, unsigned int group);

int mydev_nlsock_send(struct mydev_nlsock *s, struct nl_msg *msg);

/*
 * The next message of the kernel, valid until the next call; those of others are passed over. -EAGAIN: nothing there,
 * -ENOBUFS: some were lost because the receive buffer was full.
 */
int mydev_nlsock_next(struct mydev_nlsock *s, struct nlmsghdr **ret);

/* Gives the message that mydev_nlsock_next() gave last again, next time. */
void mydev_nlsock_keep(struct mydev_nlsock *s, const struct nlmsghdr *msg);

/* Waits until there is something to receive: -ETIMEDOUT after the time in milliseconds. */
int mydev_nlsock_wait(struct mydev_nlsock *s, int timeout_ms);

/* The clock that timeouts run on. */
int64_t mydev_now_ms(void);

#endif
