// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands about devices: list, status, reset, set, add, remove, inject, select. Each is a
 * request per device named.
 */

#include <errno.h>
#include <string.h>

#include "command.h"
#include "context.h"
#include "device.h"
#include "scoped.h"

#define DEFAULT_KIND "virt"

static int add_dump(struct result *res, struct mydev_client *client, int *ret_err)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(client, &devs, &n);
	*ret_err = r;
	if (r < 0)
		return 0;
	for (size_t i = 0; i < n && r >= 0; i++)
		r = result_add(res, &mydev_dev_desc, &devs[i], 0);
	mydev_devs_free(devs, n);
	return r < 0 ? r : 0;
}

int cmd_list(struct context *ctx, const struct invocation *inv, struct result *res)
{
	struct mydev_client *client;
	int r, err;

	if (context_client(ctx, res, &client) < 0)
		return 0;
	r = add_dump(res, client, &err);
	if (r < 0)
		return r;
	if (err < 0)
		context_fail(ctx, res, NULL, err);
	return 0;
}

/* A request that answers with the device. */
typedef int (*device_request)(struct mydev_client *client, const struct mydev_dev *want,
			      struct mydev_dev *ret);

struct answered {
	device_request request;
	struct mydev_dev reply;
};

static int request_dev(struct mydev_client *client, const struct mydev_dev *want, void *userdata)
{
	struct answered *answered = userdata;

	return answered->request(client, want, &answered->reply);
}

static int add_dev(struct result *res, void *userdata)
{
	const struct answered *answered = userdata;

	return result_add(res, &mydev_dev_desc, &answered->reply, 0);
}

/* Sends the request for each device named; want has all that it says, but for the device. */
static int request_each(struct context *ctx, const struct invocation *inv, struct result *res,
			device_request request, struct mydev_dev *want)
{
	static const struct device_action action = { request_dev, add_dev };
	struct answered answered = { .request = request };
	int r;

	r = device_each(ctx, inv, res, &action, want, &answered);
	mydev_dev_clear(&answered.reply);
	return r;
}

int cmd_status(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(dev) struct mydev_dev which = {};

	if (!invocation_get(inv, "DEV"))
		return cmd_list(ctx, inv, res);
	return request_each(ctx, inv, res, mydev_dev_get, &which);
}

int cmd_reset(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(dev) struct mydev_dev want = {};

	if (invocation_get(inv, "counters")) {
		want.counters = 1;
		MYDEV_SET(&want, DEV, COUNTERS);
	}
	return request_each(ctx, inv, res, mydev_reset, &want);
}

/* The settings of an invocation, by the field table. */
static int copy_settings(const struct invocation *inv, struct mydev_dev *want)
{
	mydev_for_each_field(field, &mydev_dev_desc) {
		_cleanup_free_ char *text = NULL;
		int r;

		r = mydev_field_format(field, &inv->settings, &text);
		if (r == -ENODATA)
			continue;
		if (r >= 0)
			r = mydev_field_parse(field, text, want);
		if (r < 0)
			return r;
	}
	return 0;
}

int cmd_set(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(dev) struct mydev_dev want = {};
	int r;

	r = copy_settings(inv, &want);
	return r < 0 ? r : request_each(ctx, inv, res, mydev_dev_set, &want);
}

int cmd_inject(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *message = invocation_get(inv, "MESSAGE");
	_scoped_(dev) struct mydev_dev want = {};

	want.fault = (uint32_t)invocation_get(inv, "FAULT")->number;
	MYDEV_SET(&want, DEV, FAULT);
	if (message) {
		want.fault_msg = strdup(message->text);
		if (!want.fault_msg)
			return -ENOMEM;
		MYDEV_SET(&want, DEV, FAULT_MSG);
	}
	return request_each(ctx, inv, res, mydev_fault_inject, &want);
}

/* The device as it was last: the kernel answers a removal with nothing. */
static int remove_device(struct mydev_client *client, const struct mydev_dev *which,
			 struct mydev_dev *ret)
{
	int r;

	r = mydev_dev_get(client, which, ret);
	return r < 0 ? r : mydev_dev_del(client, which);
}

int cmd_remove(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(dev) struct mydev_dev which = {};

	return request_each(ctx, inv, res, remove_device, &which);
}

int cmd_add(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *kind = invocation_get(inv, "KIND");
	_scoped_(dev) struct mydev_dev want = {}, reply = {};
	struct mydev_client *client;
	int r;

	r = copy_settings(inv, &want);
	if (r < 0)
		return r;
	want.kind = strdup(kind ? kind->text : DEFAULT_KIND);
	if (!want.kind)
		return -ENOMEM;
	MYDEV_SET(&want, DEV, KIND);

	if (context_client(ctx, res, &client) < 0)
		return 0;
	r = mydev_dev_new(client, &want, &reply);
	if (r < 0) {
		context_fail(ctx, res, NULL, r);
		return 0;
	}
	return result_add(res, &mydev_dev_desc, &reply, 0);
}

int cmd_select(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *name = invocation_get(inv, "DEV");
	_scoped_(dev) struct mydev_dev dev = {};

	/* Whether another machine has it, the next command will see. */
	if (name && !ctx->elsewhere && device_get(ctx, res, name->text, &dev) < 0)
		return 0;
	if (name) {
		ctx->selected = strdup(ctx->elsewhere ? name->word : dev.name);
		if (!ctx->selected)
			return -ENOMEM;
	}
	ctx->selects = true;
	return name && !ctx->elsewhere ? result_add(res, &mydev_dev_desc, &dev, 0) : 0;
}
