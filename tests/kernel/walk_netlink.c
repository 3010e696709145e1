// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink requests that neither make nor remove devices and are no dumps. A request is answered by an error and has changed nothing,
 * or by the whole of its result.
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

struct netlink {
	struct mydev_client *client;
	struct walk_request request;
	uint32_t id;
	int node;
	uint32_t rx_size; /* that is asked for */
	char *before; /* what the device looked like */
	uint64_t event_last;
};

/* ---- What there is before and after ---- */

static int look_at_events(struct netlink *nl, uint64_t *ret)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	int r = mydev_info_get(nl->client, &info);

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

/* A device as it was made, no counter of which has counted, with so much data. */
static int restore(struct netlink *nl)
{
	struct mydev_dev want = walk_named(nl->id);
	int r;

	want.counters = 1;
	MYDEV_SET(&want, DEV, COUNTERS);
	r = mydev_reset(nl->client, &want, NULL);
	want = walk_named(nl->id);
	want.rx_size = RX_SIZE;
	want.rx_policy = MYDEV_RX_POLICY_BLOCK;
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, WATERMARK);
	if (r == 0)
		r = mydev_dev_set(nl->client, &want, NULL);
	if (r == 0 && write(nl->node, data(), BUFFERED) != BUFFERED)
		r = -EIO;
	return r;
}

static int begin(struct netlink *nl, uint8_t cmd, const struct mydev_desc *desc, const void *obj)
{
	int r;

	free(nl->before);
	nl->before = NULL;
	r = walk_describe(nl->client, nl->id, &nl->before);
	if (r == 0)
		r = look_at_events(nl, &nl->event_last);
	return r < 0 ? r : walk_request_new(&nl->request, nl->client, cmd, NLM_F_ACK, desc, obj);
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
	int r = walk_expect_same(nl->client, nl->id, nl->before);

	if (r == 0)
		r = look_at_events(nl, &last);
	if (r < 0 || last == nl->event_last)
		return r;
	return walk_wrong("%llu events tell of what was not done",
			  (unsigned long long)(last - nl->event_last));
}

/* What was answered; and *ret_done says whether the caller has to look at what was done. */
static int answer(struct netlink *nl, const struct mydev_desc *desc, void *ret, long *result,
		  bool *ret_done)
{
	int r = walk_request_answer(&nl->request, desc, ret, result);

	*ret_done = nl->request.done;
	walk_request_clear(&nl->request);
	return r == 0 && !*ret_done ? expect_undone(nl) : r;
}

/* ---- Reading ---- */

static int prepare_info_get(void *userdata)
{
	return begin(userdata, MYDEV_CMD_INFO_GET, NULL, NULL);
}

static int check_info_get(void *userdata, long *result)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_info_desc, &info, result, &done);

	if (r < 0 || !done)
		return r;
	if (info.event_last != nl->event_last || !MYDEV_HAS(&info, INFO, EVENT_LOG_SIZE))
		return walk_wrong("the reply is not whole");
	return 0;
}

static int prepare_dev_get(void *userdata)
{
	struct netlink *nl = userdata;
	struct mydev_dev which = walk_named(nl->id);
	int r = restore(nl);

	return r < 0 ? r : begin(nl, MYDEV_CMD_DEV_GET, &mydev_dev_desc, &which);
}

static int prepare_dev_get_by_name(void *userdata)
{
	struct netlink *nl = userdata;
	char name[32];
	struct mydev_dev which = { .name = name };
	int r = restore(nl);

	snprintf(name, sizeof(name), "mydev%u", nl->id);
	MYDEV_SET(&which, DEV, NAME);
	return r < 0 ? r : begin(nl, MYDEV_CMD_DEV_GET, &mydev_dev_desc, &which);
}

static int check_dev_get(void *userdata, long *result)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	_cleanup_free_ char *text = NULL;
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_dev_desc, &dev, result, &done);

	if (r < 0 || !done)
		return r;
	r = walk_text(&mydev_dev_desc, &dev, &text);
	if (r < 0)
		return r;
	return strcmp(text, nl->before) ? walk_wrong("the reply is %snot %s", text, nl->before) : 0;
}

/* ---- Changing ---- */

static int prepare_dev_set(struct netlink *nl, uint32_t rx_size)
{
	struct mydev_dev want = walk_named(nl->id);
	int r = restore(nl);

	nl->rx_size = rx_size;
	want.rx_size = rx_size;
	want.rx_policy = MYDEV_RX_POLICY_OVERWRITE;
	want.watermark = WATERMARK;
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, WATERMARK);
	return r < 0 ? r : begin(nl, MYDEV_CMD_DEV_SET, &mydev_dev_desc, &want);
}

static int prepare_dev_set_large(void *userdata)
{
	return prepare_dev_set(userdata, RX_SIZE_LARGE);
}

static int prepare_dev_set_small(void *userdata)
{
	return prepare_dev_set(userdata, RX_SIZE_SMALL);
}

