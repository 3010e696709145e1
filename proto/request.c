// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and their answers: see request.h. An answer belongs to a request by its sequence number, and a socket on
 * which an answer is still under way is not used again, so that a late answer can never be taken for another's.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/msg.h>

#include "cleanup.h"
#include "extack.h"
#include "object.h"
#include "request.h"

const void *mydev_genl_attrs(const struct nlmsghdr *msg, uint8_t *ret_cmd, size_t *ret_len)
{
	const struct genlmsghdr *genl = NLMSG_DATA(msg);

	if (msg->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return NULL;
	if (ret_cmd)
		*ret_cmd = genl->cmd;
	*ret_len = msg->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	return (const char *)genl + GENL_HDRLEN;
}

static int reply(struct mydev_request *req, const struct nlmsghdr *msg)
{
	const void *attrs;
	size_t len;

	attrs = mydev_genl_attrs(msg, NULL, &len);
	if (!attrs)
		return -EBADMSG;
	return req->reply ? req->reply(attrs, len, req->userdata) : 0;
}

/* The next message that answers the request with this sequence number. */
static int next_answer(struct mydev_client *c, uint32_t seq, struct nlmsghdr **ret)
{
	int r;

	for (;;) {
		r = mydev_nlsock_next(&c->sock, ret);
		if (r == -EAGAIN)
			r = mydev_nlsock_wait(&c->sock, MYDEV_TIMEOUT_MS);
		else if (r == 0 && (*ret)->nlmsg_seq == seq)
			return 0;
		if (r < 0)
			return r;
	}
}

/* Sets *ret_ended when the kernel has nothing more to say about the request. *ret_error: its words, or NULL. */
static int read_answer(struct mydev_client *c, const struct nlmsghdr *sent,
		       struct mydev_request *req, bool *ret_ended, char **ret_error)
{
	struct nlmsghdr *msg;
	int r;

	for (;;) {
		r = next_answer(c, sent->nlmsg_seq, &msg);
		if (r < 0)
			return r;
		if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
			req->interrupted = true;

		if (msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE) {
			*ret_ended = true;
			r = mydev_extack_error(msg);
			req->refused = r < 0;
			if (r < 0)
				*ret_error = mydev_extack_text(msg, sent, req->desc);
			return r;
		}
		if (msg->nlmsg_type == sent->nlmsg_type) {
			r = reply(req, msg);
			if (r)
				return r;
		}
	}
}

static int exchange(struct mydev_client *c, struct nl_msg *msg, struct mydev_request *req,
		    char **ret_error)
{
	bool ended = false;
	int r;

	if (c->sock.fd < 0) {
		r = mydev_nlsock_open(&c->sock);
		if (r < 0)
			return r;
	}

	nlmsg_hdr(msg)->nlmsg_seq = ++c->seq;
	req->interrupted = req->refused = false;
	r = mydev_nlsock_send(&c->sock, msg);
	if (r == 0)
		r = read_answer(c, nlmsg_hdr(msg), req, &ended, ret_error);
	if (!ended)
		mydev_nlsock_close(&c->sock);
	return r;
}

static int build(const struct mydev_request *req, uint16_t type, uint8_t version,
		 struct nl_msg **ret)
{
	int flags = NLM_F_REQUEST | (req->dump ? NLM_F_DUMP : NLM_F_ACK);
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = nlmsg_alloc();
	struct nlmsghdr *header;
	int r;

	header = msg ? nlmsg_put(msg, NL_AUTO_PORT, 0, type, GENL_HDRLEN, flags) : NULL;
	if (!header)
		return -ENOMEM;
	*(struct genlmsghdr *)nlmsg_data(header) =
		(struct genlmsghdr){ .cmd = req->cmd, .version = version };
	if (req->desc) {
		r = mydev_object_to_nl(req->desc, req->obj, msg);
		if (r < 0)
			return r;
	}
	*ret = MYDEV_TAKE(msg);
	return 0;
}

static int note_family(const void *attrs, size_t len, void *userdata)
{
	struct mydev_family *family = userdata;

	mydev_family_from_nl(attrs, len, family);
	return 0;
}

/* By way of the list of all families: asked for one by name, the kernel would load the module. */
int mydev_client_resolve(struct mydev_client *c)
{
	struct mydev_family family = {};
	struct mydev_request req = {
		.cmd = CTRL_CMD_GETFAMILY,
		.dump = true,
		.reply = note_family,
		.userdata = &family,
	};
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = NULL;
	_cleanup_free_ char *words = NULL;
	int r;

	c->family = family;
	r = build(&req, GENL_ID_CTRL, 1, &msg);
	if (r < 0)
		return r;
	r = exchange(c, msg, &req, &words);
	if (r < 0)
		return r;
	if (!family.id)
		return -EPROTONOSUPPORT;
	c->family = family;
	return 0;
}

/*
 * The kernel answers ENOENT to a family number that nobody has, and may answer EOPNOTSUPP if it has been given to
 * another family. Both can also be our family's own words, which is told by whether its number is still the same.
 */
static bool may_be_gone(const struct mydev_request *req, int r)
{
	return req->refused && (r == -ENOENT || r == -EOPNOTSUPP);
}

int mydev_request(struct mydev_client *c, struct mydev_request *req)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = NULL;
	_cleanup_free_ char *words = NULL;
	uint16_t asked;
	int r, resolved;

	free(c->error);
	c->error = NULL;
	if (!c->family.id) {
		r = mydev_client_resolve(c);
		if (r < 0)
			return r;
	}

	asked = c->family.id;
	r = build(req, asked, MYDEV_FAMILY_VERSION, &msg);
	if (r < 0)
		return r;
	r = exchange(c, msg, req, &words);
	if (may_be_gone(req, r)) {
		resolved = mydev_client_resolve(c);
		if (resolved < 0)
			return resolved;
		if (c->family.id != asked) {
			free(words);
			words = NULL;
			nlmsg_hdr(msg)->nlmsg_type = c->family.id;
			r = exchange(c, msg, req, &words);
		}
	}

	c->error = MYDEV_TAKE(words);
	return r;
}

int mydev_client_open(struct mydev_client **ret)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->sock.fd = -1;
	r = mydev_nlsock_open(&c->sock);
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(c);
	return 0;
}

void mydev_client_free(struct mydev_client *c)
{
	if (!c)
		return;
	mydev_nlsock_close(&c->sock);
	free(c->error);
	free(c);
}
