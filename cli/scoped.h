/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects that clear themselves where their scope ends: "_scoped_(dev) struct mydev_dev dev = {};".
 */
#ifndef MYDEVCTL_SCOPED_H
#define MYDEVCTL_SCOPED_H

#include "cleanup.h"
#include "libmydev.h"
#include "objects_gen.h"
#include "strv.h"

#define DEFINE_CLEAR(set)                                       \
	static inline void clear_##set(struct mydev_##set *obj) \
	{                                                       \
		mydev_object_clear(&mydev_##set##_desc, obj);   \
	}                                                       \
	struct mydev_require_semicolon

DEFINE_CLEAR(info);
DEFINE_CLEAR(dev);
DEFINE_CLEAR(event);
DEFINE_CLEAR(error);
DEFINE_CLEAR(check);
DEFINE_CLEAR(report);
DEFINE_CLEAR(version);
DEFINE_CLEAR(command);
DEFINE_CLEAR(gap);
DEFINE_CLEAR(data);
DEFINE_CLEAR(sent);
DEFINE_CLEAR(load);
DEFINE_CLEAR(selftest);

#define _scoped_(set) _cleanup_(clear_##set)

#endif
