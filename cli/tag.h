/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects with the host that they are of as one more field, for every kind there is: who walks the
 * field table shows it like any other.
 */
#ifndef MYDEVCTL_TAG_H
#define MYDEVCTL_TAG_H

#include "field.h"

#define TAG_NAME "host"

struct tags;

int tags_new(struct tags **ret);
void tags_free(struct tags *tags);

/*
 * The description of tagged objects of the kind, as long as tags live; NULL: there is no such kind.
 */
const struct mydev_desc *tags_find(const struct tags *tags, const char *kind);

/* What describes the same object without its tag. */
const struct mydev_desc *tags_plain(const struct tags *tags, const struct mydev_desc *tagged);

/*
 * An empty object of a tagged description, with the host; the caller's: tag_object_free(). NULL: no
 * memory.
 */
void *tag_object_new(const struct mydev_desc *tagged, const char *host);
void tag_object_free(const struct mydev_desc *tagged, void *obj);

#endif
