// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by name, and their nodes.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"
#include "format.h"
#include "scoped.h"

bool device_is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

int device_identify(const char *text, struct mydev_dev *obj)
{
	const char *key = device_is_number(text) ? "id" : "name";
	int r;

	if (strlen(text) > MYDEV_NAME_MAX)
		return -ENODEV;
	r = mydev_field_parse(mydev_field_find(&mydev_dev_desc, key), text, obj);
	return r == -ENOMEM ? r : r < 0 ? -ENODEV : 0;
}

static int do_one(struct context *ctx, struct result *res, const char *name,
		  const struct device_action *action, struct mydev_dev *want, void *userdata)
{
	int r;

	want->has &= ~MYDEV_REQUEST_DEV_GET;
	r = device_identify(name, want);
	if (r >= 0)
		r = action->request(ctx->client, want, userdata);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? context_fail(ctx, res, name, r) : action->add(res, userdata);
}

int device_each(struct context *ctx, const struct invocation *inv, struct result *res,
		const struct device_action *action, struct mydev_dev *want, void *userdata)
{
	struct mydev_client *client;
	int r = 0;

	if (context_client(ctx, res, &client) < 0)
		return 0;
	invocation_for_each(value, inv, "DEV") {
		if (context_interrupted(ctx))
			break;
		r = do_one(ctx, res, value->text, action, want, userdata);
		if (r < 0)
			break;
	}
	/* That the module went away was said. */
	return r == -EPROTONOSUPPORT ? 0 : r;
}

int device_get(struct context *ctx, struct result *res, const char *text, struct mydev_dev *ret)
{
	_scoped_(dev) struct mydev_dev which = {};
	struct mydev_client *client;
	int r;

	r = context_client(ctx, res, &client);
	if (r < 0)
		return r;
	r = device_identify(text, &which);
	if (r >= 0)
		r = mydev_dev_get(client, &which, ret);
	if (r < 0)
		(void)context_fail(ctx, res, text, r);
	return r;
}

static int fail_open(struct result *res, const char *device, const char *path, int err)
{
	_scoped_(error) struct mydev_error error = {};

	switch (err) {
	case -EACCES:
	case -EPERM:
		error_set(&error, MYDEV_EXIT_STATUS_NOT_PERMITTED, err, "%s may not be opened",
			  path);
		error_set_cure(&error, "run it as root, or join group mydev");
		break;
	case -ENODEV:
	case -ENXIO:
		error_set(&error, MYDEV_EXIT_STATUS_NO_DEVICE, err, "the device is gone");
		break;
	case -ENOENT:
	case -ENOTTY:
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, err,
			  err == -ENOENT ? "%s does not exist" : "%s is not the device's node",
			  path);
		error_set_cure(&error, "'doctor' looks closer");
		break;
	default:
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "cannot open %s: %s", path,
			  strerror(-err));
	}
	error_set_device(&error, device);
	return result_fail(res, &error);
}

/*
 * Whoever wrote to a node before there was one made a file of that name, and one of a number that
 * was used before may be another device's.
 */
static int check_node(int fd, const struct mydev_dev *dev)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(dev->major, dev->minor) ? 0 : -ENOTTY;
}

int device_open(struct context *ctx, struct result *res, const struct mydev_dev *dev, int flags)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (mydev_asprintf(&path, "/dev/%s", dev->name) < 0)
		return -ENOMEM;
	fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	r = fd < 0 ? -errno : check_node(fd, dev);
	if (r < 0) {
		(void)fail_open(res, dev->name, path, r);
		return r;
	}
	return MYDEV_TAKE_FD(fd);
}

int device_describe_fault(const struct mydev_dev *dev, char **ret)
{
	const char *code = mydev_enum_name(&mydev_fault_code_names, dev->fault);
	const char *words = dev->fault_msg;

	if (!words || !*words)
		return mydev_asprintf(ret, "%s", code ?: "unknown fault");
	return mydev_asprintf(ret, "%s (%s)", code ?: "unknown fault", words);
}

/* The fault that the device has now; NULL: none, or not known. */
static char *find_fault(struct mydev_client *client, const struct mydev_dev *dev)
{
	_scoped_(dev) struct mydev_dev which = {}, now = {};
	char *fault;

	which.id = dev->id;
	MYDEV_SET(&which, DEV, ID);
	if (mydev_dev_get(client, &which, &now) < 0 || now.state != MYDEV_DEV_STATE_FAULTED)
		return NULL;
	return device_describe_fault(&now, &fault) < 0 ? NULL : fault;
}

int device_fail(struct context *ctx, struct result *res, const struct mydev_dev *dev, int err)
{
	_scoped_(error) struct mydev_error error = {};
	_cleanup_free_ char *fault = NULL;

	switch (err) {
	case -EIO:
		fault = find_fault(ctx->client, dev);
		error_set(&error, MYDEV_EXIT_STATUS_REFUSED, err, "the device is faulted%s%s",
			  fault ? ": " : "", fault ?: "");
		error_set_cure(&error, "mydevctl reset %s", dev->name);
		break;
	case -ENODEV:
		error_set(&error, MYDEV_EXIT_STATUS_NO_DEVICE, err, "the device is gone");
		break;
	default:
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "%s", strerror(-err));
	}
	error_set_device(&error, dev->name);
	return result_fail(res, &error);
}
