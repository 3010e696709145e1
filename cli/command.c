// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking things up in the command table, and how its rows are written. The table is in commands.c.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "distance.h"
#include "format.h"
#include "scoped.h"
#include "strv.h"

#define EDITS_MAX 2 /* between what was typed and what was meant */

/* Of a short word, few letters may be wrong, or it is like any other. */
static bool is_close(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b), len = len_a > len_b ? len_a : len_b;
	size_t edits = edit_distance(a, b);

	return edits <= EDITS_MAX && edits <= len / 2;
}

static int names_like(const char *name, bool by_prefix, char ***ret)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	for_each_command(cmd) {
		if (by_prefix ? strncmp(cmd->name, name, strlen(name)) != 0 :
				!is_close(cmd->name, name))
			continue;
		r = mydev_strv_append(&names, cmd->name, strlen(cmd->name));
		if (r < 0)
			return r;
	}
	*ret = MYDEV_TAKE(names);
	return 0;
}

const struct command *command_find(const char *name, bool *ret_ambiguous, char ***ret_candidates)
{
	const struct command *found = NULL;
	size_t n = 0;

	for_each_command(cmd) {
		if (!strcmp(cmd->name, name))
			return cmd;
		if (*name && !strncmp(cmd->name, name, strlen(name))) {
			found = cmd;
			n++;
		}
	}
	if (n == 1)
		return found;

	if (ret_ambiguous)
		*ret_ambiguous = n > 1;
	if (ret_candidates) {
		*ret_candidates = NULL;
		/* Without memory there is no suggestion; the command is unknown all the same. */
		(void)names_like(name, n > 1, ret_candidates);
	}
	return NULL;
}

const struct param *command_table_options(const struct command *cmd)
{
	if (cmd->view != VIEW_TABLE && cmd->view != VIEW_SCREEN)
		return NULL;
	return cmd->flags & COMMAND_NO_HEADINGS ? bare_table_options : table_options;
}

const struct param *command_setting(const struct command *cmd)
{
	for_each_param(arg, cmd->args)
		if (arg->type == VALUE_SETTING)
			return arg;
	return NULL;
}

char *option_usage(const struct param *option)
{
	char *text;

	if (!option->metavar)
		(void)mydev_asprintf(&text, "--%s", option->name);
	else if (option->flags & PARAM_OPTIONAL)
		(void)mydev_asprintf(&text, "--%s[=%s]", option->name, option->metavar);
	else
		(void)mydev_asprintf(&text, "--%s=%s", option->name, option->metavar);
	return text;
}

static int write_options(FILE *out, const struct param *table)
{
	for_each_param(option, table) {
		_cleanup_free_ char *text = option_usage(option);

		if (!text)
			return -ENOMEM;
		fprintf(out, option->flags & PARAM_REPEAT ? " [%s]..." : " [%s]", text);
	}
	return 0;
}

static int write_usage(FILE *out, const struct command *cmd)
{
	int r;

	fputs(cmd->name, out);
	r = write_options(out, cmd->options);
	if (r >= 0)
		r = write_options(out, command_table_options(cmd));
	if (r < 0)
		return r;
	for_each_param(arg, cmd->args) {
		bool optional = arg->flags & PARAM_OPTIONAL;

		fprintf(out, " %s%s%s%s", optional ? "[" : "", arg->name,
			arg->flags & PARAM_REPEAT ? "..." : "", optional ? "]" : "");
	}
	return 0;
}

char *command_usage(const struct command *cmd)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *out = NULL;
	size_t size;
	int r;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	r = write_usage(out, cmd);
	if (fclose(MYDEV_TAKE(out)) || r < 0)
		return NULL;
	return MYDEV_TAKE(text);
}
