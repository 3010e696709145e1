// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words to an invocation: collects what scan.c recognised, reads the values, and sees that nothing
 * is missing.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "scoped.h"
#include "when.h"

struct parser {
	struct invocation *inv;
	struct mydev_error *error;
};

/* Begins an error about the value of param. */
#define wrong_value(error, param, ...)                                       \
	do {                                                                 \
		error_set((error), MYDEV_EXIT_STATUS_USAGE, 0, __VA_ARGS__); \
		error_set_attribute((error), (param)->name);                 \
	} while (0)

#define DEV_DIR "/dev/"

static bool is_node(const char *path)
{
	return !strncmp(path, DEV_DIR, strlen(DEV_DIR));
}

/* A node that does not exist may be that of a device that did. */
static int parse_device(struct value *value)
{
	_cleanup_free_ char *path = NULL;

	if (is_node(value->text)) {
		value->text += strlen(DEV_DIR);
		path = *value->text ? realpath(value->text - strlen(DEV_DIR), NULL) : NULL;
	}
	if (path && is_node(path)) {
		value->text = strrchr(path, '/') + 1;
		value->node = MYDEV_TAKE(path);
	}
	return *value->text ? 0 : -EINVAL;
}

static int parse_count(const char *text, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	return *end || !*ret ? -EINVAL : 0;
}

static int parse_enum(const struct param *param, const char *text, uint64_t *ret,
		      struct mydev_error *error)
{
	uint32_t number;

	if (!mydev_enum_parse(param->values, text, &number) &&
	    !(param->except & (UINT64_C(1) << number))) {
		*ret = number;
		return 0;
	}
	wrong_value(error, param, "there is no '%s'", text);
	error_set_enum_choices(error, param->values, param->except);
	return -EINVAL;
}

static int parse_columns(const struct param *param, const struct mydev_desc *kind, const char *text,
			 struct mydev_error *error)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = mydev_strv_split(text, ',', &names);
	if (r < 0)
		return r;
	for (char **name = names; name && *name; name++) {
		const struct mydev_field *found = mydev_field_find(kind, *name);

		if (found && !found->only_asked)
			continue;
		wrong_value(error, param, "there is no column '%s'", *name);
		mydev_for_each_field(field, kind)
			if (!field->only_asked)
				error_add_choice(error, field->name);
		error_cure_by_choices(error, "there are:");
		return -EINVAL;
	}
	if (!names) {
		wrong_value(error, param, "no column is named");
		return -EINVAL;
	}
	return 0;
}

static const struct mydev_field *setting_field(const struct param *param, const char *key,
					       size_t len)
{
	mydev_for_each_field(field, &mydev_dev_desc)
		if (param->keys & (UINT64_C(1) << field->attr) && strlen(field->name) == len &&
		    !strncmp(field->name, key, len))
			return field;
	return NULL;
}

static int wrong_setting(const struct mydev_field *field, const char *text, int err,
			 struct mydev_error *error)
{
	if (err == -ENOMEM)
		return err;
	if (err == -ERANGE)
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "'%s' is too large", text);
	else if (field->values)
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "there is no '%s'", text);
	else if (field->unit == MYDEV_UNIT_BYTES)
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0,
			  "'%s' is not a size in bytes, as 65536, 64K or 1M", text);
	else
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "'%s' is not a number from 0 on",
			  text);
	if (field->values)
		error_set_enum_choices(error, field->values, 0);
	error_set_attribute(error, field->name);
	return -EINVAL;
}

static int parse_setting(const struct param *param, const char *text, struct mydev_dev *settings,
			 struct mydev_error *error)
{
	const char *value = strchr(text, '=');
	size_t len = (size_t)(value - text);
	const struct mydev_field *field = setting_field(param, text, len);
	uint32_t number;
	int r;

	value++;
	if (!field) {
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "there is no setting '%.*s'", (int)len,
			  text);
		mydev_for_each_field(known, &mydev_dev_desc)
			if (param->keys & (UINT64_C(1) << known->attr))
				error_add_choice(error, known->name);
		error_cure_by_choices(error, "there are:");
		return -EINVAL;
	}
	if (mydev_has_attr(settings, field->attr)) {
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "given twice");
		error_set_attribute(error, field->name);
		return -EINVAL;
	}
	/*
	 * The field table takes unknown enumerators as numbers; a person who types one has made a
	 * mistake.
	 */
	if (field->values && mydev_enum_parse(field->values, value, &number) < 0)
		return wrong_setting(field, value, -EINVAL, error);
	r = mydev_field_parse(field, value, settings);
	return r < 0 ? wrong_setting(field, value, r, error) : 0;
}

