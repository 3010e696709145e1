// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens the client when it is needed, and turns -errno and the kernel's words into errors with a
 * cure.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "scoped.h"

#define CHOICES_MAX 10 /* devices that are named in an error */
#define NO_DEVICE_CAUSE "no such device" /* as the kernel has it */

void context_done(struct context *ctx)
{
	if (ctx->client)
		mydev_client_free(ctx->client);
	ctx->client = NULL;
	tags_free(ctx->tags);
	ctx->tags = NULL;
	free(ctx->selected);
	ctx->selected = NULL;
}

int context_client(struct context *ctx, struct result *res, struct mydev_client **ret)
{
	int r;

	if (!ctx->client) {
		r = mydev_client_new(&ctx->client);
		if (r < 0) {
			ctx->client = NULL;
			context_fail(ctx, res, NULL, r);
			return r;
		}
	}
	*ret = ctx->client;
	return 0;
}

static void explain_absent(struct mydev_error *error, int err)
{
	_cleanup_free_ char *finding = NULL, *cure = NULL;
	enum mydev_module_state state;
	int r;

	r = mydev_module_state(&state, NULL);
	if (r < 0) {
		error_set(error, MYDEV_EXIT_STATUS_ABSENT, err,
			  "the module mydev does not answer, and why cannot be found out: %s",
			  r == -ENOPKG ? "a part of mydevctl is missing" : strerror(-r));
		error_set_cure(error, "'doctor' looks closer");
		return;
	}
	switch (state) {
	case MYDEV_MODULE_NOT_LOADED:
		error_set(error, MYDEV_EXIT_STATUS_ABSENT, err, "the module mydev is not loaded");
		error_set_cure(error, "as root: modprobe mydev_virt, or systemctl start mydevd");
		break;
	case MYDEV_MODULE_NOT_INSTALLED:
		(void)mydev_module_explain_not_installed(&finding, &cure);
		error_set(error, MYDEV_EXIT_STATUS_ABSENT, err, "%s",
			  finding ?: "the module mydev is not installed");
		if (cure)
			error_set_cure(error, "%s", cure);
		break;
	case MYDEV_MODULE_LOADED:
	case MYDEV_MODULE_OTHER_VERSION:
		error_set(error, MYDEV_EXIT_STATUS_ABSENT, err, NO_FAMILY_CAUSE);
		error_set_cure(error, NO_FAMILY_CURE);
		break;
	}
}

static void explain_no_device(struct context *ctx, struct mydev_error *error, int err,
			      const char *words)
{
	struct mydev_dev *devs;
	size_t n;

	/* There is one, and it is going or gone. */
	if (words && !strstr(words, NO_DEVICE_CAUSE)) {
		error_set(error, MYDEV_EXIT_STATUS_NO_DEVICE, err, "%s", words);
		return;
	}
	error_set(error, MYDEV_EXIT_STATUS_NO_DEVICE, err, NO_DEVICE_CAUSE);
	if (mydev_dev_dump(ctx->client, &devs, &n) < 0)
		return;
	for (size_t i = 0; i < n && i < CHOICES_MAX; i++)
		error_add_choice(error, devs[i].name);
	if (n > CHOICES_MAX)
		error_set_cure(error, "there are %zu; 'list' shows them", n);
	else if (n)
		error_cure_by_choices(error, "there are:");
	else
		error_set_cure(error, "there are none; 'add' makes one");
	mydev_devs_free(devs, n);
}

/* Which kinds there are when the one asked for does not exist. */
static void offer_kinds(struct context *ctx, struct mydev_error *error)
{
	_scoped_(info) struct mydev_info info = {};

	if (mydev_info_get(ctx->client, &info) < 0)
		return;
	for (char **kind = info.kind; kind && *kind; kind++)
		error_add_choice(error, *kind);
	if (error->choice)
		error_cure_by_choices(error, "there are:");
	else
		error_set_cure(error, "no backend is loaded; as root: modprobe mydev_virt");
}

/* The kernel's words come with the attribute in front, as in "rx-size: must be a power of two". */
static void explain_refused(struct context *ctx, struct mydev_error *error, int err,
			    const char *words)
{
	const char *colon = words ? strstr(words, ": ") : NULL;
	_cleanup_free_ char *name = colon ? strndup(words, (size_t)(colon - words)) : NULL;
	bool is_attribute = name && mydev_field_find(&mydev_dev_desc, name);

	if (is_attribute)
		words = colon + 2;
	error_set(error, MYDEV_EXIT_STATUS_REFUSED, err, "%s", words ?: strerror(-err));
	if (!is_attribute)
		return;
	error_set_attribute(error, name);
	if (mydev_field_find(&mydev_dev_desc, name)->attr == MYDEV_A_DEV_KIND)
		offer_kinds(ctx, error);
}

int context_fail(struct context *ctx, struct result *res, const char *device, int err)
{
	const char *said = ctx->client ? mydev_client_error(ctx->client) : NULL;
	_cleanup_free_ char *words = said ? strdup(said) : NULL;
	_scoped_(error) struct mydev_error error = {};
	int r;

	switch (err) {
	case -EPROTONOSUPPORT:
		explain_absent(&error, err);
		break;
	case -ENODEV:
		explain_no_device(ctx, &error, err, words);
		break;
	case -EPERM:
	case -EACCES:
		error_set(&error, MYDEV_EXIT_STATUS_NOT_PERMITTED, err, "not permitted");
		error_set_cure(&error, "needs CAP_NET_ADMIN: run it as root");
		break;
	case -ETIMEDOUT:
		error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, err,
			  "the kernel did not answer within %d s", MYDEV_TIMEOUT_MS / 1000);
		error_set_cure(&error, "look at the kernel's log: journalctl -k");
		break;
	default:
		explain_refused(ctx, &error, err, words);
	}
	error_set_device(&error, device);
	r = result_fail(res, &error);
	return r < 0 ? r : err == -EPROTONOSUPPORT ? err : 0;
}

bool context_interrupted(const struct context *ctx)
{
	sigset_t pending;

	return ctx->in_shell && !sigpending(&pending) && sigismember(&pending, SIGINT) == 1;
}
