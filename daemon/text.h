/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences about objects, from templates and field tables. Pure: nothing here knows an object, a journal or a device.
 */
#ifndef MYDEVD_TEXT_H
#define MYDEVD_TEXT_H

#include <stdint.h>

#include "field.h"

/*
 * Fills a template with an object's values, written for people (128 KiB, 1.2 s). {name} is the field of that name in
 * the spec. A part in [brackets] is left out when the object lacks a field of it; elsewhere such a field reads "?".
 * Control characters and invalid UTF-8 in values, which users choose, become "?". *ret is the caller's to free.
 * -ENOMEM; -EINVAL when the template names a field that there is not, or its brackets do not match.
 */
int text_expand(const char *template, const struct mydev_desc *desc, const void *obj, char **ret);

/* "1,234,567 bytes", "1 byte"; whole multiples of 1024 as "128 KiB". -ENOMEM */
int text_bytes(uint64_t bytes, char **ret);

/* "870 ns", "35 us", "1.2 s", "2 min 5 s", "3 h 12 min". -ENOMEM */
int text_duration(uint64_t ns, char **ret);

/* Replaces what a journal or terminal could not show, in place, byte for byte, with "?". */
void text_sanitize(char *text);

#endif
