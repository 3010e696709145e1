/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of mydev's modules, to say of points of coverage where they are.
 */
#ifndef FUZZ_SYMBOLS_H
#define FUZZ_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage.h"

struct symbol {
	uint64_t address;
	char *name;
	bool written; /* by people */
	bool reached;
};

struct symbols {
	struct symbol *all; /* by address */
	size_t n;
};

/* 0 or -errno. */
int symbols_read(struct symbols *symbols);
void symbols_clear(struct symbols *symbols);

/* Marks the functions that the points are in. */
void symbols_mark(struct symbols *symbols, const struct points *points);

#endif
