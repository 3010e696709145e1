// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds: backends that make devices on request. They come and go with their modules.
 */

#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>

#include "core.h"

static DEFINE_MUTEX(mydev_kinds_lock); /* protects mydev_kinds */
static LIST_HEAD(mydev_kinds);

static struct mydev_kind *mydev_kind_find(const char *name)
{
	struct mydev_kind *kind;

	lockdep_assert_held(&mydev_kinds_lock);
	list_for_each_entry(kind, &mydev_kinds, list)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

int mydev_kind_register(struct mydev_kind *kind)
{
	guard(mutex)(&mydev_kinds_lock);
	if (mydev_kind_find(kind->name))
		return -EEXIST;
	list_add_tail(&kind->list, &mydev_kinds);
	return 0;
}
EXPORT_SYMBOL_GPL(mydev_kind_register);

void mydev_kind_unregister(struct mydev_kind *kind)
{
	guard(mutex)(&mydev_kinds_lock);
	list_del(&kind->list);
}
EXPORT_SYMBOL_GPL(mydev_kind_unregister);

struct mydev_kind *mydev_kind_get(const char *name)
{
	struct mydev_kind *kind;

	guard(mutex)(&mydev_kinds_lock);
	kind = mydev_kind_find(name);
	return kind && try_module_get(kind->owner) ? kind : NULL;
}

struct mydev_kind *mydev_kind_request(const char *name)
{
	struct mydev_kind *kind = mydev_kind_get(name);

	if (kind)
		return kind;
	request_module("mydev-kind-%s", name);
	return mydev_kind_get(name);
}

void mydev_kind_put(struct mydev_kind *kind)
{
	module_put(kind->owner);
}

int mydev_kind_for_each(int (*fn)(const char *name, void *data), void *data)
{
	struct mydev_kind *kind;
	int err;

	guard(mutex)(&mydev_kinds_lock);
	list_for_each_entry(kind, &mydev_kinds, list) {
		err = fn(kind->name, data);
		if (err)
			return err;
	}
	return 0;
}
