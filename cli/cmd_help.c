// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands about mydevctl itself: help, version, exit.
 */

#include <errno.h>
#include <string.h>

#include "command.h"
#include "context.h"
#include "describe.h"
#include "scoped.h"

static int add_command(struct result *res, const struct command *cmd)
{
	_scoped_(command) struct mydev_command obj = {};
	int r;

	r = cmd ? describe_command(cmd, &obj) : describe_program(&obj);
	return r < 0 ? r : result_add(res, &mydev_command_desc, &obj, 0);
}

static int no_such_command(struct result *res, const char *name, bool ambiguous, char **candidates)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0,
		  ambiguous ? "'%s' is ambiguous" : "there is no command '%s'", name);
	for (; candidates && *candidates; candidates++)
		error_add_choice(&error, *candidates);
	if (ambiguous)
		error_cure_by_choices(&error, "it could be");
	else
		error_cure_by_guess(&error);
	return result_fail(res, &error);
}

int cmd_help(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *about = invocation_get(inv, "COMMAND");
	_cleanup_strv_ char **candidates = NULL;
	const struct command *found;
	bool ambiguous = false;
	int r;

	if (about) {
		found = command_find(about->text, &ambiguous, &candidates);
		return found ? add_command(res, found) :
			       no_such_command(res, about->text, ambiguous, candidates);
	}
	r = add_command(res, NULL);
	for_each_command(cmd)
		if (r >= 0)
			r = add_command(res, cmd);
	return r;
}

/* The version of the module, if it is there: asking for versions never fails. */
static int add_module(struct mydev_version *version)
{
	_scoped_(info) struct mydev_info info = {};
	struct mydev_client *client;
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return 0;
	r = mydev_info_get(client, &info);
	mydev_client_free(client);
	if (r < 0)
		return 0;
	if (MYDEV_HAS(&info, INFO, VERSION)) {
		version->module = strdup(info.version);
		if (!version->module)
			return -ENOMEM;
		MYDEV_SET(version, VERSION, MODULE);
	}
	if (MYDEV_HAS(&info, INFO, PROTOCOL)) {
		version->protocol = info.protocol;
		MYDEV_SET(version, VERSION, PROTOCOL);
	}
	return 0;
}

int cmd_version(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(version) struct mydev_version version = {};
	int r;

	version.version = strdup(mydev_version());
	if (!version.version)
		return -ENOMEM;
	MYDEV_SET(&version, VERSION, VERSION);
	r = add_module(&version);
	return r < 0 ? r : result_add(res, &mydev_version_desc, &version, 0);
}

int cmd_exit(struct context *ctx, const struct invocation *inv, struct result *res)
{
	ctx->leave = true;
	return 0;
}
