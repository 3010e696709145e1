// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest: devices that test themselves, one after the other.
 */

#include <errno.h>

#include "command.h"
#include "context.h"
#include "device.h"
#include "scoped.h"

static int add(struct result *res, const struct mydev_selftest *test)
{
	_scoped_(error) struct mydev_error error = {};
	int r;

	r = result_add(res, &mydev_selftest_desc, test, 0);
	if (r < 0 || test->result == MYDEV_SELFTEST_RESULT_PASSED)
		return r;
	error_set(&error, MYDEV_EXIT_STATUS_FAILED, 0, "the self-test failed: %s",
		  test->msg ?: "the device did not say why");
	error_set_device(&error, test->name);
	error_set_cure(&error, "see what its driver says: journalctl -k");
	return result_fail(res, &error);
}

static int test_one(struct context *ctx, struct result *res, const char *name)
{
	_scoped_(selftest) struct mydev_selftest test = {};
	_scoped_(dev) struct mydev_dev which = {};
	int r;

	r = device_identify(name, &which);
	if (r >= 0)
		r = mydev_selftest(ctx->client, &which, &test);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? context_fail(ctx, res, name, r) : add(res, &test);
}

int cmd_selftest(struct context *ctx, const struct invocation *inv, struct result *res)
{
	struct mydev_client *client;
	int r = 0;

	if (context_client(ctx, res, &client) < 0)
		return 0;
	invocation_for_each(value, inv, "DEV") {
		if (context_interrupted(ctx))
			break;
		r = test_one(ctx, res, value->text);
		if (r < 0)
			break;
	}
	/* That the module went away was said. */
	return r == -EPROTONOSUPPORT ? 0 : r;
}