/* ssh would take it for an option, or for none. Whether there is such a host is for ssh to say. */
static int check_host(const struct param *param, const char *text, struct mydev_error *error)
{
	if (*text && *text != '-')
		return 0;
	wrong_value(error, param, "'%s' is not the name of a host", text);
	return -EINVAL;
}

static int parse_span(const struct param *param, const char *text, uint64_t *ret,
		      struct mydev_error *error)
{
	int r;

	r = mydev_span_parse(text, ret);
	if (r >= 0 && (*ret || !(param->flags & PARAM_POSITIVE)))
		return 0;
	wrong_value(error, param,
		    r >= 0	 ? "'%s' is no time at all" :
		    r == -ERANGE ? "'%s' is too long" :
				   "'%s' is not a span of time, as 5, 0.5, 500ms or 2min",
		    text);
	return -EINVAL;
}

static int parse_value(const struct scan *scan, const struct param *param, struct value *value)
{
	const struct parser *parser = scan->userdata;
	struct mydev_error *error = parser->error;
	int r;

	switch (param->type) {
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_FILE:
	case VALUE_COMMAND:
		return 0;
	case VALUE_KIND:
		if (!*value->text) {
			wrong_value(error, param, "it is empty");
			return -EINVAL;
		}
		return 0;
	case VALUE_DEVICE:
		if (parse_device(value) < 0) {
			wrong_value(error, param, "the name of a device is empty");
			return -EINVAL;
		}
		return 0;
	case VALUE_SETTING:
		return parse_setting(param, value->text, &parser->inv->settings, error);
	case VALUE_ENUM:
		return parse_enum(param, value->text, &value->number, error);
	case VALUE_COLUMNS:
		return parse_columns(param, scan->command->kind, value->text, error);
	case VALUE_HOST:
		return check_host(param, value->text, error);
	case VALUE_COUNT:
		r = parse_count(value->text, &value->number);
		if (r < 0)
			wrong_value(error, param,
				    r == -ERANGE ? "'%s' is too large" :
						   "'%s' is not a number from 1 on",
				    value->text);
		return r < 0 ? -EINVAL : 0;
	case VALUE_SPAN:
		return parse_span(param, value->text, &value->number, error);
	case VALUE_TIME:
		r = when_parse(value->text, when_now(CLOCK_REALTIME), &value->number);
		if (r < 0)
			wrong_value(
				error, param,
				"'%s' is not a time, as '2026-11-23 06:00', 06:00, today, -1h or "
				"'2 days ago'",
				value->text);
		return r == -ENOMEM ? r : r < 0 ? -EINVAL : 0;
	}
	return 0;
}

/* Takes what value owns. */
static int append_value(struct invocation *inv, struct value value)
{
	struct value *values = reallocarray(inv->values, inv->n_values + 1, sizeof(*values));

	if (!values) {
		free(value.node);
		return -ENOMEM;
	}
	inv->values = values;
	inv->values[inv->n_values++] = value;
	return 0;
}

static int take_value(struct scan *scan, const struct param *param, const char *text)
{
	struct parser *parser = scan->userdata;
	struct value value = { .param = param, .word = text, .text = text };
	int r;

	if (text) {
		r = parse_value(scan, param, &value);
		if (r < 0)
			return r;
	}
	return append_value(parser->inv, value);
}

/*
 * "set mydev0 rx-size 64K": no device has the name of a setting. To try it with the other words
 * would change what was not meant.
 */
static int check_devices(const struct invocation *inv, struct mydev_error *error)
{
	const struct param *setting = command_setting(inv->command);

	for (size_t i = 0; setting && i < inv->n_values; i++) {
		const char *text = inv->values[i].text;

		if (inv->values[i].param->type != VALUE_DEVICE ||
		    !setting_field(setting, text, strlen(text)))
			continue;
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "'%s' is a setting, not a device",
			  text);
		error_set_cure(error, "write %s=VALUE", text);
		return -EINVAL;
	}
	return 0;
}

static int check_complete(const struct scan *scan, const struct invocation *inv,
			  struct mydev_error *error)
{
	if (scan->pending) {
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "option '--%s' needs a value",
			  scan->pending->name);
		return -EINVAL;
	}
	if (!inv->command && scan->in_session) {
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "no command is given");
		error_set_cure(error, "'help' lists the commands");
		return -EINVAL;
	}
	if (!inv->command)
		return 0;
	if (inv->command->flags & COMMAND_SESSION && !scan->in_session) {
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0,
			  "only the shell and scripts have this command");
		return -EINVAL;
	}
	if (check_devices(inv, error) < 0)
		return -EINVAL;
	for_each_param(arg, inv->command->args) {
		_cleanup_free_ char *usage = NULL;

		if (arg->flags & PARAM_OPTIONAL || invocation_get(inv, arg->name))
			continue;
		usage = command_usage(inv->command);
		if (!usage)
			return -ENOMEM;
		error_set(error, MYDEV_EXIT_STATUS_USAGE, 0, "%s is missing", arg->name);
		error_set_cure(error, "usage: %s", usage);
		return -EINVAL;
	}
	return 0;
}

