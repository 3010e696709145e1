// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer entry: arbitrary bytes as what another machine answers, in pieces that end where the
 * first byte says. What is found becomes objects that can be shown.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/scoped.h"
#include "cli/tag.h"
#include "cli/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

MYDEV_DEFINE_CLEANUP(struct unpack *, unpack_free);
MYDEV_DEFINE_CLEANUP(struct tags *, tags_free);

static void show(const struct mydev_desc *desc, const void *obj)
{
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *text = NULL;

		if (mydev_has_attr(obj, field->attr) && mydev_field_format(field, obj, &text) < 0)
			abort();
	}
}

static int take(const char *kind, struct json_object *item, void *userdata)
{
	const struct mydev_desc *desc = tags_find(userdata, kind);
	bool foreign;
	void *obj;

	if (!desc || !item)
		return 0;
	obj = tag_object_new(desc, "host");
	if (!obj || unpack_object(tags_plain(userdata, desc), item, obj, &foreign) < 0)
		abort();
	(void)unpack_time(item);
	show(desc, obj);
	tag_object_free(desc, obj);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(tags_free_p) struct tags *tags = NULL;
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	size_t piece;
	int r = 0;

	if (!size)
		return 0;
	if (tags_new(&tags) < 0 || unpack_new(&u, take, tags) < 0)
		abort();
	piece = data[0] ?: size;
	for (size_t i = 1; i < size && r >= 0; i += piece)
		r = unpack_feed(u, (const char *)data + i, piece < size - i ? piece : size - i);
	if (r < 0 && r != -EPROTO)
		abort();
	return 0;
}
