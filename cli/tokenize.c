// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tokenizer: a state machine over the bytes of a line. It knows nothing of commands.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scoped.h"
#include "strv.h"
#include "tokenize.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes one word from *line, which is not blank, into word, which has room for all of it. */
static enum token_end take_word(const char **line, char *word)
{
	enum token_end state = TOKEN_COMPLETE;
	const char *p;

	for (p = *line; *p; p++) {
		if (state == TOKEN_IN_SINGLE_QUOTES) {
			if (*p == '\'')
				state = TOKEN_COMPLETE;
			else
				*word++ = *p;
		} else if (state == TOKEN_IN_DOUBLE_QUOTES) {
			if (*p == '"')
				state = TOKEN_COMPLETE;
			else if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
				*word++ = *++p;
			else
				*word++ = *p;
		} else if (is_blank(*p)) {
			break;
		} else if (*p == '\'') {
			state = TOKEN_IN_SINGLE_QUOTES;
		} else if (*p == '"') {
			state = TOKEN_IN_DOUBLE_QUOTES;
		} else if (*p == '\\') {
			if (!*++p) {
				state = TOKEN_AFTER_BACKSLASH;
				break;
			}
			*word++ = *p;
		} else {
			*word++ = *p;
		}
	}
	*word = '\0';
	*line = p;
	return state;
}

int tokenize(const char *line, char ***ret_words, enum token_end *ret_end)
{
	_cleanup_strv_ char **words = NULL;
	enum token_end end = TOKEN_COMPLETE;
	_cleanup_free_ char *word = NULL;
	int r;

	word = malloc(strlen(line) + 1);
	if (!word)
		return -ENOMEM;

	for (;;) {
		while (is_blank(*line))
			line++;
		if (!*line || *line == '#')
			break;
		end = take_word(&line, word);
		r = mydev_strv_append(&words, word, strlen(word));
		if (r < 0)
			return r;
	}

	*ret_words = MYDEV_TAKE(words);
	*ret_end = end;
	return 0;
}

const char *token_end_error(enum token_end end)
{
	switch (end) {
	case TOKEN_COMPLETE:
		return NULL;
	case TOKEN_IN_SINGLE_QUOTES:
		return "a single quote (') is not closed";
	case TOKEN_IN_DOUBLE_QUOTES:
		return "a double quote (\") is not closed";
	case TOKEN_AFTER_BACKSLASH:
		return "nothing follows the backslash";
	}
	return NULL;
}
