// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices as every program finds them: see fixture.h. What is as it should be is left alone, for that is the usual
 * case, and costs a dump and a chmod() of each.
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
	size_t size = FIXTURE_DEVICES * sizeof(*fixture->places);
	int r = mydev_client_new(&fixture->client);

	if (r < 0)
		return r;
	fixture->family = fixture->client->family.id;
	fixture->events = fixture->client->family.events;
	/* The executing process reads it. */
	fixture->places =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fixture->places == MAP_FAILED)
		return -errno;
	return fixture_restore(fixture);
}

long fixture_tell(const struct fixture_place *place, const char *file)
{
	char path[sizeof(place->driver) + 16];
	long n;

	snprintf(path, sizeof(path), "%s/%s", place->driver, file);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	n = fd < 0 ? fd : write(fd, place->address, strlen(place->address));
	return n < 0 ? -errno : n;
}

static struct fixture_place place_of(const struct mydev_dev *dev)
{
	struct fixture_place place = {
		.hardware = strcmp(dev->kind, "virt"),
		.tx_bytes = dev->tx_bytes,
	};

	snprintf(place.driver, sizeof(place.driver), "/sys/bus/%s/drivers/%s", dev->bus,
		 dev->driver);
	snprintf(place.address, sizeof(place.address), "%s", dev->address);
	return place;
}

/* Hardware that is there before anything else stays where it is. */
static bool is_home(const struct fixture_place *home, const struct fixture_place *place)
{
	return *home->address ? !strcmp(home->address, place->address) : place->hardware;
}

static int settle(struct fixture *fixture, const struct mydev_dev *dev)
{
	struct fixture_place before = fixture->places[dev->id];
	struct mydev_dev want = { .id = dev->id };
	char path[32];
	int r;

	fixture->places[dev->id] = place_of(dev);
	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, dev->id);
	if (chmod(path, 0666) < 0)
		return -errno;
	MYDEV_SET(&want, DEV, ID);
	/* From hardware, what was written may still come back. */
	if (dev->tx_bytes != before.tx_bytes || dev->rx_used ||
	    dev->state != MYDEV_DEV_STATE_RUNNING) {
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

static int remove_device(struct fixture *fixture, const struct mydev_dev *dev)
{
	struct fixture_place place = place_of(dev);
	struct mydev_dev which = { .id = dev->id };
	int r;

	MYDEV_SET(&which, DEV, ID);
	if (place.hardware)
		r = (int)fixture_tell(&place, "unbind");
	else
		r = mydev_dev_del(fixture->client, &which);
	return r == -ENODEV || r > 0 ? 0 : r;
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
	const struct fixture_place *place = &fixture->places[id];
	struct mydev_dev which = { .id = id };
	int r;

	MYDEV_SET(&which, DEV, ID);
	/* One that is unbound comes back under its own name, and hardware under the first that is free. */
	if (*place->address)
		fixture_tell(place, "bind");
	r = mydev_dev_get(fixture->client, &which, &dev);
	if (r == -ENODEV && !place->hardware)
		r = create(fixture, id, &dev);
	return r < 0 ? r : settle(fixture, &dev);
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
		struct fixture_place place = place_of(&devs[i]);
		uint32_t id = devs[i].id;

		if (id < FIXTURE_DEVICES && is_home(&fixture->places[id], &place)) {
			found[id] = true;
			r = settle(fixture, &devs[i]);
		} else {
			r = remove_device(fixture, &devs[i]);
		}
	}
	mydev_devs_free(devs, n);
	for (uint32_t id = 0; id < FIXTURE_DEVICES && r == 0; id++)
		if (!found[id])
			r = add_device(fixture, id);
	return r;
}
