// SPDX-License-Identifier: GPL-2.0-only
/*
 * Word by word: what each is by its form and its place. Values are not looked at here.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "format.h"
#include "parse.h"
#include "scoped.h"

#define N_OPTION_TABLES 4

/* The tables whose options may be valid at this point. */
static void option_tables(const struct scan *scan, const struct param *ret[static N_OPTION_TABLES])
{
	ret[0] = scan->command ? scan->command->options : NULL;
	ret[1] = scan->command ? command_table_options(scan->command) : NULL;
	ret[2] = common_options;
	ret[3] = scan->in_session ? NULL : program_options;
}

bool scan_allows(const struct scan *scan, const struct param *option)
{
	if (!scan->command || option->flags & PARAM_ANYWHERE)
		return true;
	/* Those of the program stand before the command. */
	for_each_param(each, program_options)
		if (each == option)
			return false;
	return true;
}

const struct param *scan_option(const struct scan *scan, const char *name, size_t len,
				bool *ret_ambiguous)
{
	const struct param *tables[N_OPTION_TABLES], *found = NULL;
	size_t n = 0;

	option_tables(scan, tables);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(tables); i++) {
		for_each_param(option, tables[i]) {
			if (strncmp(option->name, name, len) != 0 || !scan_allows(scan, option))
				continue;
			if (strlen(option->name) == len)
				return option;
			found = option;
			n++;
		}
	}
	*ret_ambiguous = n > 1;
	return n == 1 ? found : NULL;
}

static const struct param *option_by_letter(const struct scan *scan, char letter)
{
	const struct param *tables[N_OPTION_TABLES];

	option_tables(scan, tables);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(tables); i++)
		for_each_param(option, tables[i])
			if (option->letter == letter && scan_allows(scan, option))
				return option;
	return NULL;
}

static __attribute__((format(printf, 2, 3))) int wrong(struct scan *scan, const char *format, ...)
{
	_cleanup_free_ char *cause = NULL;
	va_list ap;
	int r;

	va_start(ap, format);
	r = mydev_vasprintf(&cause, format, ap);
	va_end(ap);
	if (r < 0)
		return r;
	error_set(scan->error, MYDEV_EXIT_STATUS_USAGE, 0, "%s", cause);
	return -EINVAL;
}

static int take(struct scan *scan, const struct param *param, const char *text)
{
	return scan->take ? scan->take(scan, param, text) : 0;
}

static int unknown_option(struct scan *scan, const char *word, size_t len, bool ambiguous)
{
	const struct param *tables[N_OPTION_TABLES];
	int r;

	r = wrong(scan, ambiguous ? "option '%.*s' is ambiguous" : "unknown option '%.*s'",
		  (int)len, word);
	option_tables(scan, tables);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(tables); i++) {
		for_each_param(option, tables[i]) {
			_cleanup_free_ char *usage = option_usage(option);

			if (!scan_allows(scan, option) ||
			    (ambiguous && strncmp(option->name, word + 2, len - 2) != 0))
				continue;
			if (usage)
				error_add_choice(scan->error, usage);
		}
	}
	error_cure_by_choices(scan->error, ambiguous ? "it could be" : "there are:");
	return r;
}

/* --name, --name=value */
static int long_option(struct scan *scan, const char *word)
{
	const char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);
	const struct param *option;
	bool ambiguous;

	option = scan_option(scan, word + 2, len - 2, &ambiguous);
	if (!option)
		return unknown_option(scan, word, len, ambiguous);
	if (value)
		value++;
	if (value && !option->metavar)
		return wrong(scan, "option '--%s' takes no value", option->name);
	if (!value && option->metavar && !(option->flags & PARAM_OPTIONAL)) {
		scan->pending = option;
		return 0;
	}
	return take(scan, option, value);
}

