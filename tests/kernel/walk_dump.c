// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink dumps. A dump is whole, or ends with an error.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "extack.h"
#include "object.h"
#include "request.h"
#include "walk.h"
#include "walk_look.h"
#include "walk_request.h"

#define RX_SIZE 4096
#define MANY 40 /* devices: more than fit in one message of a dump */
#define DUMP_BYTES (1 << 20)

struct dump {
	struct mydev_client *client;
	struct walk_request request;
	const struct mydev_desc *desc; /* of what is dumped */
	uint32_t id; /* of a device */
	/* What comes without a fault, and with one */
	unsigned char expected[DUMP_BYTES], received[DUMP_BYTES];
	size_t expected_bytes;
};

/*
 * Sends the request and receives into buf what comes; how many bytes that is, up to the end of the
 * dump.
 */
static long carry_out(struct walk_request *q, unsigned char *buf)
{
	size_t len = 0;
	long r = walk_request_send(q);

	while (r == 0) {
		const struct nlmsghdr *msg = (struct nlmsghdr *)(buf + len);
		ssize_t n = recv(q->sock.fd, buf + len, DUMP_BYTES - len, 0);

		if (n < 0)
			return -errno;
		len += (size_t)n;
		for (int left = (int)n; nlmsg_ok(msg, left); msg = nlmsg_next((void *)msg, &left))
			if (msg->nlmsg_type == NLMSG_DONE || msg->nlmsg_type == NLMSG_ERROR)
				return (long)len;
	}
	return r;
}

static int prepare_dump(struct dump *d, uint8_t cmd, const struct mydev_desc *desc, const void *obj)
{
	struct walk_request plain;
	long n;
	int r;

	r = walk_request_new(&plain, d->client, cmd, NLM_F_DUMP, desc, obj);
	n = r < 0 ? r : carry_out(&plain, d->expected);
	walk_request_clear(&plain);
	if (n < 0)
		return (int)n;
	d->desc = desc;
	d->expected_bytes = (size_t)n;
	return walk_request_new(&d->request, d->client, cmd, NLM_F_DUMP, desc, obj);
}

static int prepare_dev_dump(void *userdata)
{
	return prepare_dump(userdata, MYDEV_CMD_DEV_GET, &mydev_dev_desc, NULL);
}

static int prepare_event_dump(void *userdata)
{
	return prepare_dump(userdata, MYDEV_CMD_EVENT_GET, &mydev_event_desc, NULL);
}

/* As one asks who has missed some. */
static int prepare_event_replay(void *userdata)
{
	struct dump *d = userdata;
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	struct mydev_event from = {};
	int r = mydev_info_get(d->client, &info);

	if (r < 0)
		return r;
	from.seq = info.event_last - MANY;
	memcpy(from.epoch, info.epoch, sizeof(from.epoch));
	MYDEV_SET(&from, EVENT, SEQ);
	MYDEV_SET(&from, EVENT, EPOCH);
	return prepare_dump(d, MYDEV_CMD_EVENT_GET, &mydev_event_desc, &from);
}

static int prepare_register_dump(void *userdata)
{
	struct dump *d = userdata;
	struct mydev_register which = { .dev_id = d->id };

	MYDEV_SET(&which, REGISTER, DEV_ID);
	return prepare_dump(d, MYDEV_CMD_REGISTER_GET, &mydev_register_desc, &which);
}

static long act_dump(void *userdata)
{
	struct dump *d = userdata;

	return carry_out(&d->request, d->received);
}

static int write_object(const struct mydev_desc *desc, const struct nlmsghdr *msg, FILE *out)
{
	_cleanup_free_ void *obj = calloc(1, desc->size);
	_cleanup_free_ char *text = NULL;
	const void *attrs;
	size_t len;
	int r;

	attrs = mydev_genl_attrs(msg, NULL, &len);
	if (!obj || !attrs)
		return -EBADMSG;
	r = mydev_object_from_nl(desc, attrs, len, obj);
	if (r == 0)
		r = walk_text(desc, obj, &text);
	mydev_object_clear(desc, obj);
	if (r == 0)
		fprintf(out, "%s\n", text);
	return r;
}

/* What a dump tells, a line for each of its objects, and the error that it ends with. */
static int read_dump(const struct mydev_desc *desc, const unsigned char *buf, size_t len,
		     char **ret, int *ret_error)
{
	const struct nlmsghdr *msg = (const struct nlmsghdr *)buf;
	size_t size;
	FILE *out = open_memstream(ret, &size);
	int r = 0;

	if (!out)
		return -ENOMEM;
	*ret_error = 0;
	for (int left = (int)len; r == 0 && nlmsg_ok(msg, left);
	     msg = nlmsg_next((void *)msg, &left)) {
		if (msg->nlmsg_type == NLMSG_DONE || msg->nlmsg_type == NLMSG_ERROR)
			*ret_error = mydev_extack_error(msg);
		else
			r = write_object(desc, msg, out);
	}
	return fclose(out) ? -errno : r;
}

static int check_dump(void *userdata, long *result)
{
	_cleanup_free_ char *expected = NULL, *received = NULL;
	struct dump *d = userdata;
	int r, error;

	walk_request_clear(&d->request);
	if (*result < 0)
		return 0;
	r = read_dump(d->desc, d->expected, d->expected_bytes, &expected, &error);
	if (r < 0)
		return r;
	r = read_dump(d->desc, d->received, (size_t)*result, &received, &error);
	if (r < 0)
		return r;
	if (error)
		*result = error;
	else if (strcmp(expected, received))
		return walk_wrong("the dump is not whole:\n%snot\n%s", received, expected);
	return 0;
}

/* ENOBUFS: netlink had no memory for the request or a part of its answer. */
static const struct walk_op ops[] = {
	{ "dev-get of all", prepare_dev_dump, act_dump, check_dump, { ENOBUFS } },
	{ "event-get", prepare_event_dump, act_dump, check_dump, { ENOBUFS } },
	{ "event-get from an event on", prepare_event_replay, act_dump, check_dump, { ENOBUFS } },
	{},
};

static const struct walk_op register_ops[] = {
	{ "register-get", prepare_register_dump, act_dump, check_dump, { ENOBUFS } },
	{},
};

static struct dump dump;

int walk_dump(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct walk_device dev;
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	dump.client = client;
	for (size_t i = 0; i < MANY; i++) {
		r = walk_make_device(&dev, client, RX_SIZE);
		if (r < 0)
			return r;
		walk_close_node(&dev);
	}
	return walk_along(w, ops, &dump);
}

int walk_registers(struct walk *w, struct mydev_client *client, uint32_t id)
{
	dump.client = client;
	dump.id = id;
	return walk_along(w, register_ops, &dump);
}
