/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking along error paths: the first, the second, the third allocation or copy of user memory
 * that the kernel makes for an operation fails (fail-nth, Documentation/fault-injection), until the
 * operation is through before its fault. walk.c is that and the program, each other walk_*.c a
 * group of operations.
 */
#ifndef MYDEV_TESTS_KERNEL_WALK_H
#define MYDEV_TESTS_KERNEL_WALK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "libmydev.h"

#define WALK_ALSO_MAX 3

struct walk;

/*
 * An operation. Each function gets what was given to walk_along(). The first returns 0 or -errno,
 * the last as well, or what walk_wrong() returns.
 */
struct walk_op {
	const char *name;
	/* What the operation needs, made anew for each fault. */
	int (*prepare)(void *userdata);
	/* The operation: system calls and nothing else, which meet a fault. -errno. */
	long (*act)(void *userdata);
	/*
	 * Whether all is as the result says, which it may correct: what a request came to is told
	 * later. Undoes what was done.
	 */
	int (*check)(void *userdata, long *result);
	/*
	 * What the operation may fail with beside ENOMEM and EFAULT; the reasons are beside the
	 * tables.
	 */
	int also[WALK_ALSO_MAX];
	/* For another task that is to meet the fault: sets it, and takes it back. */
	int (*arm)(void *userdata, unsigned int nth);
	int (*disarm)(void *userdata, bool *ret_met);
};

/* All operations from op on, up to one without a name; prints how many paths each has. */
int walk_along(struct walk *w, const struct walk_op *op, void *userdata);

/* What a system call came to, or -errno. */
static inline long walk_result(long r)
{
	return r < 0 ? -errno : r;
}

/* Prints what is wrong; always -EBADE. */
int walk_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Files of the two modules, and of drivers of hardware, with NULL behind the last. */
const char *walk_core_file(const struct walk *w);
const char *walk_virt_file(const struct walk *w);
char *const *walk_driver_files(const struct walk *w);

/* Parts of a group: the registers of a device that has some, and driving one of any kind. */
int walk_registers(struct walk *w, struct mydev_client *client, uint32_t id);
int walk_drive(struct walk *w, struct mydev_client *client, const char *kind, const char *parent);

/* ---- The groups: 0 or -errno ---- */

int walk_module(struct walk *w);
int walk_device(struct walk *w);
int walk_probe(struct walk *w);
int walk_data(struct walk *w);
int walk_node(struct walk *w);
int walk_netlink(struct walk *w);
int walk_dump(struct walk *w);
int walk_event(struct walk *w);

#endif
