// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs from nothing: arguments by their kind, attributes by the spec.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <linux/mydev.h>
#include <linux/netlink.h>

#include "calls.h"
#include "cleanup.h"
#include "generate.h"
#include "spec.h"

#define PICK(rng, table) ((table)[rng_below(rng, MYDEV_ARRAY_SIZE(table))])

/* ---- Arguments ---- */

/* Near a power of two, where most limits are. */
static uint64_t near_power(struct rng *rng, unsigned int bits)
{
	return (1ull << rng_below(rng, bits)) + rng_below(rng, 3) - 1;
}

static uint64_t generate_length(struct rng *rng)
{
	static const uint64_t extremes[] = { 0, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX };

	switch (rng_below(rng, 8)) {
	case 0:
		return PICK(rng, extremes);
	case 1:
	case 2:
		return rng_below(rng, 70000);
	case 3:
		return rng_below(rng, 64);
	default:
		return near_power(rng, 18);
	}
}

static uint64_t generate_place(struct rng *rng)
{
	static const enum place usual[] = { PLACE_MEMORY, PLACE_MEMORY, PLACE_END, PLACE_ABSENT };
	uint64_t place = rng_one_in(rng, 5) ? rng_below(rng, N_PLACES) : PICK(rng, usual);

	return place | (rng_one_in(rng, 2) ? 0 : near_power(rng, 18)) << PLACE_BITS;
}

static uint64_t generate_open_flags(struct rng *rng)
{
	static const uint64_t more[] = { O_APPEND, O_ASYNC, O_TRUNC, O_DIRECT,
					 O_DSYNC,  O_EXCL,  O_PATH };
	uint64_t flags = rng_one_in(rng, 3) ? rng_below(rng, 4) : O_RDWR;

	if (!rng_one_in(rng, 5))
		flags |= O_NONBLOCK;
	if (rng_one_in(rng, 8))
		flags |= PICK(rng, more);
	return flags;
}

static uint64_t generate_ioctl(struct rng *rng)
{
	static const uint64_t known[] = { MYDEV_IOC_RESET, MYDEV_IOC_STATUS, FIONREAD };
	uint64_t command = PICK(rng, known);

	switch (rng_below(rng, 8)) {
	case 0:
		return command ^ 1ull << rng_below(rng, 32);
	case 1:
		return _IOC(rng_below(rng, 4), MYDEV_IOC_MAGIC, rng_below(rng, 16),
			    rng_below(rng, 16));
	case 2:
		return rng_next(rng);
	default:
		return command;
	}
}

static uint64_t generate_nl_flags(struct rng *rng)
{
	uint64_t flags = rng_one_in(rng, 50) ? 0 : NLM_F_REQUEST;

	if (rng_one_in(rng, 2))
		flags |= NLM_F_ACK;
	if (rng_one_in(rng, 5))
		flags |= NLM_F_DUMP;
	if (rng_one_in(rng, 20))
		flags ^= 1ull << rng_below(rng, 16);
	return flags;
}

static uint64_t generate_command(struct rng *rng)
{
	return rng_one_in(rng, 50) ? rng_below(rng, 256) : spec_ops[rng_below(rng, spec_n_ops)].cmd;
}

