// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tagged object is an object with a string behind it; its field comes first and has the number
 * that no attribute has.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libmydev.h"
#include "scoped.h"
#include "tag.h"

#define TAG_ATTR 0 /* attributes are numbered from 1 on */

struct tag {
	const struct mydev_desc *plain;
	struct mydev_desc desc;
	struct mydev_field *fields;
};

struct tags {
	struct tag *list;
	size_t n;
};

static const struct mydev_desc *const *const all_kinds[] = { mydev_descs, mydev_stream_descs,
							     mydevctl_descs };

static size_t count_kinds(void)
{
	size_t n = 0;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(all_kinds); i++)
		for (const struct mydev_desc *const *desc = all_kinds[i]; *desc; desc++)
			n++;
	return n;
}

static int make_tag(const struct mydev_desc *plain, struct tag *tag)
{
	size_t align = sizeof(char *), offset = (plain->size + align - 1) / align * align;

	tag->fields = calloc(plain->n_fields + 1, sizeof(tag->fields[0]));
	if (!tag->fields)
		return -ENOMEM;
	tag->fields[0] = (struct mydev_field){
		.key = TAG_NAME,
		.name = TAG_NAME,
		.label = "Host",
		.journal = "",
		.doc = "The machine that it is of.",
		.type = MYDEV_TYPE_STRING,
		.attr = TAG_ATTR,
		.offset = offset,
	};
	memcpy(tag->fields + 1, plain->fields, plain->n_fields * sizeof(tag->fields[0]));
	tag->plain = plain;
	tag->desc = *plain;
	tag->desc.size = offset + sizeof(char *);
	tag->desc.fields = tag->fields;
	tag->desc.n_fields++;
	return 0;
}

int tags_new(struct tags **ret)
{
	struct tags *tags = calloc(1, sizeof(*tags));
	int r = tags ? 0 : -ENOMEM;

	if (tags)
		tags->list = calloc(count_kinds() ?: 1, sizeof(tags->list[0]));
	if (tags && !tags->list)
		r = -ENOMEM;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(all_kinds) && r >= 0; i++)
		for (const struct mydev_desc *const *desc = all_kinds[i]; *desc && r >= 0; desc++)
			r = make_tag(*desc, &tags->list[tags->n++]);
	if (r < 0) {
		tags_free(tags);
		return r;
	}
	*ret = tags;
	return 0;
}

void tags_free(struct tags *tags)
{
	if (!tags)
		return;
	for (size_t i = 0; i < tags->n; i++)
		free(tags->list[i].fields);
	free(tags->list);
	free(tags);
}

const struct mydev_desc *tags_find(const struct tags *tags, const char *kind)
{
	for (size_t i = 0; i < tags->n; i++)
		if (!strcmp(tags->list[i].desc.kind, kind))
			return &tags->list[i].desc;
	return NULL;
}

const struct mydev_desc *tags_plain(const struct tags *tags, const struct mydev_desc *tagged)
{
	for (size_t i = 0; i < tags->n; i++)
		if (&tags->list[i].desc == tagged)
			return tags->list[i].plain;
	return tagged;
}

void *tag_object_new(const struct mydev_desc *tagged, const char *host)
{
	void *obj = calloc(1, tagged->size);

	if (obj && mydev_field_parse(&tagged->fields[0], host, obj) < 0) {
		tag_object_free(tagged, obj);
		return NULL;
	}
	return obj;
}

void tag_object_free(const struct mydev_desc *tagged, void *obj)
{
	if (!obj)
		return;
	mydev_object_clear(tagged, obj);
	free(obj);
}
