// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs as text: see program.h.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "cleanup.h"
#include "program.h"
#include "spec.h"

/* The operation of a netlink call, or NULL for a command that the spec does not have. */
static const struct spec_op *find_op(const struct call *call)
{
	for (size_t i = 0; i < spec_n_ops; i++)
		if (call_types[call->type].args[0] == ARG_COMMAND &&
		    spec_ops[i].cmd == call->args[0])
			return &spec_ops[i];
	return NULL;
}

static const struct spec_attr *find_attr(const struct spec_op *op, const char *name,
					 uint16_t number)
{
	for (size_t i = 0; op && i < op->n_attrs; i++)
		if (name ? !strcmp(op->attrs[i].name, name) : op->attrs[i].number == number)
			return &op->attrs[i];
	return NULL;
}

/* ---- Printing ---- */

static void print_attr(const struct spec_op *op, const struct attr *attr, FILE *file)
{
	const struct spec_attr *known = find_attr(op, NULL, attr->number);

	if (known)
		fprintf(file, " %s", known->name);
	else
		fprintf(file, " %u", attr->number);
	if (attr->skew)
		fprintf(file, "%+d", attr->skew);
	fputc(':', file);
	for (size_t i = 0; i < attr->len; i++)
		fprintf(file, "%02x", attr->data[i]);
}

void call_print(const struct call *call, FILE *file)
{
	const struct call_type *type = &call_types[call->type];
	const struct spec_op *op = find_op(call);

	fprintf(file, "%s%s", call->task == TASK_SECOND ? "& " : "", type->name);
	for (size_t i = 0; i < CALL_ARGS_MAX && type->args[i] != ARG_NONE; i++) {
		if (i == 0 && op)
			fprintf(file, " %s", op->name);
		else
			fprintf(file, " %#" PRIx64, call->args[i]);
	}
	for (size_t i = 0; i < call->n_attrs; i++)
		print_attr(op, &call->attrs[i], file);
}

void program_print(const struct program *program, FILE *file)
{
	for (size_t i = 0; i < program->n_calls; i++) {
		call_print(&program->calls[i], file);
		fputc('\n', file);
	}
	fputc('\n', file);
}

/* ---- Parsing ---- */

bool parse_number(const char *word, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(word, &end, 0);
	return isdigit((unsigned char)*word) && !*end && !errno;
}

static bool parse_type(const char *word, unsigned int *ret)
{
	for (*ret = 0; *ret < n_call_types; ++*ret)
		if (!strcmp(call_types[*ret].name, word))
			return true;
	return false;
}

static bool parse_arg(enum arg_kind kind, const char *word, uint64_t *ret)
{
	for (size_t i = 0; kind == ARG_COMMAND && i < spec_n_ops; i++) {
		if (!strcmp(spec_ops[i].name, word)) {
			*ret = spec_ops[i].cmd;
			return true;
		}
	}
	return parse_number(word, ret);
}

static bool parse_hex(const char *hex, struct attr *attr)
{
	attr->len = 0;
	for (; *hex; hex += 2) {
		const char byte[] = { hex[0], hex[1], '\0' };

		if (attr->len == ATTR_BYTES_MAX || strspn(byte, "0123456789abcdef") != 2)
			return false;
		attr->data[attr->len++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return true;
}

/* Names have hyphens: a skew begins with the last sign that digits follow up to the colon. */
static bool parse_skew(char *name, struct attr *attr)
{
	size_t digits = strlen(name);
	long skew;

	attr->skew = 0;
	while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9')
		digits--;
	if (digits && name[digits] && strchr("+-", name[digits - 1])) {
		skew = strtol(name + digits - 1, NULL, 10);
		if (skew < INT16_MIN || skew > INT16_MAX)
			return false;
		attr->skew = (int16_t)skew;
		name[digits - 1] = '\0';
	}
	return *name;
}

static bool parse_attr(const struct spec_op *op, char *word, struct attr *attr)
{
	const struct spec_attr *known;
	char *hex = strchr(word, ':');
	uint64_t number;

	if (!hex)
		return false;
	*hex++ = '\0';
	if (!parse_skew(word, attr) || !parse_hex(hex, attr))
		return false;
	known = find_attr(op, word, 0);
	if (!known && !parse_number(word, &number))
		return false;
	attr->number = known ? known->number : (uint16_t)number;
	return true;
}

static bool parse_call(char *line, struct call *call)
{
	const char *const blank = " \t\n";
	char *word, *rest;
	size_t n = 0;

	memset(call, 0, sizeof(*call));
	word = strtok_r(line, blank, &rest);
	if (word && !strcmp(word, "&")) {
		call->task = TASK_SECOND;
		word = strtok_r(NULL, blank, &rest);
	}
	if (!word || !parse_type(word, &call->type))
		return false;
	while ((word = strtok_r(NULL, blank, &rest))) {
		enum arg_kind kind = n < CALL_ARGS_MAX ? call_types[call->type].args[n] : ARG_NONE;

		if (kind != ARG_NONE) {
			if (!parse_arg(kind, word, &call->args[n++]))
				return false;
		} else if (call->n_attrs == CALL_ATTRS_MAX ||
			   !parse_attr(find_op(call), word, &call->attrs[call->n_attrs++])) {
			return false;
		}
	}
	return n == CALL_ARGS_MAX || call_types[call->type].args[n] == ARG_NONE;
}

int program_parse(struct program *program, FILE *file, unsigned int *line)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	program->n_calls = 0;
	while (getline(&text, &size, file) >= 0) {
		++*line;
		text[strcspn(text, "#\n")] = '\0';
		if (!text[strspn(text, " \t")]) {
			if (program->n_calls)
				return 1;
			continue;
		}
		if (program->n_calls == PROGRAM_CALLS_MAX ||
		    !parse_call(text, &program->calls[program->n_calls++]))
			return -EBADMSG;
	}
	return program->n_calls != 0;
}
