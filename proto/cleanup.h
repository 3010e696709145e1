/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Releasing by scope, for library, daemon and shell: a variable declared with one of these is released when it goes out
 * of scope, on every path. Not a place for anything else.
 */
#ifndef MYDEV_CLEANUP_H
#define MYDEV_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* fn gets a pointer to the variable. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Defines NAMEp() for _cleanup_(), from a NAME() that takes the pointer itself; NULL is left alone. */
#define MYDEV_DEFINE_CLEANUP(type, fn)                                                             \
	static inline void fn##p(type *p)                                                          \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}

static inline void mydev_freep(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(mydev_freep)

static inline void mydev_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ _cleanup_(mydev_closep)

/* The pointer, which its variable then no longer owns. */
#define mydev_take_ptr(ptr)                                                                        \
	({                                                                                         \
		__typeof__(ptr) _taken = (ptr);                                                    \
		(ptr) = NULL;                                                                      \
		_taken;                                                                            \
	})

#endif
