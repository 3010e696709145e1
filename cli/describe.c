// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects out of the rows of the command table.
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "format.h"
#include "scoped.h"

static __attribute__((format(printf, 4, 5))) int
add_text(struct mydev_command *obj, char ***member, unsigned int attr, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int r;

	va_start(ap, format);
	r = mydev_vasprintf(&text, format, ap);
	va_end(ap);
	if (r >= 0)
		r = mydev_strv_append(member, text, strlen(text));
	if (r >= 0)
		mydev_set_attr(obj, attr);
	return r;
}

static int join_enum(const struct mydev_enum *values, uint64_t except, const char *separator,
		     char **ret)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	mydev_for_each_value(value, values, except)
	{
		r = mydev_strv_append(&names, value->name, strlen(value->name));
		if (r < 0)
			return r;
	}
	*ret = mydev_strv_join(names, separator);
	return *ret ? 0 : -ENOMEM;
}

/*
 * An argument or option, under the name that usage is; what may stand there, where the table knows.
 */
static int add_param(struct mydev_command *obj, char ***member, unsigned int attr,
		     const char *usage, const struct param *param)
{
	_cleanup_free_ char *choices = NULL;
	int r;

	if (!param->values)
		return add_text(obj, member, attr, "%s: %s", usage, param->doc);
	r = join_enum(param->values, param->except, ", ", &choices);
	if (r < 0)
		return r;
	return add_text(obj, member, attr, "%s: %s; one of %s", usage, param->doc, choices);
}

static int add_key(struct mydev_command *obj, const struct mydev_field *field)
{
	_cleanup_free_ char *values = NULL;
	const char *value = field->unit == MYDEV_UNIT_BYTES ? "SIZE" : "N";
	int r;

	if (field->values) {
		r = join_enum(field->values, 0, "|", &values);
		if (r < 0)
			return r;
		value = values;
	}
	return add_text(obj, &obj->argument, MYDEV_A_COMMAND_ARGUMENT, "%s=%s: %c%.*s", field->name,
			value, tolower((unsigned char)field->doc[0]),
			(int)strcspn(field->doc + 1, "."), field->doc + 1);
}

static int add_argument(struct mydev_command *obj, const struct param *arg)
{
	int r;

	r = add_param(obj, &obj->argument, MYDEV_A_COMMAND_ARGUMENT, arg->name, arg);
	if (arg->type != VALUE_SETTING)
		return r;
	mydev_for_each_field(field, &mydev_dev_desc)
		if (r >= 0 && arg->keys & (UINT64_C(1) << field->attr))
			r = add_key(obj, field);
	return r;
}

static int add_options(struct mydev_command *obj, const struct param *table)
{
	for_each_param(option, table) {
		_cleanup_free_ char *usage = option_usage(option), *both = NULL;
		char letter[] = { '-', option->letter, ',', ' ', '\0' };
		int r;

		if (!usage ||
		    mydev_asprintf(&both, "%s%s", option->letter ? letter : "", usage) < 0)
			return -ENOMEM;
		r = add_param(obj, &obj->option, MYDEV_A_COMMAND_OPTION, both, option);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_examples(struct mydev_command *obj, const char *const *examples)
{
	int r = 0;

	for (; *examples && r >= 0; examples++)
		r = add_text(obj, &obj->example, MYDEV_A_COMMAND_EXAMPLE, "mydevctl%s%s",
			     **examples ? " " : "", *examples);
	return r;
}

static int add_words(struct mydev_command *obj, const char *name, const char *summary,
		     const char *usage, const char *description)
{
	char *text;
	int r;

	r = mydev_set_text(obj, &obj->name, MYDEV_A_COMMAND_NAME, strdup(name));
	if (r >= 0)
		r = mydev_set_text(obj, &obj->summary, MYDEV_A_COMMAND_SUMMARY, strdup(summary));
	if (r >= 0)
		r = mydev_set_text(obj, &obj->description, MYDEV_A_COMMAND_DESCRIPTION,
				   strdup(description));
	if (r >= 0)
		r = mydev_asprintf(&text, "mydevctl %s", usage);
	if (r >= 0)
		r = mydev_set_text(obj, &obj->usage, MYDEV_A_COMMAND_USAGE, text);
	return r;
}

int describe_command(const struct command *cmd, struct mydev_command *ret)
{
	_cleanup_free_ char *usage = command_usage(cmd);
	int r;

	if (!usage)
		return -ENOMEM;
	r = add_words(ret, cmd->name, cmd->summary, usage, cmd->description);
	for_each_param(arg, cmd->args)
		if (r >= 0)
			r = add_argument(ret, arg);
	if (r >= 0)
		r = add_options(ret, cmd->options);
	if (r >= 0)
		r = add_options(ret, command_table_options(cmd));
	if (r >= 0)
		r = add_options(ret, common_options);
	if (r >= 0)
		r = add_examples(ret, cmd->examples);
	return r;
}

int describe_program(struct mydev_command *ret)
{
	int r;

	r = add_words(
		ret, "mydevctl", "control and watch mydev stream devices",
		"[OPTION...] [COMMAND [ARGUMENT...]]",
		"Runs the command; without one, those that are typed (in a shell with completion "
		"and history) or that standard input has, one a line. A command may be shortened "
		"as long as it is unique. 'help COMMAND' explains one.");
	if (r >= 0)
		r = add_options(ret, common_options);
	if (r >= 0)
		r = add_options(ret, program_options);
	if (r >= 0)
		r = add_examples(ret, program_examples);
	return r;
}
