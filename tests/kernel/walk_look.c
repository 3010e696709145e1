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

int walk_expect_devices(struct mydev_client *client, size_t made, size_t bound)
{
	int r;

	r = expect_entries("/sys/bus/platform/devices", "mydev_virt.", made);
	if (r == 0)
		r = expect_entries("/sys/bus/platform/drivers/mydev_virt", "mydev_virt.", bound);
	if (r == 0)
		r = expect_entries("/sys/class/mydev", "mydev", bound);
	if (r == 0)
		r = expect_entries("/dev", "mydev", bound);
	return r == 0 ? expect_answers(client, bound) : r;
}

/* How long ago something was goes on, whatever happens. */
static bool is_of_the_moment(const struct mydev_field *field)
{
	return !strcmp(field->name, "state-age-ns");
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

int walk_describe(struct mydev_client *client, uint32_t id, char **ret)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct mydev_dev which = walk_named(id);
	int r = mydev_dev_get(client, &which, &dev);

	return r < 0 ? r : walk_text(&mydev_dev_desc, &dev, ret);
}

int walk_expect_same(struct mydev_client *client, uint32_t id, const char *before)
{
	_cleanup_free_ char *after = NULL;
	int r = walk_describe(client, id, &after);

	if (r < 0 || !strcmp(before, after))
		return r;
	return walk_wrong("it changed from %sto %s", before, after);
}

int walk_make_device(struct mydev_client *client, uint32_t rx_size, uint32_t *ret_id, int *ret_node)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct mydev_dev want = { .kind = (char[]){ "virt" }, .rx_size = rx_size };
	char path[32];
	int r;

	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, RX_SIZE);
	r = mydev_dev_new(client, &want, &dev);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, dev.id);
	*ret_id = dev.id;
	*ret_node = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return *ret_node < 0 ? -errno : 0;
}