/* -a, -ab, -bVALUE. An optional value exists in the long form only. */
static int short_options(struct scan *scan, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct param *option = option_by_letter(scan, *p);
		int r;

		if (!option && scan->lenient)
			continue;
		if (!option)
			return unknown_option(scan, (char[]){ '-', *p, '\0' }, 2, false);
		if (option->metavar && !(option->flags & PARAM_OPTIONAL)) {
			if (p[1])
				return take(scan, option, p + 1);
			scan->pending = option;
			return 0;
		}
		r = take(scan, option, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int command_word(struct scan *scan, const char *word)
{
	_cleanup_strv_ char **candidates = NULL;
	bool ambiguous = false;
	int r;

	scan->command = command_find(word, &ambiguous, &candidates);
	if (scan->command) {
		scan->arg = scan->command->args;
		return 0;
	}
	r = wrong(scan, ambiguous ? "command '%s' is ambiguous" : "unknown command '%s'", word);
	for (char **name = candidates; name && *name; name++)
		error_add_choice(scan->error, *name);
	if (ambiguous)
		error_cure_by_choices(scan->error, "it could be");
	else if (candidates)
		error_cure_by_guess(scan->error);
	else
		error_set_cure(scan->error, "'help' lists the commands");
	return r;
}

/* The argument that the selected device may stand for; NULL: there is none. */
static const struct param *device_argument(const struct scan *scan)
{
	const struct command *cmd = scan->command;

	if (!scan->selected || scan->has_device || !cmd || cmd->flags & COMMAND_SESSION)
		return NULL;
	for_each_param(arg, cmd->args)
		if (arg->type == VALUE_DEVICE)
			return arg;
	return NULL;
}

/* By its form: nobody is asked which devices there are. */
static bool may_be_device(const char *word)
{
	return !strncmp(word, "/dev/", strlen("/dev/")) || device_is_number(word) ||
	       (!strncmp(word, "mydev", strlen("mydev")) &&
		device_is_number(word + strlen("mydev")));
}

static int take_selected(struct scan *scan, const struct param *arg)
{
	scan->has_device = true;
	return take(scan, arg, scan->selected);
}

bool scan_may_skip_device(const struct scan *scan)
{
	const struct param *arg = device_argument(scan);

	return arg && arg == scan->arg && !(arg->flags & PARAM_OPTIONAL);
}

/* Where a device must be named and the word is none, it is left out. */
static int skip_device(struct scan *scan, const char *word)
{
	const struct param *arg = scan->arg;

	if (!scan_may_skip_device(scan) || may_be_device(word))
		return 0;
	scan->arg++;
	return take_selected(scan, arg);
}

int scan_end(struct scan *scan)
{
	const struct param *arg = device_argument(scan);

	return arg && !scan->pending ? take_selected(scan, arg) : 0;
}

static int argument_word(struct scan *scan, const char *word)
{
	const struct param *setting = command_setting(scan->command), *arg;
	int r;

	scan->n_args++;
	if (setting && strchr(word, '='))
		return take(scan, setting, word);
	r = skip_device(scan, word);
	if (r < 0)
		return r;

	arg = scan->arg;
	if (arg && arg->name && arg == setting) {
		arg = NULL;
	} else if (arg && arg->name && !(arg->flags & PARAM_REPEAT)) {
		scan->arg++;
	}
	if (!arg || !arg->name)
		return wrong(scan, "what is '%s' for? %s takes no %s", word, scan->command->name,
			     scan->command->args ? "further argument" : "argument");
	scan->has_device |= arg->type == VALUE_DEVICE;
	return take(scan, arg, word);
}

int scan_word(struct scan *scan, const char *word)
{
	const struct param *pending = scan->pending;

	if (pending) {
		scan->pending = NULL;
		return take(scan, pending, word);
	}
	if (!scan->only_args && word[0] == '-' && word[1]) {
		if (!strcmp(word, "--")) {
			scan->only_args = true;
			return 0;
		}
		return word[1] == '-' ? long_option(scan, word) : short_options(scan, word);
	}
	return scan->command ? argument_word(scan, word) : command_word(scan, word);
}
