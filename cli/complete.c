// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion: goes over the words as the parser does, then looks what the table has for the place
 * behind them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "format.h"
#include "parse.h"
#include "scoped.h"

struct request {
	const char *word;
	const struct scan *scan;
	complete_fn live;
	struct candidates *c;
};

void candidates_done(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->list[i].text);
		free(c->list[i].doc);
	}
	free(c->list);
	*c = (struct candidates){};
}

int candidates_add(struct candidates *c, const char *prefix, const char *head, const char *text,
		   const char *doc, bool open)
{
	struct candidate *list;
	char *whole = NULL, *copy = NULL;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return 0;
	list = reallocarray(c->list, c->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	c->list = list;
	if (mydev_asprintf(&whole, "%s%s", head ?: "", text) < 0)
		return -ENOMEM;
	if (doc && *doc) {
		copy = strdup(doc);
		if (!copy) {
			free(whole);
			return -ENOMEM;
		}
	}
	c->list[c->n++] = (struct candidate){
		.text = whole,
		.doc = copy,
		.shown = head ? strlen(head) : 0,
		.open = open,
	};
	return 0;
}

static int add_commands(const struct request *req, const char *prefix, const char *head)
{
	int r = 0;

	for_each_command(cmd)
		if (r >= 0 && (req->scan->in_session || !(cmd->flags & COMMAND_SESSION)))
			r = candidates_add(req->c, prefix, head, cmd->name, cmd->summary, false);
	return r;
}

static int add_enum(const struct request *req, const struct mydev_enum *values, uint64_t except,
		    const char *prefix, const char *head)
{
	int r = 0;

	mydev_for_each_value(value, values, except) if (r >= 0) r =
		candidates_add(req->c, prefix, head, value->name, value->doc, false);
	return r;
}

/* KEY=, or the values of a key that is written. */
static int add_settings(const struct request *req, const struct param *param)
{
	const char *value = strchr(req->word, '=');
	_cleanup_free_ char *head = NULL, *key = NULL;
	int r = 0;

	if (value) {
		head = strndup(req->word, (size_t)(value - req->word) + 1);
		if (!head)
			return -ENOMEM;
	}
	mydev_for_each_field(field, &mydev_dev_desc) {
		if (!(param->keys & (UINT64_C(1) << field->attr)) || r < 0)
			continue;
		free(key);
		if (mydev_asprintf(&key, "%s=", field->name) < 0)
			return -ENOMEM;
		if (!value)
			r = candidates_add(req->c, req->word, NULL, key, field->doc, true);
		else if (field->values && !strcmp(key, head))
			r = add_enum(req, field->values, 0, value + 1, head);
	}
	return r;
}

/* The last of a comma-separated list; those before it stay as they are. */
static int add_columns(const struct request *req, const char *prefix, const char *head)
{
	const char *comma = strrchr(prefix, ',');
	_cleanup_free_ char *before = NULL;
	int r;

	r = mydev_asprintf(&before, "%s%.*s", head ?: "", comma ? (int)(comma + 1 - prefix) : 0,
			   prefix);
	mydev_for_each_field(field, req->scan->command->kind)
		if (r >= 0 && !field->only_asked)
			r = candidates_add(req->c, comma ? comma + 1 : prefix, before, field->name,
					   field->doc, true);
	return r;
}

static int add_values(const struct request *req, const struct param *param, const char *prefix,
		      const char *head)
{
	switch (param->type) {
	case VALUE_COMMAND:
		return add_commands(req, prefix, head);
	case VALUE_ENUM:
		return add_enum(req, param->values, param->except, prefix, head);
	case VALUE_SETTING:
		return add_settings(req, param);
	case VALUE_COLUMNS:
		return add_columns(req, prefix, head);
	case VALUE_DEVICE:
	case VALUE_KIND:
		return req->live ? req->live(req->c, param->type, prefix, head) : 0;
	case VALUE_FILE:
		req->c->files = true;
		req->c->files_from = head ? strlen(head) : 0;
		return 0;
	case VALUE_HOST:
		req->c->hosts = true;
		return 0;
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_COUNT:
	case VALUE_SPAN:
	case VALUE_TIME:
		return 0;
	}
	return 0;
}

static int add_option_table(const struct request *req, const struct param *table)
{
	for_each_param(option, table) {
		_cleanup_free_ char *text = NULL;
		bool has_value = option->metavar && !(option->flags & PARAM_OPTIONAL);
		int r;

		if (!scan_allows(req->scan, option))
			continue;
		r = mydev_asprintf(&text, "--%s%s", option->name, has_value ? "=" : "");
		if (r >= 0)
			r = candidates_add(req->c, req->word, NULL, text, option->doc, has_value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --NAME, or the value of --NAME=. */
static int add_options(const struct request *req)
{
	const struct command *cmd = req->scan->command;
	const char *value = strchr(req->word, '=');
	const struct param *option;
	_cleanup_free_ char *head = NULL;
	bool ambiguous;
	int r;

	if (value) {
		option = scan_option(req->scan, req->word + 2, (size_t)(value - req->word) - 2,
				     &ambiguous);
		if (!option || !option->metavar)
			return 0;
		head = strndup(req->word, (size_t)(value - req->word) + 1);
		return head ? add_values(req, option, value + 1, head) : -ENOMEM;
	}
	r = cmd ? add_option_table(req, cmd->options) : 0;
	if (r >= 0 && cmd)
		r = add_option_table(req, command_table_options(cmd));
	if (r >= 0)
		r = add_option_table(req, common_options);
	if (r >= 0 && !req->scan->in_session)
		r = add_option_table(req, program_options);
	return r;
}

/* A setting may stand anywhere, but not where a device must be named first. */
static int add_arguments(const struct request *req)
{
	const struct param *arg = req->scan->arg, *setting = command_setting(req->scan->command);
	bool has_arg = arg && arg->name && arg != setting;
	bool may_skip = arg && scan_may_skip_device(req->scan);
	int r = 0;

	if (has_arg)
		r = add_values(req, arg, req->word, NULL);
	if (r >= 0 && may_skip && arg[1].name && arg + 1 != setting)
		r = add_values(req, arg + 1, req->word, NULL);
	if (r >= 0 && setting &&
	    (!has_arg || arg->flags & PARAM_OPTIONAL || req->scan->n_args || may_skip))
		r = add_settings(req, setting);
	return r;
}

/* What exists here is of no use for a command that runs elsewhere. */
static int see_host(struct scan *scan, const struct param *param, const char *text)
{
	struct request *req = scan->userdata;

	if (param->type == VALUE_HOST)
		req->live = NULL;
	return 0;
}

int complete(char **words, const char *word, bool in_session, const char *selected,
	     complete_fn live, struct candidates *ret)
{
	_scoped_(error) struct mydev_error error = {};
	struct scan scan = { .in_session = in_session, .selected = selected, .error = &error };
	struct request req = { .word = word, .scan = &scan, .live = live, .c = ret };

	scan.take = see_host;
	scan.userdata = &req;

	*ret = (struct candidates){};
	for (; words && *words; words++)
		if (scan_word(&scan, *words) < 0)
			return 0;
	if (scan.pending)
		return add_values(&req, scan.pending, word, NULL);
	if (word[0] == '-' && !scan.only_args)
		return !word[1] || word[1] == '-' ? add_options(&req) : 0;
	if (!scan.command)
		return add_commands(&req, word, NULL);
	return add_arguments(&req);
}
