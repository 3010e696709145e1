// SPDX-License-Identifier: GPL-2.0-only
/*
 * event_storm DEVICE COUNT: causes COUNT events at full speed, by changing a setting to and fro.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "libmydev.h"

static int change(struct mydev_client *client, char *device, uint32_t watermark)
{
	struct mydev_dev want = { .name = device, .watermark = watermark };

	MYDEV_SET(&want, DEV, NAME);
	MYDEV_SET(&want, DEV, WATERMARK);
	return mydev_dev_set(client, &want, NULL);
}

int main(int argc, char *argv[])
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	unsigned long count;
	int r;

	if (argc != 3) {
		fputs("usage: event_storm DEVICE COUNT\n", stderr);
		return 2;
	}
	count = strtoul(argv[2], NULL, 0);
	r = mydev_client_new(&client);
	for (unsigned long i = 0; r >= 0 && i < count; i++)
		r = change(client, argv[1], 4096 + i % 2);
	if (r < 0) {
		fprintf(stderr, "event_storm: %s: %s\n", argv[1], strerror(-r));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
