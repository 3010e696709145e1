/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept in a folder, which best lies outside of the machine that may crash:
 *
 *	recent, recent.old   the programs executed last, each written before it is executed
 *	trouble-N            the last few before the kernel complained, with its words
 *	corpus/              the programs that reached something new
 */
#ifndef FUZZ_KEEP_H
#define FUZZ_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "program.h"

/* What an effect that comes later, as from a work or a grace period, may be an effect of. */
#define KEEP_LAST 16

struct keep {
	int dir;
	int recent;
	size_t recent_bytes;
	uint64_t n;
	struct program last[KEEP_LAST]; /* the Nth at N modulo KEEP_LAST */
};

/* Makes the folder if need be. 0 or -errno. */
int keep_open(struct keep *keep, const char *path);

/* The program is about to be executed. 0 or -errno. */
int keep_before(struct keep *keep, const struct program *program);

/* Writes a file of the programs executed last; *ret is its name in the folder, and the caller's to free. */
int keep_trouble(struct keep *keep, const char *words, char **ret);

/* Adds the program to the corpus. 0 or -errno. */
int keep_in_corpus(struct keep *keep, const struct program *program);

/* Calls fn for each program of the corpus. 0, -errno, or what fn returned when that is not 0. */
int keep_for_each(struct keep *keep, int (*fn)(const struct program *program, void *userdata),
		  void *userdata);

#endif
