// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that come and go: dev-new, dev-del, unbind and bind of the driver. None comes or goes by half.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"
#include "walk_request.h"

#define DRIVER "/sys/bus/platform/drivers/mydev_virt/"
#define RX_SIZE 131072
#define RX_SIZE_SMALL 4096 /* one page, for which nothing smaller can be had instead */
#define WATERMARK 1000

struct device {
	struct mydev_client *client;
	struct walk_request request;
	uint32_t id;
	uint32_t rx_size; /* that is asked for */
	/* For unbind and bind */
	char *platform;
	bool bound;
	int file;
};

static int del(struct device *d)
{
	struct mydev_dev which = walk_named(d->id);

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
static int expect_works(uint32_t id)
{
	static const char text[] = "there and back";
	char path[32], buf[sizeof(text)] = "";
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, id);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return walk_wrong("%s cannot be opened: %m", path);
	if (write(fd, text, sizeof(text)) != sizeof(text) ||
	    read(fd, buf, sizeof(buf)) != sizeof(buf) || memcmp(text, buf, sizeof(text)))
		return walk_wrong("%s does not work: %m", path);
	return 0;
}

static int expect_new(struct device *d, const struct mydev_dev *dev)
{
	int r;

	d->id = dev->id;
	if (dev->rx_policy != MYDEV_RX_POLICY_DROP || dev->rx_size != d->rx_size ||
	    dev->watermark != WATERMARK)
		return walk_wrong("the new device has other settings");
	r = walk_expect_devices(d->client, 1, 1);
	if (r == 0)
		r = expect_works(d->id);
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
	_cleanup_close_ int node = -1;
	struct device *d = userdata;
	struct mydev_dev which;
	int r;

	r = walk_make_device(d->client, RX_SIZE, &d->id, &node);
	if (r < 0)
		return r;
	which = walk_named(d->id);
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
			r = expect_works(d->id);
		if (r == 0)
			r = del(d);
	}
	if (r == 0)
		r = walk_expect_devices(d->client, 0, 0);
	walk_request_clear(&d->request);
	return r;
}

/* ---- unbind, bind: of one platform device ---- */

static int open_driver(struct device *d, const char *path)
{
	d->file = open(path, O_WRONLY | O_CLOEXEC);
	return d->file < 0 ? -errno : 0;
}

static long act_write_name(void *userdata)
{
	const struct device *d = userdata;

	return write(d->file, d->platform, strlen(d->platform)) < 0 ? -errno : 0;
}

/* Brings it to where it is to be, without a fault. */
static int put(struct device *d, bool bound)
{
	int r;

	if (d->bound == bound)
		return 0;
	r = open_driver(d, bound ? DRIVER "bind" : DRIVER "unbind");
	if (r < 0)
		return r;
	r = (int)act_write_name(d);
	close(d->file);
	d->bound = bound;
	return r;
}

static int prepare_unbind(void *userdata)
{
	struct device *d = userdata;
	int r = put(d, true);

	return r < 0 ? r : open_driver(d, DRIVER "unbind");
}

static int prepare_bind(void *userdata)
{
	struct device *d = userdata;
	int r = put(d, false);

	return r < 0 ? r : open_driver(d, DRIVER "bind");
}

static int check_unbind(void *userdata, long *result)
{
	struct device *d = userdata;

	close(d->file);
	d->bound = *result < 0;
	return walk_expect_devices(d->client, 1, d->bound);
}

static int check_bind(void *userdata, long *result)
{
	struct device *d = userdata;

	close(d->file);
	d->bound = *result == 0;
	return walk_expect_devices(d->client, 1, d->bound);
}

/* ---- The group ---- */

/*
 * ENOBUFS: netlink had no memory for the request or its acknowledgement. ENXIO: the driver core gave up before it asked the
 * driver, and does not say why.
 */
static const struct walk_op by_netlink[] = {
	{ "dev-new, large ring", prepare_new_large, act_request, check_new, { ENOBUFS, ENXIO } },
	{ "dev-new, small ring", prepare_new_small, act_request, check_new, { ENOBUFS, ENXIO } },
	{ "dev-del", prepare_del, act_request, check_del, { ENOBUFS } },
	{},
};

static const struct walk_op by_sysfs[] = {
	{ "unbind", prepare_unbind, act_write_name, check_unbind },
	{ "bind", prepare_bind, act_write_name, check_bind },
	{},
};

static int find_platform(struct device *d)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct mydev_dev which = walk_named(d->id);
	int r = mydev_dev_get(d->client, &which, &dev);

	if (r < 0)
		return r;
	d->platform = strdup(strchr(dev.parent, '/') + 1);
	return d->platform ? 0 : -ENOMEM;
}

static int bind_and_unbind(struct walk *w, struct device *d)
{
	_cleanup_close_ int node = -1;
	int r;

	r = walk_make_device(d->client, RX_SIZE, &d->id, &node);
	if (r == 0)
		r = find_platform(d);
	if (r < 0)
		return r;
	close(MYDEV_TAKE_FD(node));
	d->bound = true;
	r = walk_along(w, by_sysfs, d);
	free(d->platform);
	return r;
}

int walk_device(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct device d = {};
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	d.client = client;
	r = walk_along(w, by_netlink, &d);
	return r < 0 ? r : bind_and_unbind(w, &d);
}
