// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text out of values: see format.h.
 */

#include <errno.h>
#include <stdio.h>

#include "format.h"

int mydev_vasprintf(char **ret, const char *format, va_list ap)
{
	if (vasprintf(ret, format, ap) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

int mydev_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = mydev_vasprintf(ret, format, ap);
	va_end(ap);
	return r;
}
