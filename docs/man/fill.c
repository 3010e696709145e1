// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills in what mydevctl(1) says of options, commands and exit statuses, which is what the tables
 * say: a page with markers on standard input, the same with the parts between them written anew on
 * standard output. For "make generate"; no part of mydevctl.
 */

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/objects_gen.h"
#include "cli/scoped.h"

#define MARKER ".\\\" Written by make generate: "
#define MARKER_END ".\\\" End of what make generate writes.\n"
#define LINE_MAX_BYTES 78 /* mandoc -Tlint frowns at more than 80 */

/* ---- Text to mdoc ---- */

static void write_words(FILE *out, const char *text, size_t len)
{
	size_t column = 0;

	for (const char *p = text; p < text + len;) {
		size_t word = strcspn(p, " ");

		if (p + word > text + len)
			word = (size_t)(text + len - p);
		if (column && column + 1 + word > LINE_MAX_BYTES) {
			fputc('\n', out);
			column = 0;
		} else if (column) {
			fputc(' ', out);
			column++;
		}
		for (size_t i = 0; i < word; i++) {
			if (p[i] == '\\')
				fputs("\\e", out);
			else if (!column && !i && (p[i] == '.' || p[i] == '\''))
				fprintf(out, "\\&%c", p[i]);
			else
				fputc(p[i], out);
		}
		column += word;
		p += word;
		p += strspn(p, " ");
	}
}

/*
 * A sentence a line, as mdoc wants it. The first letter becomes a capital, and a full stop stands
 * at the end.
 */
static void write_text(FILE *out, const char *text)
{
	_cleanup_free_ char *own = strdup(text);
	char *rest = own, *stop;

	if (!own)
		err(EXIT_FAILURE, "cannot write '%s'", text);
	own[0] = (char)toupper((unsigned char)own[0]);
	while ((stop = strstr(rest, ". ")) && isupper((unsigned char)stop[2])) {
		write_words(out, rest, (size_t)(stop + 1 - rest));
		fputc('\n', out);
		rest = stop + 2;
	}
	write_words(out, rest, strlen(rest));
	fputs(rest[strlen(rest) - 1] == '.' ? "\n" : ".\n", out);
}

static void write_enum(FILE *out, const struct mydev_enum *values, uint64_t except)
{
	fputs("One of\n", out);
	mydev_for_each_value(value, values, except)
	{
		const struct mydev_enum_value *next = mydev_enum_next(values, except, value);
		bool is_last_but_one = next && !mydev_enum_next(values, except, next);

		fprintf(out, ".Cm %s%s\n", value->name,
			!next		? " ." :
			is_last_but_one ? " or" :
					  " ,");
	}
}

/* ---- Rows to mdoc ---- */

static void write_option_form(FILE *out, const struct param *option)
{
	fprintf(out, "Fl -%s", option->name);
	if (option->metavar && option->flags & PARAM_OPTIONAL)
		fprintf(out, " Ns Oo = Ns Ar %s Oc", option->metavar);
	else if (option->metavar)
		fprintf(out, " Ns = Ns Ar %s", option->metavar);
}

static void write_option(FILE *out, const struct param *option)
{
	fputs(".It ", out);
	if (option->letter)
		fprintf(out, "Fl %c , ", option->letter);
	write_option_form(out, option);
	fputc('\n', out);
	write_text(out, option->doc);
	if (option->values)
		write_enum(out, option->values, option->except);
}

static void write_options(FILE *out, const struct param *table)
{
	for_each_param(option, table)
		write_option(out, option);
}

static void write_key(FILE *out, const struct mydev_field *field)
{
	fprintf(out, ".It Cm %s Ns = Ns Ar %s\n", field->name,
		field->values			? "NAME" :
		field->unit == MYDEV_UNIT_BYTES ? "SIZE" :
						  "N");
	write_text(out, field->doc);
	if (field->values)
		write_enum(out, field->values, 0);
}

