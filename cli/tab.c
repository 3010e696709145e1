// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between complete.c and readline, which finds the names of files itself. Readline's hooks know no
 * user data: what was found last, to be listed with its meaning on the second Tab, has to be a
 * static here.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "complete.h"
#include "format.h"
#include "scoped.h"
#include "tab.h"
#include "tokenize.h"

#define DOCS_MAX 40 /* more candidates than that are listed side by side, without their meaning */
#define GAP 2
#define ELLIPSIS "..."

static struct candidates last;
static char *const *selected_device;

/* The longest text that all candidates begin with. */
static size_t common_length(const struct candidates *c)
{
	size_t len = strlen(c->list[0].text);

	for (size_t i = 1; i < c->n; i++) {
		size_t same = 0;

		while (same < len && c->list[i].text[same] == c->list[0].text[same])
			same++;
		len = same;
	}
	return len;
}

/*
 * As readline wants it: what all have in common, then each, then NULL; only the first if there is
 * one.
 */
static char **new_matches(const struct candidates *c)
{
	char **matches = calloc(c->n + 2, sizeof(*matches));

	if (!matches)
		return NULL;
	matches[0] = strndup(c->list[0].text, common_length(c));
	for (size_t i = 0; i < c->n && c->n > 1; i++)
		matches[i + 1] = strdup(c->list[i].text);
	return matches;
}

/* A generator of readline. */
static char *next_file(const char *text, int state)
{
	_cleanup_free_ char *name = rl_filename_completion_function(text + last.files_from, state);
	char *whole;

	if (!name)
		return NULL;
	(void)mydev_asprintf(&whole, "%.*s%s", (int)last.files_from, text, name);
	return whole;
}

/* What is in front of the name, as --file=, is no part of the path. */
static int find_path(char **word)
{
	if (!last.files || strlen(*word) < last.files_from)
		return 0;
	memmove(*word, *word + last.files_from, strlen(*word + last.files_from) + 1);
	return 1;
}

static char **attempt(const char *text, int start, int end)
{
	_cleanup_free_ char *before = strndup(rl_line_buffer, (size_t)start);
	_cleanup_strv_ char **words = NULL;
	enum token_end state;

	rl_attempted_completion_over = 1;
	candidates_done(&last);
	if (!before || tokenize(before, &words, &state) < 0)
		return NULL;
	/* Readline gives the text behind an opening quote, which then ends what is before. */
	if (state == TOKEN_IN_SINGLE_QUOTES || state == TOKEN_IN_DOUBLE_QUOTES) {
		size_t n = mydev_strv_length(words);

		free(words[n - 1]);
		words[n - 1] = NULL;
	}
	if (complete(words, text, true, *selected_device, complete_live, &last) < 0)
		return NULL;
	if (last.files) {
		rl_filename_completion_desired = 1;
		return rl_completion_matches(text, next_file);
	}
	if (!last.n)
		return NULL;
	if (last.n == 1 && last.list[0].open)
		rl_completion_append_character = '\0';
	return new_matches(&last);
}

static const char *shown(const struct candidate *candidate)
{
	return candidate->text + candidate->shown;
}

/* As many whole words as there is room for. */
static void show_doc(const char *doc, int room)
{
	int len = (int)strlen(doc);

	if (len <= room) {
		fputs(doc, rl_outstream);
		return;
	}
	for (len = room - (int)strlen(ELLIPSIS); len > 0 && doc[len] != ' '; len--)
		;
	if (len > 0)
		fprintf(rl_outstream, "%.*s" ELLIPSIS, len, doc);
}

static void show_with_docs(void)
{
	int columns, rows, width = 0;

	for (size_t i = 0; i < last.n; i++)
		width = (int)strlen(shown(&last.list[i])) > width ?
				(int)strlen(shown(&last.list[i])) :
				width;
	rl_get_screen_size(&rows, &columns);
	fputc('\n', rl_outstream);
	for (size_t i = 0; i < last.n; i++) {
		const struct candidate *candidate = &last.list[i];
		int room = columns - width - GAP - 1;

		fprintf(rl_outstream, "%-*s", candidate->doc ? width + GAP : 0, shown(candidate));
		if (candidate->doc)
			show_doc(candidate->doc, room);
		fputc('\n', rl_outstream);
	}
}

static void show_matches(char **matches, int n, int width)
{
	bool docs = false;

	for (size_t i = 0; i < last.n; i++)
		docs |= last.list[i].doc != NULL;
	if (n > rl_completion_query_items)
		fprintf(rl_outstream, "\n%d possibilities; go on typing\n", n);
	else if (docs && last.n <= DOCS_MAX)
		show_with_docs();
	else
		rl_display_match_list(matches, n, width);
	rl_forced_update_display();
}

void tab_setup(char *const *selected)
{
	selected_device = selected;
	rl_attempted_completion_function = attempt;
	rl_completion_display_matches_hook = show_matches;
	rl_completer_word_break_characters = (char *)" \t\n";
	rl_basic_word_break_characters = " \t\n";
	rl_completer_quote_characters = "\"'";
	rl_filename_quote_characters = " \t\n\\\"'#";
	rl_filename_stat_hook = find_path;
	rl_variable_bind("expand-tilde", "on");
	rl_variable_bind("page-completions", "off");
}

void tab_done(void)
{
	candidates_done(&last);
}
