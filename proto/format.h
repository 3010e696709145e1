/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text out of values, for all of user land.
 */
#ifndef MYDEV_FORMAT_H
#define MYDEV_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "field.h"

/* As asprintf() and vasprintf(), but: 0, or -ENOMEM and *ret is NULL. Otherwise it is the caller's to free. */
int mydev_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int mydev_vasprintf(char **ret, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/*
 * An amount of data, as people read it: "1 B", "64 KiB", "12.1 KiB". exact: where that is rounded, the number of bytes
 * behind it, "12.1 KiB (12345 B)". -ENOMEM, and *ret is NULL.
 */
int mydev_format_bytes(uint64_t bytes, bool exact, char **ret);

/* A span of time: "870 ns", "35.1 us", "1.2 s", "2 min 5 s", "3 h 12 min"; never rounded up. -ENOMEM, and *ret is NULL. */
int mydev_format_duration(uint64_t ns, char **ret);

/* A speed given in Mb/s: "480 Mb/s", "5 Gb/s", "2.5 Gb/s"; never rounded. -ENOMEM, and *ret is NULL. */
int mydev_format_speed(uint64_t mbps, char **ret);

/* A number in hexadecimal with two digits for each of so many bytes, or as many more as it takes: "0x0c". As above. */
int mydev_format_hex(uint64_t value, uint64_t bytes, char **ret);

/*
 * The value of a field with its unit, safe for a terminal; exact as above. -ENODATA when the object has none, -ENOMEM;
 * *ret is then NULL.
 */
int mydev_format_value(const struct mydev_field *field, const void *obj, bool exact, char **ret);

#endif