static void write_argument(FILE *out, const struct param *arg)
{
	fprintf(out, ".It Ar %s\n", arg->name);
	write_text(out, arg->doc);
	if (arg->values)
		write_enum(out, arg->values, arg->except);
	if (arg->type != VALUE_SETTING)
		return;
	mydev_for_each_field(field, &mydev_dev_desc)
		if (arg->keys & (UINT64_C(1) << field->attr))
			write_key(out, field);
}

static void write_argument_form(FILE *out, const struct param *arg)
{
	fprintf(out, ".%sAr %s%s\n", arg->flags & PARAM_OPTIONAL ? "Op " : "", arg->name,
		arg->flags & PARAM_REPEAT ? " ..." : "");
}

static void write_option_forms(FILE *out, const struct param *table)
{
	for_each_param(option, table) {
		fputs(".Op ", out);
		write_option_form(out, option);
		fputc('\n', out);
	}
}

static void write_command(FILE *out, const struct command *cmd)
{
	bool has_list = cmd->args || cmd->options || command_table_options(cmd);

	fprintf(out, ".It Xo\n.Ic %s\n", cmd->name);
	write_option_forms(out, cmd->options);
	write_option_forms(out, command_table_options(cmd));
	for_each_param(arg, cmd->args)
		write_argument_form(out, arg);
	fputs(".Xc\n", out);
	write_text(out, cmd->description);
	if (!has_list)
		return;
	fputs(".Bl -tag -width Ds\n", out);
	for_each_param(arg, cmd->args)
		write_argument(out, arg);
	write_options(out, cmd->options);
	write_options(out, command_table_options(cmd));
	fputs(".El\n", out);
}

/* ---- The parts of the page ---- */

static void write_options_part(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	write_options(out, common_options);
	write_options(out, program_options);
	fputs(".El\n", out);
}

static void write_commands_part(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	for_each_command(cmd)
		write_command(out, cmd);
	fputs(".El\n", out);
}

static void write_status_part(FILE *out)
{
	const struct mydev_enum *values = &mydev_exit_status_names;

	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < values->n_values; i++) {
		fprintf(out, ".It %u\n", values->values[i].value);
		write_text(out, values->values[i].doc);
	}
	fputs(".El\n", out);
}

static const struct part {
	const char *name;
	void (*write)(FILE *out);
} parts[] = {
	{ "options", write_options_part },
	{ "commands", write_commands_part },
	{ "exit statuses", write_status_part },
};

/* The part that a line announces; NULL: it is a line like any other. */
static const struct part *announced(const char *line)
{
	const char *name = line + strlen(MARKER);

	if (strncmp(line, MARKER, strlen(MARKER)) != 0)
		return NULL;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i].name);

		if (!strncmp(name, parts[i].name, len) && !strcmp(name + len, ".\n"))
			return &parts[i];
	}
	errx(EXIT_FAILURE, "no part is called '%.*s'", (int)strcspn(name, ".\n"), name);
}

/* A part that lost its place would be missed by nobody but the reader. */
static void see_that_all_were_written(const bool *written)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(parts); i++)
		if (!written[i])
			errx(EXIT_FAILURE, "the page has no place for the %s: %s%s.", parts[i].name,
			     MARKER, parts[i].name);
}

int main(void)
{
	bool written[MYDEV_ARRAY_SIZE(parts)] = {};
	_cleanup_free_ char *line = NULL;
	const struct part *within = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		if (within && !strcmp(line, MARKER_END))
			within = NULL;
		if (within)
			continue;
		fputs(line, stdout);
		within = announced(line);
		if (!within)
			continue;
		within->write(stdout);
		written[within - parts] = true;
	}
	if (ferror(stdin))
		err(EXIT_FAILURE, "cannot read the page");
	if (within)
		errx(EXIT_FAILURE, "the %s have no end: %s", within->name, MARKER_END);
	see_that_all_were_written(written);
	if (fflush(stdout) || ferror(stdout))
		err(EXIT_FAILURE, "cannot write the page");
	return EXIT_SUCCESS;
}
