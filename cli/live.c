// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exists right now, for completion. No error is worth a word while somebody types: then there
 * is nothing to offer.
 */

#include <errno.h>

#include "complete.h"
#include "scoped.h"

static int add_devices(struct candidates *c, struct mydev_client *client, const char *prefix,
		       const char *head)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(client, &devs, &n);
	if (r < 0)
		return 0;
	for (size_t i = 0; i < n && r >= 0; i++)
		r = candidates_add(c, prefix, head, devs[i].name,
				   mydev_enum_name(&mydev_dev_state_names, devs[i].state), false);
	mydev_devs_free(devs, n);
	return r;
}

static int add_kinds(struct candidates *c, struct mydev_client *client, const char *prefix,
		     const char *head)
{
	_scoped_(info) struct mydev_info info = {};
	int r = 0;

	if (mydev_info_get(client, &info) < 0)
		return 0;
	for (char **kind = info.kind; kind && *kind && r >= 0; kind++)
		r = candidates_add(c, prefix, head, *kind, NULL, false);
	return r;
}

int complete_live(struct candidates *c, enum value_type type, const char *prefix, const char *head)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;

	if (mydev_client_new(&client) < 0) {
		client = NULL;
		return 0;
	}
	return type == VALUE_DEVICE ? add_devices(c, client, prefix, head) :
				      add_kinds(c, client, prefix, head);
}
