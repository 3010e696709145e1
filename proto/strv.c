// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vectors of strings: see strv.h. They are short (kinds of devices), so appending reallocates each time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "strv.h"

void mydev_strv_free(char **strv)
{
	for (char **p = strv; p && *p; p++)
		free(*p);
	free(strv);
}

size_t mydev_strv_length(char **strv)
{
	size_t n = 0;

	while (strv && strv[n])
		n++;
	return n;
}

int mydev_strv_append(char ***strv, const char *text, size_t len)
{
	_cleanup_free_ char *copy = strndup(text, len);
	size_t n = mydev_strv_length(*strv);
	char **grown;

	if (!copy)
		return -ENOMEM;
	grown = reallocarray(*strv, n + 2, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[n] = MYDEV_TAKE(copy);
	grown[n + 1] = NULL;
	*strv = grown;
	return 0;
}

char *mydev_strv_join(char **strv, const char *separator)
{
	size_t size = 1;
	char *text, *end;

	for (char **p = strv; p && *p; p++)
		size += strlen(*p) + strlen(separator);
	text = end = malloc(size);
	if (!text)
		return NULL;

	*end = '\0';
	for (char **p = strv; p && *p; p++) {
		if (p != strv)
			end = stpcpy(end, separator);
		end = stpcpy(end, *p);
	}
	return text;
}

int mydev_strv_split(const char *text, char separator, char ***ret)
{
	_cleanup_strv_ char **strv = NULL;
	const char *end;
	int r;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, separator);
		r = mydev_strv_append(&strv, text, (size_t)(end - text));
		if (r < 0)
			return r;
	}
	*ret = MYDEV_TAKE(strv);
	return 0;
}
