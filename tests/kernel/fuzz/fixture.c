// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices as every program finds them: see fixture.h. What is as it should be is left alone, for that is the usual
 * case, and costs one dump.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fixture.h"
#include "request.h"

#define RX_SIZE 65536

int fixture_open(struct fixture *fixture)
{
	size_t size = FIXTURE_DEVICES * sizeof(*fixture->platform);
	int r = mydev_client_new(&fixture->client);

	if (r < 0)
		return r;
	fixture->family = fixture->client->family.id;
	fixture->events = fixture->client->family.events;
	/* The executing process reads it. */
	fixture->platform =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fixture->platform == MAP_FAILED)
		return -errno;
	return fixture_restore(fixture);
}

static const char *platform_of(const struct mydev_dev *dev)
{
	const char *slash = dev->parent ? strchr(dev->parent, '/') : NULL;

	return slash ? slash + 1 : "";
}

static int settle(struct fixture *fixture, const struct mydev_dev *dev)
{
	struct mydev_dev want = { .id = dev->id };
	int r;

	MYDEV_SET(&want, DEV, ID);
	if (dev->rx_used || dev->state != MYDEV_DEV_STATE_RUNNING) {
		r = mydev_reset(fixture->client, &want, NULL);
		if (r < 0)
			return r;
	}
	if (dev->rx_size == RX_SIZE && dev->rx_policy == MYDEV_RX_POLICY_BLOCK && !dev->watermark)
		return 0;
	want.rx_size = RX_SIZE;
	want.rx_policy = MYDEV_RX_POLICY_BLOCK;
	MYDEV_SET(&want, DEV, RX_SIZE);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, WATERMARK);
	return mydev_dev_set(fixture->client, &want, NULL);
}

static int remove_device(struct fixture *fixture, uint32_t id)
{
	struct mydev_dev which = { .id = id };
	int r;

	MYDEV_SET(&which, DEV, ID);
	r = mydev_dev_del(fixture->client, &which);
	return r == -ENODEV ? 0 : r;
}

/* One that is unbound comes back under its own name. */
static void bind_again(const char *platform)
{
	_cleanup_close_ int fd = open(FIXTURE_DRIVER "bind", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && *platform && write(fd, platform, strlen(platform)) < 0)
		return;
}

static int create(struct fixture *fixture, uint32_t id, struct mydev_dev *ret)
{
	char kind[] = "virt";
	struct mydev_dev want = { .kind = kind, .id = id, .rx_size = RX_SIZE };

	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, ID);
	MYDEV_SET(&want, DEV, RX_SIZE);
	return mydev_dev_new(fixture->client, &want, ret);
}

static int add_device(struct fixture *fixture, uint32_t id)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct mydev_dev which = { .id = id };
	char path[32];
	int r;

	MYDEV_SET(&which, DEV, ID);
	bind_again(fixture->platform[id]);
	r = mydev_dev_get(fixture->client, &which, &dev);
	if (r == -ENODEV)
		r = create(fixture, id, &dev);
	if (r < 0)
		return r;
	snprintf(fixture->platform[id], sizeof(fixture->platform[id]), "%s", platform_of(&dev));
	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, id);
	if (chmod(path, 0666) < 0)
		return -errno;
	return settle(fixture, &dev);
}

int fixture_restore(struct fixture *fixture)
{
	bool found[FIXTURE_DEVICES] = {};
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(fixture->client, &devs, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		uint32_t id = devs[i].id;

		if (id < FIXTURE_DEVICES && !strcmp(fixture->platform[id], platform_of(&devs[i]))) {
			found[id] = true;
			r = settle(fixture, &devs[i]);
		} else {
			r = remove_device(fixture, id);
		}
	}
	mydev_devs_free(devs, n);
	for (uint32_t id = 0; id < FIXTURE_DEVICES && r == 0; id++)
		if (!found[id])
			r = add_device(fixture, id);
	return r;
}
