/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NULL-terminated vectors of strings, as far as the objects of libmydev need them. NULL is an empty vector everywhere.
 */
#ifndef MYDEV_STRV_H
#define MYDEV_STRV_H

#include <stddef.h>

#include "cleanup.h"

void mydev_strv_free(char **strv);
MYDEV_DEFINE_CLEANUP(char **, mydev_strv_free);
#define _cleanup_strv_ _cleanup_(mydev_strv_free_p)

size_t mydev_strv_length(char **strv);

/* Appends a copy of the first len bytes of text, up to a NUL among them. -ENOMEM leaves the vector as it was. */
int mydev_strv_append(char ***strv, const char *text, size_t len);

/* The caller's to free; NULL is no memory. */
char *mydev_strv_join(char **strv, const char *separator);

/* The parts between separators; no text gives an empty vector. The caller's: mydev_strv_free(). */
int mydev_strv_split(const char *text, char separator, char ***ret);

#endif
