// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules that are loaded and unloaded: the core, mydev_virt with its devices, and drivers of
 * hardware that there is. A module is there as a whole, or not at all.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "walk.h"
#include "walk_look.h"

#define PATTERN_DEVICES 1
#define DEVICES 2

#define OP_NAME_MAX 64

struct module {
	const struct walk *walk;
	const char *path, *name; /* of a driver of hardware */
	int file;
};

static long load(int file, const char *parameters)
{
	return syscall(SYS_finit_module, file, parameters, 0) < 0 ? -errno : 0;
}

static int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_module(struct module *m, const char *path)
{
	m->file = open(path, O_RDONLY | O_CLOEXEC);
	return m->file < 0 ? -errno : 0;
}

/* ---- What there is of a module ---- */

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* In the list of those who have device numbers. */
static int has_numbers(bool *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/devices", "re");
	char line[128];

	*ret = false;
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		*ret |= !!strstr(line, " mydev\n");
	return ferror(f) ? -EIO : 0;
}

static int has_family(bool *ret)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	int r = mydev_client_new(&client);

	*ret = r == 0;
	return r == -EPROTONOSUPPORT ? 0 : r;
}

static int expect_core(bool expected)
{
	bool numbers, family = false;
	int r;

	r = has_numbers(&numbers);
	if (r == 0)
		r = has_family(&family);
	if (r < 0)
		return r;
	if (is_there("/sys/module/mydev/parameters/rx_size") != expected ||
	    is_there("/sys/class/mydev") != expected || numbers != expected || family != expected)
		return walk_wrong("of the core %s",
				  expected ? "something is missing" : "something stayed");
	return 0;
}

static int expect_virt(bool expected, size_t devices)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	int r;

	if (is_there("/sys/module/mydev_virt/parameters/devices") != expected ||
	    is_there("/sys/bus/platform/drivers/mydev_virt") != expected)
		return walk_wrong("of the backend %s",
				  expected ? "something is missing" : "something stayed");
	r = mydev_client_new(&client);
	return r < 0 ? r : walk_expect_devices(client, devices, devices);
}

/* ---- The core ---- */

static int prepare_load_core(void *userdata)
{
	struct module *m = userdata;

	return open_module(m, walk_core_file(m->walk));
}

static long act_load_core(void *userdata)
{
	const struct module *m = userdata;

	return load(m->file, "");
}

static int check_load_core(void *userdata, long *result)
{
	struct module *m = userdata;
	int r = expect_core(*result == 0);

	close(m->file);
	return r == 0 && *result == 0 ? unload("mydev") : r;
}

static int load_core(struct module *m)
{
	int r = prepare_load_core(m);

	if (r < 0)
		return r;
	r = (int)act_load_core(m);
	close(m->file);
	return r;
}

static int prepare_unload_core(void *userdata)
{
	return load_core(userdata);
}

static long act_unload_core(void *userdata)
{
	return unload("mydev");
}

static int check_unload_core(void *userdata, long *result)
{
	int r = expect_core(*result < 0);

	return r == 0 && *result < 0 ? unload("mydev") : r;
}

static const struct walk_op core[] = {
	{ "load mydev", prepare_load_core, act_load_core, check_load_core },
	{ "unload mydev", prepare_unload_core, act_unload_core, check_unload_core },
	{},
};

/* ---- The backend, with its devices ---- */

static int prepare_load_virt(void *userdata)
{
	struct module *m = userdata;

	return open_module(m, walk_virt_file(m->walk));
}

static long act_load_virt(void *userdata)
{
	const struct module *m = userdata;

	return load(m->file, "devices=2");
}

static long act_load_pattern(void *userdata)
{
	const struct module *m = userdata;

	return load(m->file, "devices=1 pattern_interval_us=1000");
}

static int check_load(struct module *m, size_t devices, long result)
{
	int r = expect_virt(result == 0, result == 0 ? devices : 0);

	close(m->file);
	return r == 0 && result == 0 ? unload("mydev_virt") : r;
}

static int check_load_virt(void *userdata, long *result)
{
	return check_load(userdata, DEVICES, *result);
}

static int check_load_pattern(void *userdata, long *result)
{
	return check_load(userdata, PATTERN_DEVICES, *result);
}

