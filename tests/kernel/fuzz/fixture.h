/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program finds: the first devices, with default settings, empty, and open to every user. Hardware that is plugged
 * in already comes first; the rest is made. Also how the family is addressed.
 */
#ifndef FUZZ_FIXTURE_H
#define FUZZ_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#define FIXTURE_DEVICES 2

struct mydev_client;

/* What a device is driven through. */
struct fixture_place {
	char driver[64]; /* its folder in sysfs */
	char address[32]; /* on its bus; "" as long as there is none */
	bool hardware; /* which cannot be made anew */
	uint64_t tx_bytes; /* of the device, when it was restored last */
};

struct fixture {
	struct mydev_client *client;
	uint16_t family;
	uint32_t events; /* multicast group */
	struct fixture_place *places; /* by device */
};

/* The modules are loaded, without a device but those of hardware. 0 or -errno. */
int fixture_open(struct fixture *fixture);

/* Makes good what a program has done. 0 or -errno. */
int fixture_restore(struct fixture *fixture);

/* Has the driver "bind" or "unbind" the device there. Not negative, or -errno. */
long fixture_tell(const struct fixture_place *place, const char *file);

#endif
