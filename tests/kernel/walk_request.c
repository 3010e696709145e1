// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink requests in two halves: see walk_request.h.
 */

#include <errno.h>

#include <linux/genetlink.h>

#include "cleanup.h"
#include "extack.h"
#include "object.h"
#include "request.h"
#include "walk.h"
#include "walk_request.h"

int walk_request_new(struct walk_request *q, struct mydev_client *client, uint8_t cmd, int flags,
		     const struct mydev_desc *desc, const void *obj)
{
	struct nlmsghdr *header;
	int r;

	*q = (struct walk_request){};
	r = mydev_nlsock_open(&q->sock);
	if (r < 0)
		return r;
	q->msg = nlmsg_alloc();
	header = q->msg ? nlmsg_put(q->msg, NL_AUTO_PORT, 1, client->family.id, GENL_HDRLEN,
				    NLM_F_REQUEST | flags) :
			  NULL;
	if (!header)
		return -ENOMEM;
	*(struct genlmsghdr *)nlmsg_data(header) =
		(struct genlmsghdr){ .cmd = cmd, .version = MYDEV_FAMILY_VERSION };
	return obj ? mydev_object_to_nl(desc, obj, q->msg) : 0;
}

void walk_request_clear(struct walk_request *q)
{
	nlmsg_free_p(&q->msg);
	mydev_nlsock_close(&q->sock);
}

long walk_request_send(struct walk_request *q)
{
	return mydev_nlsock_send(&q->sock, q->msg);
}

/* Everything that there is to receive. */
struct answer {
	bool replied, acknowledged;
	int error; /* that it was acknowledged with */
	bool lost; /* the kernel had no memory for a message */
};

static int receive(struct walk_request *q, const struct mydev_desc *desc, void *ret,
		   struct answer *answer)
{
	struct nlmsghdr *msg;
	const void *attrs;
	size_t len;
	int r;

	for (;;) {
		r = mydev_nlsock_next(&q->sock, &msg);
		if (r == -EAGAIN)
			return 0;
		if (r == -ENOBUFS) {
			answer->lost = true;
			continue;
		}
		if (r < 0)
			return r;
		if (msg->nlmsg_type == NLMSG_ERROR) {
			answer->acknowledged = true;
			answer->error = mydev_extack_error(msg);
			continue;
		}
		attrs = mydev_genl_attrs(msg, NULL, &len);
		if (!attrs || !desc)
			return walk_wrong("it is answered by what is no answer to it");
		answer->replied = true;
		r = mydev_object_from_nl(desc, attrs, len, ret);
		if (r < 0)
			return r;
	}
}

int walk_request_answer(struct walk_request *q, const struct mydev_desc *desc, void *ret,
			long *result)
{
	struct answer answer = {};
	int r;

	if (*result < 0)
		return 0;
	r = receive(q, desc, ret, &answer);
	if (r < 0)
		return r;
	if (!answer.acknowledged && !answer.lost)
		return walk_wrong("it is not answered");
	if (answer.acknowledged && answer.lost)
		return walk_wrong("more than the acknowledgement is lost");
	if (answer.error && answer.replied)
		return walk_wrong("it fails and is replied to");
	if (!answer.error && desc && !answer.replied)
		return walk_wrong("it succeeds without a reply");
	/* One fault alone: that which took the acknowledgement left the rest alone. */
	q->done = !answer.error;
	*result = answer.lost ? -ENOBUFS : answer.error;
	return 0;
}
