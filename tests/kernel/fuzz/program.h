/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs: short sequences of calls, which are what the fuzzer makes, changes, executes and keeps. As text, a call is a
 * line and an empty line ends the program; what follows a # is a comment:
 *
 *	open 0x0 0x0 0x802
 *	netlink dev-set 0x5 0x1 0x0 0x1 id:00000000 rx-size:00100000 11+4:0000
 *	& read 0x0 0x0 0x1000
 *	write 0x0 0x0 0x1000
 *
 * Arguments are those of the call's type (calls.h). A netlink call has attributes behind them, by name or number, each
 * with its payload, and between the two by how much its length lies. Calls with an & in front are made by a second task,
 * one after the other, from where the first one stands; the others go on beside them.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRAM_CALLS_MAX 16
#define CALL_ARGS_MAX 5
#define CALL_ATTRS_MAX 6
#define ATTR_BYTES_MAX 160

/* Who makes a call. */
enum task {
	TASK_FIRST,
	TASK_SECOND,
	TASKS,
};

struct attr {
	uint16_t number; /* with NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	int16_t skew; /* the length that it claims is by so much off */
	uint16_t len;
	uint8_t data[ATTR_BYTES_MAX];
};

struct call {
	enum task task;
	unsigned int type; /* index into call_types */
	uint64_t args[CALL_ARGS_MAX];
	size_t n_attrs;
	struct attr attrs[CALL_ATTRS_MAX];
};

struct program {
	size_t n_calls;
	struct call calls[PROGRAM_CALLS_MAX];
};

void call_print(const struct call *call, FILE *file);

/* With the empty line that ends it. */
void program_print(const struct program *program, FILE *file);

/* A number that is not negative, as C writes them, and nothing else. */
bool parse_number(const char *word, uint64_t *ret);

/* The next program of a file: 1, or 0 at its end, or -EBADMSG with *line where text is that is none. */
int program_parse(struct program *program, FILE *file, unsigned int *line);

#endif
