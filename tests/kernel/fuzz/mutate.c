// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs from others.
 */

#include <string.h>

#include "calls.h"
#include "generate.h"

static size_t count_args(const struct call *call)
{
	size_t n = 0;

	while (n < CALL_ARGS_MAX && call_types[call->type].args[n] != ARG_NONE)
		n++;
	return n;
}

static uint64_t nudge(struct rng *rng, uint64_t value)
{
	switch (rng_below(rng, 3)) {
	case 0:
		return value + rng_below(rng, 17) - 8;
	case 1:
		return value ^ 1ull << rng_below(rng, 64);
	default:
		return rng_one_in(rng, 2) ? value * 2 : value / 2;
	}
}

static void mutate_arg(struct rng *rng, struct call *call)
{
	size_t i = rng_below(rng, count_args(call));

	if (rng_one_in(rng, 2))
		call->args[i] = generate_arg(rng, call_types[call->type].args[i]);
	else
		call->args[i] = nudge(rng, call->args[i]);
}

static void remove_attr(struct call *call, size_t i)
{
	call->n_attrs--;
	memmove(&call->attrs[i], &call->attrs[i + 1], (call->n_attrs - i) * sizeof(call->attrs[0]));
}

/* A byte of it, its length, or what its length claims. */
static void change_attr(struct rng *rng, struct attr *attr)
{
	switch (rng_below(rng, 4)) {
	case 0:
		attr->len = (uint16_t)((attr->len + rng_below(rng, 9) - 4) % (ATTR_BYTES_MAX + 1));
		break;
	case 1:
		attr->skew = (int16_t)(rng_below(rng, 9) - 4);
		break;
	default:
		if (attr->len)
			attr->data[rng_below(rng, attr->len)] ^= (uint8_t)(1u << rng_below(rng, 8));
		break;
	}
}

static void mutate_attrs(struct rng *rng, struct call *call)
{
	size_t i = call->n_attrs ? rng_below(rng, call->n_attrs) : 0;
	bool room = call->n_attrs < CALL_ATTRS_MAX;

	switch (call->n_attrs ? rng_below(rng, 6) : 5) {
	case 0:
		remove_attr(call, i);
		break;
	case 1:
		if (room)
			call->attrs[call->n_attrs++] = call->attrs[i];
		break;
	case 2:
	case 3:
		change_attr(rng, &call->attrs[i]);
		break;
	case 4:
		generate_attr(rng, call, &call->attrs[i]);
		break;
	default:
		if (room)
			generate_attr(rng, call, &call->attrs[call->n_attrs++]);
		break;
	}
}

/* Room for a call at that place; the last one makes it, if need be. */
static struct call *insert_call(struct program *program, size_t at)
{
	size_t behind;

	if (program->n_calls < PROGRAM_CALLS_MAX)
		program->n_calls++;
	if (at >= program->n_calls)
		at = program->n_calls - 1;
	behind = program->n_calls - 1 - at;
	memmove(&program->calls[at + 1], &program->calls[at], behind * sizeof(program->calls[0]));
	return &program->calls[at];
}

/* The rest of the other's, from any place on, instead of one's own. */
static void splice_programs(struct rng *rng, struct program *program, const struct program *other)
{
	size_t at = rng_below(rng, program->n_calls + 1), from = rng_below(rng, other->n_calls);

	while (at < PROGRAM_CALLS_MAX && from < other->n_calls)
		program->calls[at++] = other->calls[from++];
	program->n_calls = at;
}

static void mutate_once(struct rng *rng, struct program *program, const struct program *other)
{
	size_t at = rng_below(rng, program->n_calls);
	struct call *call = &program->calls[at], copy;

	switch (rng_below(rng, 13)) {
	case 0:
		splice_programs(rng, program, other);
		break;
	case 1:
	case 2:
	case 3:
		generate_call(rng, insert_call(program, rng_below(rng, program->n_calls + 1)));
		break;
	case 4:
		copy = *call;
		*insert_call(program, at) = copy;
		break;
	case 5:
		if (program->n_calls > 1)
			*call = program->calls[--program->n_calls];
		break;
	case 6:
		call->task = (enum task)((call->task + 1) % TASKS);
		break;
	default:
		if (call_types[call->type].args[0] == ARG_COMMAND && !rng_one_in(rng, 3))
			mutate_attrs(rng, call);
		else
			mutate_arg(rng, call);
		break;
	}
}

void mutate_program(struct rng *rng, struct program *program, const struct program *other)
{
	do
		mutate_once(rng, program, other);
	while (rng_one_in(rng, 2));
}

/* ---- Comparisons ---- */

/* Whether it is the place that is wanted; counts them. */
static bool is_place(unsigned int *n, unsigned int wanted)
{
	return (*n)++ == wanted;
}

static void match_attr(struct attr *attr, const struct comparison *comparison, unsigned int *n,
		       unsigned int wanted)
{
	uint64_t value = 0;

	if (attr->len != 4 && attr->len != 8)
		return;
	memcpy(&value, attr->data, attr->len);
	if (value == comparison->value && is_place(n, wanted))
		memcpy(attr->data, &comparison->constant, attr->len);
}

unsigned int mutate_to_match(struct program *program, const struct comparison *comparison,
			     unsigned int place)
{
	unsigned int n = 0;

	for (size_t i = 0; i < program->n_calls; i++) {
		struct call *call = &program->calls[i];

		for (size_t j = 0; j < count_args(call); j++)
			if (call->args[j] == comparison->value && is_place(&n, place))
				call->args[j] = comparison->constant;
		for (size_t j = 0; j < call->n_attrs; j++)
			match_attr(&call->attrs[j], comparison, &n, place);
	}
	return n;
}
