// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that come and go by netlink: dev-new, dev-del. None comes or goes by half.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"
#include "walk_request.h"

#define RX_SIZE 131072
#define RX_SIZE_SMALL 4096 /* one page, for which nothing smaller can be had instead */
#define WATERMARK 1000

struct device {
	struct mydev_client *client;
	struct walk_device dev; /* that came, or is to go */
	struct walk_request request;
	uint32_t rx_size; /* that is asked for */
};

static int del(struct device *d)
{
	struct mydev_dev which = walk_named(d->dev.id);

	return mydev_dev_del(d->client, &which);
}

/* ---- dev-new ---- */

static int prepare_new(struct device *d, uint32_t rx_size)
{
	struct mydev_dev want = {
		.kind = (char[]){ "virt" },
		.rx_policy = MYDEV_RX_POLICY_DROP,
		.rx_size = rx_size,
		.watermark = WATERMARK,
	};

	d->rx_size = rx_size;
	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, WATERMARK);
	return walk_request_new(&d->request, d->client, MYDEV_CMD_DEV_NEW, NLM_F_ACK,
				&mydev_dev_desc, &want);
}

static int prepare_new_large(void *userdata)
{
	return prepare_new(userdata, RX_SIZE);
}

static int prepare_new_small(void *userdata)
{
	return prepare_new(userdata, RX_SIZE_SMALL);
}

static long act_request(void *userdata)
{
	struct device *d = userdata;

	return walk_request_send(&d->request);
}

/* That data goes through a device to its node and back. */
static int expect_works(struct walk_device *dev)
{
	static const char text[] = "there and back";
	char buf[sizeof(text)] = "";
	bool works;
	int r = walk_open_node(dev);

	if (r < 0)
		return r;
	works = write(dev->node, text, sizeof(text)) == sizeof(text) &&
		read(dev->node, buf, sizeof(buf)) == sizeof(buf) &&
		!memcmp(text, buf, sizeof(text));
	walk_close_node(dev);
	return works ? 0 : walk_wrong("what is sent to the device does not come back");
}

static int expect_new(struct device *d, const struct mydev_dev *dev)
{
	int r;

	d->dev.id = dev->id;
	if (dev->rx_policy != MYDEV_RX_POLICY_DROP || dev->rx_size != d->rx_size ||
	    dev->watermark != WATERMARK)
		return walk_wrong("the new device has other settings");
	r = walk_expect_devices(d->client, 1, 1);
	if (r == 0)
		r = expect_works(&d->dev);
	return r == 0 ? del(d) : r;
}

static int check_new(void *userdata, long *result)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct device *d = userdata;
	int r;

	r = walk_request_answer(&d->request, &mydev_dev_desc, &dev, result);
	if (r == 0 && d->request.done)
		r = expect_new(d, &dev);
	if (r == 0)
		r = walk_expect_devices(d->client, 0, 0);
	walk_request_clear(&d->request);
	return r;
}

/* ---- dev-del ---- */

static int prepare_del(void *userdata)
{
	struct device *d = userdata;
	struct mydev_dev which;
	int r;

	r = walk_make_device(&d->dev, d->client, RX_SIZE);
	if (r < 0)
		return r;
	walk_close_node(&d->dev);
	which = walk_named(d->dev.id);
	return walk_request_new(&d->request, d->client, MYDEV_CMD_DEV_DEL, NLM_F_ACK,
				&mydev_dev_desc, &which);
}

static int check_del(void *userdata, long *result)
{
	struct device *d = userdata;
	int r;

	r = walk_request_answer(&d->request, NULL, NULL, result);
	if (r == 0 && !d->request.done) {
		r = walk_expect_devices(d->client, 1, 1);
		if (r == 0)
			r = expect_works(&d->dev);
		if (r == 0)
			r = del(d);
	}
	if (r == 0)
		r = walk_expect_devices(d->client, 0, 0);
	walk_request_clear(&d->request);
	return r;
}

/* ---- The group ---- */

/*
 * ENOBUFS: netlink had no memory for the request or its acknowledgement. ENXIO: the driver core
 * gave up before it asked the driver, and does not say why.
 */
static const struct walk_op ops[] = {
	{ "dev-new, large ring", prepare_new_large, act_request, check_new, { ENOBUFS, ENXIO } },
	{ "dev-new, small ring", prepare_new_small, act_request, check_new, { ENOBUFS, ENXIO } },
	{ "dev-del", prepare_del, act_request, check_del, { ENOBUFS } },
	{},
};

int walk_device(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct device d = {};
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	d.client = client;
	return walk_along(w, ops, &d);
}
