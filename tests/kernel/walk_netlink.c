// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink requests that neither make nor remove devices and are no dumps. A request is answered by
 * an error and has changed nothing, or by the whole of its result.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"
#include "walk_request.h"

#define RX_SIZE 65536
#define RX_SIZE_LARGE 524288
#define RX_SIZE_SMALL 4096 /* one page, for which nothing smaller can be had instead */
#define WATERMARK 4000 /* more than is buffered, so that no event follows */
#define BUFFERED 3000

struct netlink;

/*
 * A request about the device: what is sent, and, when it is answered, whether that and the device
 * are right.
 */
struct request {
	const char *name;
	uint8_t cmd;
	const struct mydev_desc *sent, *reply; /* sent: NULL for nothing */
	/* Completes what is sent, which names the device; may be NULL. */
	int (*ask)(struct netlink *nl, void *obj);
	int (*check)(struct netlink *nl, const void *reply);
	bool alone; /* the device is not open, and has no data */
};

struct netlink {
	struct walk_device dev;
	const struct request *current;
	struct walk_request request;
	uint32_t rx_size; /* that is asked for */
	char *before; /* what the device looked like */
	uint64_t event_last;
};

/* ---- What there is before and after ---- */

static int look_at_events(struct netlink *nl, uint64_t *ret)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	int r = mydev_info_get(nl->dev.client, &info);

	*ret = info.event_last;
	return r;
}

static const unsigned char *data(void)
{
	static unsigned char bytes[BUFFERED];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 167 + (i >> 8));
	return bytes;
}

/* The device as the request is to find it. */
static int restore(struct netlink *nl)
{
	int r = walk_restore(&nl->dev, MYDEV_RX_POLICY_BLOCK);

	if (nl->current->alone)
		walk_close_node(&nl->dev);
	else if (r == 0 && nl->dev.node < 0)
		r = walk_open_node(&nl->dev);
	if (r < 0 || nl->current->alone)
		return r;
	return write(nl->dev.node, data(), BUFFERED) == BUFFERED ? 0 : -EIO;
}

static int prepare(void *userdata)
{
	struct netlink *nl = userdata;
	const struct request *q = nl->current;
	struct mydev_dev obj = walk_named(nl->dev.id);
	int r = restore(nl);

	if (r == 0 && q->ask)
		r = q->ask(nl, &obj);
	free(nl->before);
	nl->before = NULL;
	if (r == 0)
		r = walk_describe(&nl->dev, &nl->before);
	if (r == 0)
		r = look_at_events(nl, &nl->event_last);
	if (r < 0)
		return r;
	return walk_request_new(&nl->request, nl->dev.client, q->cmd, NLM_F_ACK, q->sent,
				q->sent ? &obj : NULL);
}

static long act(void *userdata)
{
	struct netlink *nl = userdata;

	return walk_request_send(&nl->request);
}

/* A request that failed has changed nothing and is not told of. */
static int expect_undone(struct netlink *nl)
{
	uint64_t last = 0;
	int r = walk_expect_same(&nl->dev, nl->before);

	if (r == 0)
		r = look_at_events(nl, &last);
	if (r < 0 || last == nl->event_last)
		return r;
	return walk_wrong("%llu events tell of what was not done",
			  (unsigned long long)(last - nl->event_last));
}

static int check(void *userdata, long *result)
{
	struct netlink *nl = userdata;
	const struct request *q = nl->current;
	_cleanup_free_ void *reply = calloc(1, q->reply->size);
	int r;

	if (!reply)
		return -ENOMEM;
	r = walk_request_answer(&nl->request, q->reply, reply, result);
	walk_request_clear(&nl->request);
	if (r == 0)
		r = nl->request.done ? q->check(nl, reply) : expect_undone(nl);
	mydev_object_clear(q->reply, reply);
	return r;
}

/* ---- Reading ---- */

static int check_info_get(struct netlink *nl, const void *reply)
{
	const struct mydev_info *info = reply;

	if (info->event_last != nl->event_last || !MYDEV_HAS(info, INFO, EVENT_LOG_SIZE))
		return walk_wrong("the reply is not whole");
	return 0;
}

/* Not by its number. */
static int ask_by_name(struct netlink *nl, void *obj)
{
	static char name[32];

	snprintf(name, sizeof(name), "mydev%u", nl->dev.id);
	*(struct mydev_dev *)obj = (struct mydev_dev){ .name = name };
	MYDEV_SET((struct mydev_dev *)obj, DEV, NAME);
	return 0;
}

static int check_dev_get(struct netlink *nl, const void *reply)
{
	_cleanup_free_ char *text = NULL;
	int r = walk_text(&mydev_dev_desc, reply, &text);

	if (r < 0)
		return r;
	return strcmp(text, nl->before) ? walk_wrong("the reply is %snot %s", text, nl->before) : 0;
}

/* ---- Changing ---- */

