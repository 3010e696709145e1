/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making programs, from nothing and from others. Most of what is made is right or nearly so: what is all wrong is refused
 * at the first look.
 */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include "coverage.h"
#include "program.h"
#include "rng.h"

/* What calls are made of, for mutate.c. */
uint64_t generate_arg(struct rng *rng, enum arg_kind kind);
void generate_attr(struct rng *rng, const struct call *call, struct attr *attr);
void generate_call(struct rng *rng, struct call *call);

void generate_program(struct rng *rng, struct program *program);

/* Changes the program; other gives parts of itself. */
void mutate_program(struct rng *rng, struct program *program, const struct program *other);

/*
 * Puts a constant of the module where the value is that was compared with it. Returns how many places there are; a place
 * from 0 on is the one that is changed.
 */
unsigned int mutate_to_match(struct program *program, const struct comparison *comparison,
			     unsigned int place);

#endif
