/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects and netlink attributes: the only place in user space where the kernel's layout is touched. Private to
 * libmydev. Driven by the field table: a new attribute needs nothing here.
 */
#ifndef MYDEV_OBJECT_H
#define MYDEV_OBJECT_H

#include <stddef.h>

#include "field.h"

struct nl_msg;

/*
 * Fills an empty object from len bytes of attributes (aligned to 4). Attributes that the table does not know are
 * skipped: the kernel may be newer. -EBADMSG when an attribute has not the size of its type or the bytes end within
 * one, -ENOMEM; the object then holds what came before, and is the caller's to clear in any case.
 */
int mydev_object_from_nl(const struct mydev_desc *desc, const void *attrs, size_t len, void *obj);

/*
 * Appends what the object has. -EMSGSIZE when the message has no room for it (a text of kilobytes), -EINVAL when a
 * UUID is none.
 */
int mydev_object_to_nl(const struct mydev_desc *desc, const void *obj, struct nl_msg *msg);

#endif
