/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences about objects, from templates and field tables. Pure: nothing here knows an object, a journal or a device.
 */
#ifndef MYDEVD_TEXT_H
#define MYDEVD_TEXT_H

#include "field.h"

/*
 * Fills a template with an object's values, written for people (12.1 KiB, 1.2 s). {name} is the field of that name in
 * the spec. A part in [brackets] is left out when the object lacks a field of it; elsewhere such a field reads "?".
 * Control characters and invalid UTF-8 in values, which users choose, become \xNN. *ret is the caller's to free.
 * -ENOMEM; -EINVAL when the template names a field that there is not, or its brackets do not match.
 */
int text_expand(const char *template, const struct mydev_desc *desc, const void *obj, char **ret);

#endif