uint64_t generate_arg(struct rng *rng, enum arg_kind kind)
{
	static const uint64_t rwf[] = { RWF_NOWAIT, RWF_APPEND, RWF_DSYNC, RWF_HIPRI, 0x8000 };

	switch (kind) {
	case ARG_SLOT:
		return rng_one_in(rng, 3) ? rng_below(rng, SLOTS) : 0;
	case ARG_OPEN_FLAGS:
		return generate_open_flags(rng);
	case ARG_DEVICE:
		return rng_one_in(rng, 3) ? rng_below(rng, DEVICES) : 0;
	case ARG_PLACE:
		return generate_place(rng);
	case ARG_LENGTH:
		return generate_length(rng);
	case ARG_PARTS:
		return rng_below(rng, 9);
	case ARG_RWF:
		return rng_one_in(rng, 2) ? PICK(rng, rwf) : 0;
	case ARG_EVENTS:
		return rng_one_in(rng, 2) ? POLLIN | POLLOUT : rng_below(rng, 65536);
	case ARG_OFFSET:
		return generate_length(rng);
	case ARG_WHENCE:
		return rng_below(rng, 6);
	case ARG_IOCTL:
		return generate_ioctl(rng);
	case ARG_FCNTL:
		return rng_below(rng, 16);
	case ARG_CHOICE:
		return rng_one_in(rng, 2) ? rng_below(rng, 32) : 0;
	case ARG_COMMAND:
		return generate_command(rng);
	case ARG_NL_FLAGS:
		return generate_nl_flags(rng);
	case ARG_VERSION:
		return rng_one_in(rng, 20) ? rng_below(rng, 256) : 1;
	case ARG_SKEW:
		return rng_one_in(rng, 30) ? rng_below(rng, 64) - 32 : 0;
	default:
		return rng_next(rng);
	}
}

/* ---- Attributes ---- */

/* At the limits, just beyond, or anything. */
static uint64_t generate_extreme(struct rng *rng, uint64_t low, uint64_t high)
{
	switch (rng_below(rng, 6)) {
	case 0:
		return low;
	case 1:
		return high;
	case 2:
		return low - 1;
	case 3:
		return high + 1;
	case 4:
		return rng_next(rng);
	default:
		return near_power(rng, 64);
	}
}

/* A request gets far only if each of its numbers is right: that is the usual case. */
static uint64_t generate_number(struct rng *rng, const struct spec_attr *spec)
{
	uint64_t low = spec->min, high = spec->max;

	if (rng_one_in(rng, 6))
		return generate_extreme(rng, low, high);
	if (high - low < 16)
		return low + rng_below(rng, high - low + 1);
	/* Small numbers name devices and are quick; a size that has a least one is a multiple of it. */
	if (low)
		return low << rng_below(rng, 6);
	return rng_one_in(rng, 3) ? near_power(rng, 13) : rng_below(rng, DEVICES);
}

static void put_string(struct rng *rng, const struct spec_attr *spec, struct attr *attr)
{
	static const char *const words[] = { "mydev0",	"mydev1",  "mydev2", "mydev00",
					     "mydev+1", "mydev-1", "mydev",  "mydev 1",
					     "mydev0x", "%s%n",	   "",	     "mydev4294967296" };
	const char *word = rng_one_in(rng, 2) ? "mydev0" : PICK(rng, words);
	size_t len;

	/* The one thing that the spec does not know. */
	if (!strcmp(spec->name, "kind") && !rng_one_in(rng, 8))
		word = "virt";
	len = strlen(word);
	memcpy(attr->data, word, len + 1);
	if (rng_one_in(rng, 8)) {
		/* As long as can be, or a little more or less. */
		len = spec->max + rng_below(rng, 5) - 2;
		memset(attr->data, 'a', ATTR_BYTES_MAX);
		attr->data[len] = '\0';
	}
	attr->len = (uint16_t)(len + !rng_one_in(rng, 16));
}

static void put_number(struct attr *attr, uint64_t number, uint16_t len)
{
	memcpy(attr->data, &number, sizeof(number));
	attr->len = len;
}

static void put_value(struct rng *rng, const struct spec_attr *spec, struct attr *attr)
{
	switch (spec->type) {
	case SPEC_U32:
		put_number(attr, generate_number(rng, spec), 4);
		break;
	case SPEC_UINT:
		put_number(attr, generate_number(rng, spec), rng_one_in(rng, 2) ? 4 : 8);
		break;
	case SPEC_STRING:
		put_string(rng, spec, attr);
		break;
	case SPEC_BINARY:
		memset(attr->data, (int)rng_below(rng, 256), ATTR_BYTES_MAX);
		attr->len = (uint16_t)spec->max;
		break;
	}
}