/* JSON of a style that does not exist is JSON. */
static int take_json(struct scan *scan, const struct param *param, const char *text)
{
	struct parser *parser = scan->userdata;

	if (strcmp(param->name, "json") != 0 || take_value(scan, param, text) >= 0)
		return 0;
	return append_value(parser->inv,
			    (struct value){ .param = param, .number = MYDEV_JSON_STYLE_PLAIN });
}

/*
 * Whether the words ask for JSON is of interest also when they are wrong, before they say so or
 * where they do. Each is looked at alone: what is wrong with one says nothing of the next.
 */
static void find_json(char **words, bool in_session, struct invocation *inv)
{
	_scoped_(error) struct mydev_error ignored = {};
	struct parser parser = { .inv = inv, .error = &ignored };

	for (; words && *words && strcmp(*words, "--") != 0; words++) {
		struct scan scan = {
			.in_session = in_session,
			.command = inv->command,
			.lenient = true,
			.take = take_json,
			.userdata = &parser,
			.error = &ignored,
		};

		if ((*words)[0] == '-' && (*words)[1])
			(void)scan_word(&scan, *words);
	}
}

static void free_values(struct invocation *inv)
{
	for (size_t i = 0; i < inv->n_values; i++)
		free(inv->values[i].node);
	free(inv->values);
}

/*
 * Options that stand for a command: the invocation becomes one of that, with about as its argument.
 */
static int redirect(struct invocation *inv, const char *name, const struct command *about)
{
	struct value *values = calloc(inv->n_values + 1, sizeof(*values));
	size_t n = 0;

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < inv->n_values; i++)
		if (!strcmp(inv->values[i].param->name, "json") ||
		    inv->values[i].param->type == VALUE_HOST)
			values[n++] = inv->values[i];
	inv->command = command_find(name, NULL, NULL);
	if (about)
		values[n++] = (struct value){ .param = inv->command->args,
					      .word = about->name,
					      .text = about->name };
	free_values(inv);
	inv->values = values;
	inv->n_values = n;
	return 0;
}

int parse_selected(char **words, bool in_session, const char *selected, struct invocation *ret,
		   struct mydev_error *ret_error)
{
	struct parser parser = { .inv = ret, .error = ret_error };
	struct scan scan = {
		.in_session = in_session,
		.selected = selected,
		.take = take_value,
		.userdata = &parser,
		.error = ret_error,
	};
	int r = 0;

	*ret = (struct invocation){};
	for (char **word = words; word && *word && r >= 0; word++)
		r = scan_word(&scan, *word);
	ret->command = scan.command;
	if (r >= 0 && invocation_get(ret, "help"))
		return redirect(ret, "help", ret->command);
	if (r >= 0 && invocation_get(ret, "version"))
		return redirect(ret, "version", NULL);
	if (r >= 0)
		r = scan_end(&scan);
	if (r >= 0)
		r = check_complete(&scan, ret, ret_error);
	if (r == -EINVAL) {
		error_set_command(ret_error, scan.command ? scan.command->name : NULL);
		if (!invocation_get(ret, "json"))
			find_json(words, in_session, ret);
	}
	return r;
}

int parse(char **words, bool in_session, struct invocation *ret, struct mydev_error *ret_error)
{
	return parse_selected(words, in_session, NULL, ret, ret_error);
}

void invocation_done(struct invocation *inv)
{
	free_values(inv);
	clear_dev(&inv->settings);
	*inv = (struct invocation){};
}

const struct value *invocation_next(const struct invocation *inv, const char *name,
				    const struct value *prev)
{
	size_t i = prev ? (size_t)(prev - inv->values) + 1 : 0;

	for (; i < inv->n_values; i++)
		if (!strcmp(inv->values[i].param->name, name))
			return &inv->values[i];
	return NULL;
}

bool invocation_wants_device(const struct invocation *inv, const char *param, uint32_t id,
			     const char *name)
{
	bool any = false;

	invocation_for_each(value, inv, param) {
		char *end;

		any = true;
		if (!strcmp(value->text, name) || (isdigit((unsigned char)*value->text) &&
						   strtoul(value->text, &end, 10) == id && !*end))
			return true;
	}
	return !any;
}

bool invocation_is_argument(const struct invocation *inv, const struct param *param)
{
	for_each_param(arg, inv->command->args)
		if (arg == param)
			return true;
	return false;
}

const struct value *invocation_get(const struct invocation *inv, const char *name)
{
	const struct value *last = NULL;

	invocation_for_each(value, inv, name)
		last = value;
	return last;
}
