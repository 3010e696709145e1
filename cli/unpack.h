/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Back from the JSON that a mydevctl writes to objects, item by item as it comes, so that a long
 * document needs no memory. The writer is not trusted: it may be of another version, or something
 * else altogether.
 */
#ifndef MYDEVCTL_UNPACK_H
#define MYDEVCTL_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct json_object;
struct unpack;

/*
 * A document of that kind begins (item is NULL), or an item of it or of its errors. -errno ends the
 * reading.
 */
typedef int (*unpack_fn)(const char *kind, struct json_object *item, void *userdata);

int unpack_new(struct unpack **ret, unpack_fn fn, void *userdata);
void unpack_free(struct unpack *u);

/*
 * What came next. Lines that are no documents, as a shell's greeting, are passed over. -EPROTO: a
 * document is broken, or too long to be one; -ENOMEM; or what the callback returned.
 */
int unpack_feed(struct unpack *u, const char *data, size_t len);

/* Whether there was a document, and none has only begun. */
bool unpack_is_whole(const struct unpack *u);

/* The first line that was no document; NULL: there is none. */
const char *unpack_other_line(const struct unpack *u);

/*
 * The item as an object, which must be empty; keys that the table does not know are passed over.
 * *ret_foreign: a value is of no use here, as an enumerator of a later version, and was left out.
 * -ENOMEM; the object is the caller's to clear in any case.
 */
int unpack_object(const struct mydev_desc *desc, struct json_object *item, void *obj,
		  bool *ret_foreign);

/* When the item happened, in microseconds since the Unix epoch; 0: it does not say. */
uint64_t unpack_time(struct json_object *item);

#endif
