// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that are unbound from the hardware that they are for, and bound again, through sysfs: of
 * each device that there is, of any kind. A device comes and goes as a whole or not at all, and
 * works when it has come (walk_drive.c). Its registers are told as a whole or not at all.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"

#define OP_NAME_MAX 64

/* What a device of mydev is driven through. */
struct hardware {
	struct mydev_client *client;
	size_t others; /* devices beside the one of this hardware */
	const char *parent; /* its bus, a slash, and its name there */
	char *driver; /* the folder of its driver in sysfs */
	bool bound;
	int file; /* of sysfs, that is written to */
};

static const char *name_of(const struct hardware *hw)
{
	return strchr(hw->parent, '/') + 1;
}

/* ---- What there is of it ---- */

/* A device without a self-test is only asked for one. */
static int expect_works(const struct hardware *hw)
{
	_cleanup_(mydev_selftest_clear) struct mydev_selftest test = {};
	struct mydev_dev which;
	uint32_t id;
	int r = walk_find(hw->client, hw->parent, &id);

	if (r < 0)
		return r;
	which = walk_named(id);
	r = mydev_selftest(hw->client, &which, &test);
	if (r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return r;
	return test.result == MYDEV_SELFTEST_RESULT_PASSED ?
		       0 :
		       walk_wrong("it is bound, and does not work: %s", test.msg);
}

static int expect(const struct hardware *hw)
{
	_cleanup_free_ char *link = NULL;
	int r;

	if (asprintf(&link, "%s/%s", hw->driver, name_of(hw)) < 0)
		return -ENOMEM;
	if ((access(link, F_OK) == 0) != hw->bound)
		return walk_wrong("the driver is %sbound", hw->bound ? "not " : "");
	r = walk_expect_known(hw->client, hw->others + hw->bound);
	return r == 0 && hw->bound ? expect_works(hw) : r;
}

/* ---- Unbinding and binding ---- */

static int open_file(struct hardware *hw, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", hw->driver, name) < 0)
		return -ENOMEM;
	hw->file = open(path, O_WRONLY | O_CLOEXEC);
	return hw->file < 0 ? -errno : 0;
}

static long act(void *userdata)
{
	const struct hardware *hw = userdata;
	const char *name = name_of(hw);

	return walk_result(write(hw->file, name, strlen(name)));
}

/* Brings it to where it is to be, without a fault. */
static int put(struct hardware *hw, bool bound)
{
	int r;

	if (hw->bound == bound)
		return 0;
	r = open_file(hw, bound ? "bind" : "unbind");
	if (r < 0)
		return r;
	r = (int)act(hw);
	close(hw->file);
	hw->bound = bound;
	return r < 0 ? r : 0;
}

static int prepare_unbind(void *userdata)
{
	int r = put(userdata, true);

	return r < 0 ? r : open_file(userdata, "unbind");
}

static int prepare_bind(void *userdata)
{
	int r = put(userdata, false);

	return r < 0 ? r : open_file(userdata, "bind");
}

static int check_unbind(void *userdata, long *result)
{
	struct hardware *hw = userdata;

	close(hw->file);
	hw->bound = *result < 0;
	return expect(hw);
}

static int check_bind(void *userdata, long *result)
{
	struct hardware *hw = userdata;

	close(hw->file);
	hw->bound = *result >= 0;
	return expect(hw);
}

/* Its registers, if it has any. */
static int walk_its_registers(struct walk *w, const struct hardware *hw)
{
	struct mydev_register *registers;
	struct mydev_dev which;
	uint32_t id;
	size_t n;
	int r = walk_find(hw->client, hw->parent, &id);

	if (r < 0)
		return r;
	which = walk_named(id);
	r = mydev_register_dump(hw->client, &which, &registers, &n);
	if (r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return r;
	mydev_registers_free(registers, n);
	return walk_registers(w, hw->client, id);
}

/* ---- The group ---- */

static int walk_hardware(struct walk *w, const struct mydev_dev *dev, struct hardware *hw)
{
	_cleanup_free_ char *link = NULL;
	char unbind[OP_NAME_MAX], bind[OP_NAME_MAX];
	/*
	 * EBUSY: pci_request_region() says so as well where it has no memory for its note.
	 * ENOSPC: so does pci_alloc_irq_vectors() of what it could not get.
	 */
	const struct walk_op ops[] = {
		{ unbind, prepare_unbind, act, check_unbind },
		{ bind, prepare_bind, act, check_bind, { EBUSY, ENOSPC } },
		{},
	};
	const char *name;
	int r;

	hw->parent = dev->parent;
	hw->bound = true;
	name = name_of(hw);
	if (asprintf(&link, "/sys/bus/%.*s/devices/%s/driver", (int)(name - 1 - hw->parent),
		     hw->parent, name) < 0)
		return -ENOMEM;
	hw->driver = realpath(link, NULL);
	if (!hw->driver)
		return -errno;
	snprintf(unbind, sizeof(unbind), "unbind, kind %s", dev->kind);
	snprintf(bind, sizeof(bind), "bind, kind %s", dev->kind);
	r = walk_along(w, ops, hw);
	if (r == 0)
		r = put(hw, true);
	if (r == 0)
		r = walk_drive(w, hw->client, dev->kind, hw->parent);
	if (r == 0)
		r = walk_its_registers(w, hw);
	free(hw->driver);
	return r;
}

int walk_probe(struct walk *w)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		return r;
	r = mydev_dev_dump(client, &devs, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct hardware hw = { .client = client, .others = n - 1 };

		r = walk_hardware(w, &devs[i], &hw);
	}
	mydev_devs_free(devs, n);
	return r;
}
