/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who races with whom: race.c has the threads and their pairs, race_users.c who uses devices, race_happenings.c what can
 * happen to them.
 */
#ifndef MYDEV_TESTS_SYSTEM_RACE_H
#define MYDEV_TESTS_SYSTEM_RACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "libmydev.h"

struct thread {
	struct role *role;
	const struct role *beside; /* what happens meanwhile; NULL: all that can */
	struct mydev_client *client;
	unsigned int seed;
	atomic_ulong turns; /* that came to something */
	atomic_ulong refused; /* since the device is in use */
	pthread_t id;
	atomic_bool ended;
};

struct role {
	const char *name;
	int (*turn)(struct thread *t); /* -errno, if it may explain itself by the situation */
	bool is_happening; /* which may be refused since a device is in use */
	const int *explains; /* of a happening: errors of others, or its own, up to 0; not NULL */
	unsigned long turns; /* of its threads that have ended */
};

extern struct role users[];
extern const size_t n_users;
extern struct role happenings[];
extern const size_t n_happenings;

/* Before the first turn of a user. The seed is that of what is done for all of them. */
void prepare_users(unsigned int seed);

/* How often the core itself was unloaded. */
extern atomic_ulong core_unloads;

/* Turns are to come to their end. */
extern atomic_bool stopping;

unsigned int below(struct thread *t, unsigned int n);

/* Long enough for others to come between, or not at all. */
void dawdle(struct thread *t);

/* One of the devices there are; -ENODEV when there is none. The caller clears it. */
int pick(struct thread *t, struct mydev_dev *ret);

/* A request about one of the devices. */
int name_one(struct thread *t, struct mydev_dev *ret);

#endif