static int prepare_unload_virt(void *userdata)
{
	struct module *m = userdata;
	int r = prepare_load_virt(m);

	if (r < 0)
		return r;
	r = (int)act_load_virt(m);
	close(m->file);
	return r;
}

static long act_unload_virt(void *userdata)
{
	return unload("mydev_virt");
}

static int check_unload_virt(void *userdata, long *result)
{
	int r = expect_virt(*result < 0, *result < 0 ? DEVICES : 0);

	return r == 0 && *result < 0 ? unload("mydev_virt") : r;
}

/* ENXIO: the driver core gave up before it asked the driver, and does not say why. */
static const struct walk_op virt[] = {
	{ "load mydev_virt", prepare_load_virt, act_load_virt, check_load_virt, { ENXIO } },
	{ "load mydev_virt with a pattern",
	  prepare_load_virt,
	  act_load_pattern,
	  check_load_pattern,
	  { ENXIO } },
	{ "unload mydev_virt", prepare_unload_virt, act_unload_virt, check_unload_virt },
	{},
};

/* ---- A driver, with its hardware ---- */

/* Each of its devices as a whole, or not at all: a probe that fails does not keep a driver from being loaded. */
static int expect_driver(const struct module *m, bool expected)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	_cleanup_free_ char *path = NULL;
	size_t n;
	int r;

	if (asprintf(&path, "/sys/module/%s", m->name) < 0)
		return -ENOMEM;
	if (is_there(path) != expected)
		return walk_wrong("the driver is %sloaded", expected ? "not " : "");
	r = walk_count("/sys/class/mydev", "mydev", &n);
	if (r < 0)
		return r;
	if (n && !expected)
		return walk_wrong("a device stayed");
	r = mydev_client_new(&client);
	return r < 0 ? r : walk_expect_known(client, n);
}

static int prepare_load_driver(void *userdata)
{
	struct module *m = userdata;

	return open_module(m, m->path);
}

static long act_load_driver(void *userdata)
{
	const struct module *m = userdata;

	return load(m->file, "");
}

static int check_load_driver(void *userdata, long *result)
{
	struct module *m = userdata;
	int r = expect_driver(m, *result == 0);

	close(m->file);
	return r == 0 && *result == 0 ? unload(m->name) : r;
}

static int prepare_unload_driver(void *userdata)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct module *m = userdata;
	int r = prepare_load_driver(m);

	if (r < 0)
		return r;
	r = (int)act_load_driver(m);
	close(m->file);
	if (r == 0)
		r = mydev_client_new(&client);
	/* Its hardware is there, else this would prove little. */
	return r < 0 ? r : walk_expect_known(client, 1);
}

static long act_unload_driver(void *userdata)
{
	const struct module *m = userdata;

	return unload(m->name);
}

static int check_unload_driver(void *userdata, long *result)
{
	const struct module *m = userdata;
	int r = expect_driver(m, *result < 0);

	return r == 0 && *result < 0 ? unload(m->name) : r;
}

static int walk_driver(struct walk *w, const char *path)
{
	_cleanup_free_ char *name = strdup(basename(path));
	struct module m = { .walk = w, .path = path, .name = name };
	char loading[OP_NAME_MAX], unloading[OP_NAME_MAX];
	const struct walk_op ops[] = {
		{ loading, prepare_load_driver, act_load_driver, check_load_driver },
		{ unloading, prepare_unload_driver, act_unload_driver, check_unload_driver },
		{},
	};

	if (!name)
		return -ENOMEM;
	name[strcspn(name, ".")] = '\0';
	snprintf(loading, sizeof(loading), "load %s", name);
	snprintf(unloading, sizeof(unloading), "unload %s", name);
	return walk_along(w, ops, &m);
}

int walk_module(struct walk *w)
{
	char *const *drivers = walk_driver_files(w);
	struct module m = { .walk = w };
	int r;

	r = walk_along(w, core, &m);
	if (r == 0)
		r = load_core(&m);
	if (r < 0)
		return r;
	r = walk_along(w, virt, &m);
	for (; *drivers && r == 0; drivers++)
		r = walk_driver(w, *drivers);
	return r < 0 ? r : unload("mydev");
}
