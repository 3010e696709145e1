// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is of devices, by every way that tells of them: see walk_look.h.
 */

#include <ctype.h>
#include <dirent.h>
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

MYDEV_DEFINE_CLEANUP(DIR *, closedir);

int walk_count(const char *folder, const char *prefix, size_t *ret)
{
	_cleanup_(closedir_p) DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t len = strlen(prefix);

	*ret = 0;
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		*ret += !strncmp(entry->d_name, prefix, len) && isdigit(entry->d_name[len]);
	return 0;
}

static int expect_entries(const char *folder, const char *prefix, size_t expected)
{
	size_t n;
	int r = walk_count(folder, prefix, &n);

	if (r < 0 || n == expected)
		return r;
	return walk_wrong("in %s there are %zu, not %zu", folder, n, expected);
}

static int expect_answers(struct mydev_client *client, size_t expected)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(client, &devs, &n);
	if (r < 0)
		return r;
	mydev_devs_free(devs, n);
	if (n == expected)
		return 0;
	return walk_wrong("netlink knows %zu devices, not %zu", n, expected);
}

int walk_expect_known(struct mydev_client *client, size_t expected)
{
	int r;

	r = expect_entries("/sys/class/mydev", "mydev", expected);
	if (r == 0)
		r = expect_entries("/dev", "mydev", expected);
	return r == 0 ? expect_answers(client, expected) : r;
}

int walk_expect_devices(struct mydev_client *client, size_t made, size_t bound)
{
	int r;

	r = expect_entries("/sys/bus/platform/devices", "mydev_virt.", made);
	if (r == 0)
		r = expect_entries("/sys/bus/platform/drivers/mydev_virt", "mydev_virt.", bound);
	return r == 0 ? walk_expect_known(client, bound) : r;
}

/* How long ago something was goes on, whatever happens. */
static bool is_of_the_moment(const struct mydev_field *field)
{
	return !strcmp(field->name, "state-age-ns");
}

int walk_find(struct mydev_client *client, const char *parent, uint32_t *ret)
{
	struct mydev_dev *devs;
	int r = -ENODEV;
	size_t n;

	if (mydev_dev_dump(client, &devs, &n) < 0)
		return -EIO;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(devs[i].parent, parent) != 0)
			continue;
		*ret = devs[i].id;
		r = 0;
	}
	mydev_devs_free(devs, n);
	return r;
}

int walk_text(const struct mydev_desc *desc, const void *obj, char **ret)
{
	size_t size;
	FILE *out = open_memstream(ret, &size);

	if (!out)
		return -errno;
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *text = NULL;

		if (!is_of_the_moment(field) && mydev_field_format(field, obj, &text) == 0)
			fprintf(out, "%s=%s ", field->name, text);
	}
	return fclose(out) ? -errno : 0;
}

/* ---- One device ---- */

int walk_open_node(struct walk_device *dev)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, dev->id);
	dev->node = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return dev->node < 0 ? -errno : 0;
}

void walk_close_node(struct walk_device *dev)
{
	if (dev->node >= 0)
		close(MYDEV_TAKE_FD(dev->node));
}

int walk_make_device(struct walk_device *dev, struct mydev_client *client, uint32_t rx_size)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev made = {};
	struct mydev_dev want = { .kind = (char[]){ "virt" }, .rx_size = rx_size };
	int r;

	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, RX_SIZE);
	r = mydev_dev_new(client, &want, &made);
	if (r < 0)
		return r;
	*dev = (struct walk_device){ .client = client, .id = made.id, .rx_size = rx_size };
	return walk_open_node(dev);
}

int walk_restore(struct walk_device *dev, enum mydev_rx_policy policy)
{
	struct mydev_dev want = walk_named(dev->id);
	int r;

	want.counters = 1;
	MYDEV_SET(&want, DEV, COUNTERS);
	r = mydev_reset(dev->client, &want, NULL);
	if (r < 0)
		return r;
	want = walk_named(dev->id);
	want.rx_size = dev->rx_size;
	want.rx_policy = policy;
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, WATERMARK);
	return mydev_dev_set(dev->client, &want, NULL);
}

int walk_look(const struct walk_device *dev, struct mydev_dev *ret)
{
	struct mydev_dev which = walk_named(dev->id);

	return mydev_dev_get(dev->client, &which, ret);
}

int walk_expect_users(const struct walk_device *dev, uint32_t users)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev now = {};
	int r = walk_look(dev, &now);

	if (r < 0 || now.users == users)
		return r;
	return walk_wrong("%" PRIu32 " files are open, not %" PRIu32, now.users, users);
}

int walk_describe(const struct walk_device *dev, char **ret)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev now = {};
	int r = walk_look(dev, &now);

	return r < 0 ? r : walk_text(&mydev_dev_desc, &now, ret);
}

int walk_expect_same(const struct walk_device *dev, const char *before)
{
	_cleanup_free_ char *after = NULL;
	int r = walk_describe(dev, &after);

	if (r < 0 || !strcmp(before, after))
		return r;
	return walk_wrong("it changed from %sto %s", before, after);
}
