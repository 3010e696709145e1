/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that programs are made of, as a table: a row is all that a call needs to be made, changed, printed and
 * executed. What the kinds of arguments can be is in generate.c; any value is safe to execute.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <stdint.h>

#include "program.h"

/* Of a program's own descriptors. */
#define SLOTS 4
/* Devices that a program can name; it finds the first FIXTURE_DEVICES of them. */
#define DEVICES 4

enum arg_kind {
	ARG_NONE,
	ARG_SLOT, /* one of the program's descriptors */
	ARG_DEVICE,
	ARG_OPEN_FLAGS,
	ARG_PLACE, /* a pointer: see enum place */
	ARG_LENGTH,
	ARG_PARTS, /* vectors that the length is divided into */
	ARG_RWF, /* of preadv2() */
	ARG_EVENTS, /* of poll() */
	ARG_OFFSET,
	ARG_WHENCE,
	ARG_IOCTL,
	ARG_FCNTL, /* index into a table */
	ARG_CHOICE, /* a small number of which each bit means something */
	ARG_COMMAND, /* of the netlink family; attributes follow */
	ARG_NL_FLAGS,
	ARG_VERSION, /* of the netlink family */
	ARG_VALUE, /* any */
	ARG_SKEW, /* the length that a message claims is by so much off */
};

/* Where a pointer points; the bits above PLACE_BITS are an offset. */
enum place {
	PLACE_MEMORY,
	PLACE_END, /* so far before the end of the memory, behind which is none */
	PLACE_ABSENT, /* memory that has no pages before it is used */
	PLACE_READ_ONLY,
	PLACE_NULL,
	PLACE_KERNEL,
	N_PLACES,
};
#define PLACE_BITS 3

struct executor;

struct call_type {
	const char *name;
	unsigned int weight; /* how often it is made */
	long (*run)(struct executor *x, const struct call *call); /* its result, or -errno */
	enum arg_kind args[CALL_ARGS_MAX]; /* ends with ARG_NONE, if there is room */
};

extern const struct call_type call_types[];
extern const unsigned int n_call_types;

#endif
