// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest: devices that test themselves, one after the other.
 */

#include "command.h"
#include "context.h"
#include "device.h"
#include "scoped.h"

static int test(struct mydev_client *client, const struct mydev_dev *want, void *userdata)
{
	return mydev_selftest(client, want, userdata);
}

static int add(struct result *res, void *userdata)
{
	const struct mydev_selftest *done = userdata;
	_scoped_(error) struct mydev_error error = {};
	int r;

	r = result_add(res, &mydev_selftest_desc, done, 0);
	if (r < 0 || done->result == MYDEV_SELFTEST_RESULT_PASSED)
		return r;
	error_set(&error, MYDEV_EXIT_STATUS_FAILED, 0, "the self-test failed: %s",
		  done->msg ?: "the device did not say why");
	error_set_device(&error, done->name);
	error_set_cure(&error, "see what its driver says: journalctl -k");
	return result_fail(res, &error);
}

int cmd_selftest(struct context *ctx, const struct invocation *inv, struct result *res)
{
	static const struct device_action action = { test, add };
	_scoped_(selftest) struct mydev_selftest done = {};
	_scoped_(dev) struct mydev_dev which = {};

	return device_each(ctx, inv, res, &action, &which, &done);
}
