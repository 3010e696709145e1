/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One netlink request that meets a fault where the kernel carries it out. What it is answered is
 * received later, without.
 */
#ifndef MYDEV_TESTS_KERNEL_WALK_REQUEST_H
#define MYDEV_TESTS_KERNEL_WALK_REQUEST_H

#include "libmydev.h"
#include "nlsock.h"

struct walk_request {
	struct mydev_nlsock sock;
	struct nl_msg *msg;
	bool done; /* what was asked for has been done, maybe without an acknowledgement */
};

/* obj: what is sent, of desc; NULL for nothing. flags: NLM_F_ACK or NLM_F_DUMP. */
int walk_request_new(struct walk_request *q, struct mydev_client *client, uint8_t cmd, int flags,
		     const struct mydev_desc *desc, const void *obj);
void walk_request_clear(struct walk_request *q);

/* The act: hands the request to the kernel, which has carried it out when this returns. -errno. */
long walk_request_send(struct walk_request *q);

/*
 * What it came to, in q->done and *result, which is what sending it came to before. An answer is an
 * error, or a reply of desc (NULL: there is none) in *ret and an acknowledgement; -EBADE when it is
 * anything between.
 */
int walk_request_answer(struct walk_request *q, const struct mydev_desc *desc, void *ret,
			long *result);

#endif
