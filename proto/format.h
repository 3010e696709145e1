/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text out of values, for all of user land.
 */
#ifndef MYDEV_FORMAT_H
#define MYDEV_FORMAT_H

#include <stdarg.h>

/* As asprintf() and vasprintf(), but: 0, or -ENOMEM and *ret is NULL. Otherwise it is the caller's to free. */
int mydev_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int mydev_vasprintf(char **ret, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

#endif