/* All settings are new, and the data is as it was. */
static int expect_set(struct netlink *nl, const struct mydev_dev *dev)
{
	unsigned char buf[2 * BUFFERED];
	ssize_t n = read(nl->node, buf, sizeof(buf));

	if (dev->rx_size != nl->rx_size || dev->rx_policy != MYDEV_RX_POLICY_OVERWRITE ||
	    dev->watermark != WATERMARK)
		return walk_wrong("some settings are not as asked for");
	if (n != BUFFERED || memcmp(buf, data(), BUFFERED))
		return walk_wrong("the data did not survive");
	return 0;
}

static int check_dev_set(void *userdata, long *result)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_dev_desc, &dev, result, &done);

	return r < 0 || !done ? r : expect_set(nl, &dev);
}

static int prepare_fault_inject(void *userdata)
{
	struct netlink *nl = userdata;
	struct mydev_dev want = walk_named(nl->id);
	int r = restore(nl);

	want.fault = MYDEV_FAULT_CODE_LINK;
	want.fault_msg = (char[]){ "as asked for" };
	MYDEV_SET(&want, DEV, FAULT);
	MYDEV_SET(&want, DEV, FAULT_MSG);
	return r < 0 ? r : begin(nl, MYDEV_CMD_FAULT_INJECT, &mydev_dev_desc, &want);
}

static int check_fault_inject(void *userdata, long *result)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_dev_desc, &dev, result, &done);

	if (r < 0 || !done)
		return r;
	if (dev.state != MYDEV_DEV_STATE_FAULTED || dev.faults != 1 ||
	    strcmp(dev.fault_msg, "as asked for"))
		return walk_wrong("the fault is not as asked for");
	return 0;
}

static int prepare_reset(void *userdata)
{
	struct netlink *nl = userdata;
	struct mydev_dev want = walk_named(nl->id), fault = walk_named(nl->id);
	int r = restore(nl);

	fault.fault = MYDEV_FAULT_CODE_LINK;
	MYDEV_SET(&fault, DEV, FAULT);
	if (r == 0)
		r = mydev_fault_inject(nl->client, &fault, NULL);
	want.counters = 1;
	MYDEV_SET(&want, DEV, COUNTERS);
	return r < 0 ? r : begin(nl, MYDEV_CMD_RESET, &mydev_dev_desc, &want);
}

static int check_reset(void *userdata, long *result)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_dev_desc, &dev, result, &done);

	if (r < 0 || !done)
		return r;
	if (dev.state != MYDEV_DEV_STATE_RUNNING || dev.fault || dev.rx_used || dev.tx_bytes ||
	    dev.faults)
		return walk_wrong("the reset is not whole");
	return 0;
}

static int prepare_selftest(void *userdata)
{
	struct netlink *nl = userdata;
	struct mydev_dev which = walk_named(nl->id);

	return begin(nl, MYDEV_CMD_SELFTEST, &mydev_dev_desc, &which);
}

static int check_selftest(void *userdata, long *result)
{
	_cleanup_(mydev_selftest_clear) struct mydev_selftest test = {};
	struct netlink *nl = userdata;
	bool done;
	int r = answer(nl, &mydev_selftest_desc, &test, result, &done);

	if (r < 0 || !done)
		return r;
	if (test.result != MYDEV_SELFTEST_RESULT_PASSED)
		return walk_wrong("the device failed its test: %s", test.msg);
	return 0;
}

/* ENOBUFS: netlink had no memory for the request or its acknowledgement. */
static const struct walk_op used[] = {
	{ "info-get", prepare_info_get, act, check_info_get, { ENOBUFS } },
	{ "dev-get by id", prepare_dev_get, act, check_dev_get, { ENOBUFS } },
	{ "dev-get by name", prepare_dev_get_by_name, act, check_dev_get, { ENOBUFS } },
	{ "dev-set, large ring", prepare_dev_set_large, act, check_dev_set, { ENOBUFS } },
	{ "dev-set, small ring", prepare_dev_set_small, act, check_dev_set, { ENOBUFS } },
	{ "fault-inject", prepare_fault_inject, act, check_fault_inject, { ENOBUFS } },
	{ "reset", prepare_reset, act, check_reset, { ENOBUFS } },
	{},
};

static const struct walk_op unused[] = {
	{ "selftest", prepare_selftest, act, check_selftest, { ENOBUFS } },
	{},
};

static int walk_used(struct walk *w, struct netlink *nl)
{
	int r = walk_make_device(nl->client, RX_SIZE, &nl->id, &nl->node);

	return r < 0 ? r : walk_along(w, used, nl);
}

/* A self-test needs the device alone. */
static int walk_unused(struct walk *w, struct netlink *nl)
{
	int r = walk_make_device(nl->client, RX_SIZE, &nl->id, &nl->node);

	if (r < 0)
		return r;
	close(MYDEV_TAKE_FD(nl->node));
	return walk_along(w, unused, nl);
}

int walk_netlink(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct netlink nl = {};
	int r = mydev_client_new(&client);

	if (r < 0)
		return r;
	nl.client = client;
	r = walk_used(w, &nl);
	if (r == 0)
		r = walk_unused(w, &nl);
	free(nl.before);
	return r;
}
