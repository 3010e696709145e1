// SPDX-License-Identifier: GPL-2.0-only
/*
 * registers: what the registers of devices hold, one device after the other.
 */

#include <errno.h>

#include "command.h"
#include "context.h"
#include "device.h"
#include "scoped.h"

struct registers {
	struct mydev_register *list;
	size_t n;
};

static int read_registers(struct mydev_client *client, const struct mydev_dev *want, void *userdata)
{
	struct registers *registers = userdata;

	return mydev_register_dump(client, want, &registers->list, &registers->n);
}

static int add_registers(struct result *res, void *userdata)
{
	struct registers *registers = userdata;
	int r = 0;

	for (size_t i = 0; i < registers->n && r >= 0; i++)
		r = result_add(res, &mydev_register_desc, &registers->list[i], 0);
	mydev_registers_free(registers->list, registers->n);
	*registers = (struct registers){};
	return r;
}

/* One that has gone away has none. What is not permitted is so for each, and not told here. */
static int show_if_any(struct context *ctx, struct result *res, const struct mydev_dev *dev)
{
	struct registers registers = {};
	int r;

	r = read_registers(ctx->client, dev, &registers);
	if (r == -EOPNOTSUPP || r == -ENODEV)
		return 0;
	if (r == -EPERM || r == -ENOMEM)
		return r;
	return r < 0 ? context_fail(ctx, res, dev->name, r) : add_registers(res, &registers);
}

static int show_all(struct context *ctx, struct result *res)
{
	struct mydev_client *client;
	struct mydev_dev *devs;
	size_t n;
	int r;

	if (context_client(ctx, res, &client) < 0)
		return 0;
	r = mydev_dev_dump(client, &devs, &n);
	if (r < 0)
		return context_fail(ctx, res, NULL, r);
	for (size_t i = 0; i < n && r >= 0 && !context_interrupted(ctx); i++)
		r = show_if_any(ctx, res, &devs[i]);
	mydev_devs_free(devs, n);
	return r == -EPERM ? context_fail(ctx, res, NULL, r) : r;
}

int cmd_registers(struct context *ctx, const struct invocation *inv, struct result *res)
{
	static const struct device_action action = { read_registers, add_registers };
	_scoped_(dev) struct mydev_dev which = {};
	struct registers registers = {};
	int r;

	if (invocation_get(inv, "DEV"))
		return device_each(ctx, inv, res, &action, &which, &registers);
	r = show_all(ctx, res);
	/* That the module went away was said. */
	return r == -EPROTONOSUPPORT ? 0 : r;
}
