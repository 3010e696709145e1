/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resources that free themselves where their scope ends, and giving them away. For all of user land.
 */
#ifndef MYDEV_CLEANUP_H
#define MYDEV_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(func) __attribute__((cleanup(func)))

/* Defines func_p(), for _cleanup_(func_p) on a variable of the pointer type. */
#define MYDEV_DEFINE_CLEANUP(type, func)     \
	static inline void func##_p(type *p) \
	{                                    \
		if (*p)                      \
			func(*p);            \
	}                                    \
	struct mydev_require_semicolon

static inline void mydev_free_p(void *p)
{
	free(*(void **)p);
}

static inline void mydev_close_p(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

MYDEV_DEFINE_CLEANUP(FILE *, fclose);

#define _cleanup_free_ _cleanup_(mydev_free_p)
#define _cleanup_close_ _cleanup_(mydev_close_p)
#define _cleanup_fclose_ _cleanup_(fclose_p)

/* The pointer, which its variable no longer owns. */
#define MYDEV_TAKE(p)                       \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

/* The same of a file descriptor. */
#define MYDEV_TAKE_FD(fd)          \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

#define MYDEV_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