/* What a policy should refuse. */
static void spoil_attr(struct rng *rng, struct attr *attr)
{
	switch (rng_below(rng, 4)) {
	case 0:
		attr->number = (uint16_t)rng_below(rng, 64);
		break;
	case 1:
		attr->number ^= rng_one_in(rng, 2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 2:
		attr->skew = (int16_t)(rng_below(rng, 16) - 8);
		break;
	default:
		attr->len = (uint16_t)rng_below(rng, ATTR_BYTES_MAX + 1);
		break;
	}
}

static const struct spec_op *op_of(const struct call *call)
{
	for (size_t i = 0; i < spec_n_ops; i++)
		if (spec_ops[i].cmd == call->args[0])
			return &spec_ops[i];
	return NULL;
}

static void make_attr(struct rng *rng, const struct spec_attr *spec, struct attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->number = spec->number;
	put_value(rng, spec, attr);
	if (rng_one_in(rng, 20))
		spoil_attr(rng, attr);
}

void generate_attr(struct rng *rng, const struct call *call, struct attr *attr)
{
	const struct spec_op *op = op_of(call);

	if (!op || !op->n_attrs || rng_one_in(rng, 10))
		op = &spec_ops[rng_below(rng, spec_n_ops)];
	if (op->n_attrs) {
		make_attr(rng, &op->attrs[rng_below(rng, op->n_attrs)], attr);
	} else {
		memset(attr, 0, sizeof(*attr));
		spoil_attr(rng, attr);
	}
}

/*
 * Each of the operation's with even chances, the first one, which names a device, more often, and a second name for it seldom;
 * seldom more.
 */
static bool is_wanted(struct rng *rng, const struct spec_op *op, size_t i, bool named)
{
	if (i == 0)
		return !rng_one_in(rng, 4);
	if (named && !strcmp(op->attrs[i].name, "name"))
		return rng_one_in(rng, 16);
	return rng_one_in(rng, 2);
}

static void generate_attrs(struct rng *rng, struct call *call)
{
	const struct spec_op *op = op_of(call);

	for (size_t i = 0; op && i < op->n_attrs && call->n_attrs < CALL_ATTRS_MAX; i++)
		if (is_wanted(rng, op, i, call->n_attrs))
			make_attr(rng, &op->attrs[i], &call->attrs[call->n_attrs++]);
	if (rng_one_in(rng, 10) && call->n_attrs < CALL_ATTRS_MAX)
		generate_attr(rng, call, &call->attrs[call->n_attrs++]);
}

/* ---- Calls ---- */

static unsigned int generate_type(struct rng *rng)
{
	unsigned int type = 0, n = 0, sum = 0;
	uint64_t at;

	do {
		sum += call_types[n].weight;
	} while (++n < n_call_types);
	at = rng_below(rng, sum);
	while (at >= call_types[type].weight)
		at -= call_types[type++].weight;
	return type;
}

static void make_call(struct rng *rng, unsigned int type, struct call *call)
{
	memset(call, 0, sizeof(*call));
	call->type = type;
	for (size_t i = 0; i < CALL_ARGS_MAX && call_types[type].args[i] != ARG_NONE; i++)
		call->args[i] = generate_arg(rng, call_types[type].args[i]);
	if (call_types[type].args[0] == ARG_COMMAND)
		generate_attrs(rng, call);
}

void generate_call(struct rng *rng, struct call *call)
{
	make_call(rng, generate_type(rng), call);
}

void generate_program(struct rng *rng, struct program *program)
{
	program->n_calls = 1 + rng_below(rng, PROGRAM_CALLS_MAX);
	for (size_t i = 0; i < program->n_calls; i++)
		generate_call(rng, &program->calls[i]);
	/* Most calls need an open node; opening is the first row of the table. */
	if (!rng_one_in(rng, 4))
		make_call(rng, 0, &program->calls[0]);
	if (rng_one_in(rng, 2))
		return;
	for (size_t i = 1; i < program->n_calls; i++)
		program->calls[i].task = (enum task)rng_below(rng, TASKS);
}
