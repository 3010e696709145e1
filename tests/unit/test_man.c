// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydevctl(1) says of options, commands and exit statuses exactly what the tables say. The parts of
 * the page that come from them stand between markers; with MYDEV_UPDATE=1 in the environment this
 * program writes them anew:
 *
 *	make build/unit/test_man && MYDEV_UPDATE=1 build/unit/test_man
 */

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/objects_gen.h"
#include "cli/scoped.h"

#define PAGE "docs/man/mydevctl.1"
#define MARKER ".\\\" From the tables (tests/unit/test_man.c): "
#define MARKER_END ".\\\" End of what comes from the tables.\n"
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

	assert_non_null(own);
	own[0] = (char)toupper((unsigned char)own[0]);
	while ((stop = strstr(rest, ". ")) && isupper((unsigned char)stop[2])) {
		write_words(out, rest, (size_t)(stop + 1 - rest));
		fputc('\n', out);
		rest = stop + 2;
	}
	write_words(out, rest, strlen(rest));
	fputs(rest[strlen(rest) - 1] == '.' ? "\n" : ".\n", out);
}

static void write_enum(FILE *out, const struct mydev_enum *values)
{
	fputs("One of\n", out);
	for (size_t i = 0; i < values->n_values; i++)
		fprintf(out, ".Cm %s%s\n", values->values[i].name,
			i + 1 == values->n_values ? " ." :
			i + 2 == values->n_values ? " or" :
						    " ,");
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
		write_enum(out, option->values);
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
		write_enum(out, field->values);
}

static void write_argument(FILE *out, const struct param *arg)
{
	fprintf(out, ".It Ar %s\n", arg->name);
	write_text(out, arg->doc);
	if (arg->values)
		write_enum(out, arg->values);
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

static void write_command(FILE *out, const struct command *cmd)
{
	bool has_list = cmd->args || cmd->options;

	fprintf(out, ".It Xo\n.Ic %s\n", cmd->name);
	for_each_param(option, cmd->options) {
		fputs(".Op ", out);
		write_option_form(out, option);
		fputc('\n', out);
	}
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

static void write_examples_part(FILE *out)
{
	fputs(".Bd -literal -offset indent\n", out);
	for_each_command(cmd)
		for (const char *const *example = cmd->examples; *example; example++)
			if (!(cmd->flags & COMMAND_SESSION))
				fprintf(out, "mydevctl %s\n", *example);
	fputs(".Ed\n", out);
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
	{ "examples", write_examples_part },
};

static char *expected(const struct part *part)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	part->write(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *read_page(void)
{
	_cleanup_fclose_ FILE *file = fopen(PAGE, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		fail_msg("%s: %s (unit tests run in the top folder)", PAGE, strerror(errno));
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	return text;
}

/* Where the part begins and ends in the page, without the markers. */
static void find_part(const char *page, const char *name, const char **ret_begin,
		      const char **ret_end)
{
	_cleanup_free_ char *marker = NULL;
	const char *begin;

	assert_true(asprintf(&marker, MARKER "%s.\n", name) > 0);
	begin = strstr(page, marker);
	if (!begin)
		fail_msg("%s has no place for the %s: %s", PAGE, name, marker);
	*ret_begin = begin + strlen(marker);
	*ret_end = strstr(*ret_begin, MARKER_END);
	if (!*ret_end)
		fail_msg("%s: the %s have no end", PAGE, name);
}

static void update(const struct part *part)
{
	_cleanup_free_ char *page = read_page(), *want = expected(part);
	const char *begin, *end;
	FILE *file;

	find_part(page, part->name, &begin, &end);
	file = fopen(PAGE, "we");
	assert_non_null(file);
	fprintf(file, "%.*s%s%s", (int)(begin - page), page, want, end);
	assert_int_equal(fclose(file), 0);
}

static void check(const struct part *part)
{
	_cleanup_free_ char *page = read_page(), *want = expected(part), *found = NULL;
	const char *begin, *end;

	find_part(page, part->name, &begin, &end);
	found = strndup(begin, (size_t)(end - begin));
	assert_non_null(found);
	assert_string_equal(found, want);
}

static void the_page_says_what_the_tables_say(void **state)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(parts); i++) {
		if (getenv("MYDEV_UPDATE"))
			update(&parts[i]);
		check(&parts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_says_what_the_tables_say),
	};

	return cmocka_run_group_tests_name("man", tests, NULL, NULL);
}
