// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds: backends that make devices on request. They come and go with their modules.
 */

#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>

#include "core.h"

static DEFINE_MUTEX(mydev_kinds_lock); /* protects both lists */
static LIST_HEAD(mydev_kinds);

/* Modules that are being loaded for a dev-new; on the stack of who waits for them. */
struct mydev_kind_wanted {
	const char *name;
	struct list_head list;
};

static LIST_HEAD(mydev_kinds_wanted);

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
	struct mydev_kind_wanted wanted = { .name = name };
	struct mydev_kind *kind = mydev_kind_get(name);

	if (kind)
		return kind;
	mutex_lock(&mydev_kinds_lock);
	list_add_tail(&wanted.list, &mydev_kinds_wanted);
	mutex_unlock(&mydev_kinds_lock);
	request_module("mydev-kind-%s", name);
	mutex_lock(&mydev_kinds_lock);
	list_del(&wanted.list);
	mutex_unlock(&mydev_kinds_lock);
	return mydev_kind_get(name);
}

bool mydev_kind_is_wanted(const char *name)
{
	struct mydev_kind_wanted *wanted;

	guard(mutex)(&mydev_kinds_lock);
	list_for_each_entry(wanted, &mydev_kinds_wanted, list)
		if (!strcmp(wanted->name, name))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(mydev_kind_is_wanted);

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