static int ask_settings(struct netlink *nl, struct mydev_dev *want, uint32_t rx_size)
{
	nl->rx_size = rx_size;
	want->rx_size = rx_size;
	want->rx_policy = MYDEV_RX_POLICY_OVERWRITE;
	want->watermark = WATERMARK;
	MYDEV_SET(want, DEV, RX_SIZE);
	MYDEV_SET(want, DEV, RX_POLICY);
	MYDEV_SET(want, DEV, WATERMARK);
	return 0;
}

static int ask_large(struct netlink *nl, void *obj)
{
	return ask_settings(nl, obj, RX_SIZE_LARGE);
}

static int ask_small(struct netlink *nl, void *obj)
{
	return ask_settings(nl, obj, RX_SIZE_SMALL);
}

/* All settings are new, and the data is as it was. */
static int check_dev_set(struct netlink *nl, const void *reply)
{
	const struct mydev_dev *dev = reply;
	unsigned char buf[2 * BUFFERED];
	ssize_t n = read(nl->dev.node, buf, sizeof(buf));

	if (dev->rx_size != nl->rx_size || dev->rx_policy != MYDEV_RX_POLICY_OVERWRITE ||
	    dev->watermark != WATERMARK)
		return walk_wrong("some settings are not as asked for");
	if (n != BUFFERED || memcmp(buf, data(), BUFFERED))
		return walk_wrong("the data did not survive");
	return 0;
}

static int ask_fault(struct netlink *nl, void *obj)
{
	struct mydev_dev *want = obj;

	want->fault = MYDEV_FAULT_CODE_LINK;
	want->fault_msg = (char *)"as asked for";
	MYDEV_SET(want, DEV, FAULT);
	MYDEV_SET(want, DEV, FAULT_MSG);
	return 0;
}

static int check_fault_inject(struct netlink *nl, const void *reply)
{
	const struct mydev_dev *dev = reply;

	if (dev->state != MYDEV_DEV_STATE_FAULTED || dev->faults != 1 ||
	    strcmp(dev->fault_msg, "as asked for"))
		return walk_wrong("the fault is not as asked for");
	return 0;
}

/* Of a device with a fault, counters too. */
static int ask_reset(struct netlink *nl, void *obj)
{
	struct mydev_dev *want = obj, fault = walk_named(nl->dev.id);

	fault.fault = MYDEV_FAULT_CODE_LINK;
	MYDEV_SET(&fault, DEV, FAULT);
	want->counters = 1;
	MYDEV_SET(want, DEV, COUNTERS);
	return mydev_fault_inject(nl->dev.client, &fault, NULL);
}

static int check_reset(struct netlink *nl, const void *reply)
{
	const struct mydev_dev *dev = reply;

	if (dev->state != MYDEV_DEV_STATE_RUNNING || dev->fault || dev->rx_used || dev->tx_bytes ||
	    dev->faults)
		return walk_wrong("the reset is not whole");
	return 0;
}

static int check_selftest(struct netlink *nl, const void *reply)
{
	const struct mydev_selftest *test = reply;

	if (test->result != MYDEV_SELFTEST_RESULT_PASSED)
		return walk_wrong("the device failed its test: %s", test->msg);
	return 0;
}

/* ---- The group ---- */

#define DEV &mydev_dev_desc

static const struct request requests[] = {
	{ "info-get", MYDEV_CMD_INFO_GET, NULL, &mydev_info_desc, NULL, check_info_get },
	{ "dev-get by id", MYDEV_CMD_DEV_GET, DEV, DEV, NULL, check_dev_get },
	{ "dev-get by name", MYDEV_CMD_DEV_GET, DEV, DEV, ask_by_name, check_dev_get },
	{ "dev-set, large ring", MYDEV_CMD_DEV_SET, DEV, DEV, ask_large, check_dev_set },
	{ "dev-set, small ring", MYDEV_CMD_DEV_SET, DEV, DEV, ask_small, check_dev_set },
	{ "fault-inject", MYDEV_CMD_FAULT_INJECT, DEV, DEV, ask_fault, check_fault_inject },
	{ "reset", MYDEV_CMD_RESET, DEV, DEV, ask_reset, check_reset },
	{ "selftest", MYDEV_CMD_SELFTEST, DEV, &mydev_selftest_desc, NULL, check_selftest,
	  .alone = true },
};

#undef DEV

int walk_netlink(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct netlink nl = {};
	int r = mydev_client_new(&client);

	if (r == 0)
		r = walk_make_device(&nl.dev, client, RX_SIZE);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(requests) && r == 0; i++) {
		/* ENOBUFS: netlink had no memory for the request or its acknowledgement. */
		const struct walk_op op[] = {
			{ requests[i].name, prepare, act, check, { ENOBUFS } },
			{},
		};

		nl.current = &requests[i];
		r = walk_along(w, op, &nl);
	}
	free(nl.before);
	return r;
}
