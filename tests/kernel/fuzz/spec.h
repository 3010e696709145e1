/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the netlink spec says of requests: every operation, and the attributes that it takes. The table is generated.
 */
#ifndef FUZZ_SPEC_H
#define FUZZ_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spec_type {
	SPEC_U32,
	SPEC_UINT, /* 4 or 8 bytes */
	SPEC_STRING,
	SPEC_BINARY,
};

struct spec_attr {
	const char *name;
	uint16_t number;
	enum spec_type type;
	uint64_t min, max; /* of a number its value; else the length in bytes, without a NUL */
};

struct spec_op {
	const char *name;
	uint8_t cmd;
	bool dos, dumps;
	const struct spec_attr *attrs;
	size_t n_attrs;
};

extern const struct spec_op spec_ops[];
extern const size_t spec_n_ops;

#endif
