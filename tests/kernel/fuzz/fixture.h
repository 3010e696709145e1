/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program finds: the first devices, with default settings, empty, and open to every user. Also how the family
 * is addressed.
 */
#ifndef FUZZ_FIXTURE_H
#define FUZZ_FIXTURE_H

#include <stdint.h>

#define FIXTURE_DEVICES 2
#define FIXTURE_DRIVER "/sys/bus/platform/drivers/mydev_virt/"

struct mydev_client;

struct fixture {
	struct mydev_client *client;
	uint16_t family;
	uint32_t events; /* multicast group */
	/* By device: the platform device that it is driven through, "" for none. */
	char (*platform)[32];
};

/* The modules are loaded, without a device. 0 or -errno. */
int fixture_open(struct fixture *fixture);

/* Makes good what a program has done. 0 or -errno. */
int fixture_restore(struct fixture *fixture);

#endif
