// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quoting that needs no knowledge of the shell it is for.
 */

#include <stdbool.h>
#include <string.h>

#include "quote.h"
#include "scoped.h"

/* No shell sees more than themselves in these. */
#define HARMLESS                     \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_./:,+@"

/*
 * Within single quotes, all but a single quote stands for itself; in fish, a backslash does not
 * either. These two stand outside, each behind a backslash.
 */
static void write_quoted(FILE *out, const char *word)
{
	bool quotes = false;

	for (; *word; word++) {
		bool special = *word == '\'' || *word == '\\';

		if (quotes == special) {
			fputc('\'', out);
			quotes = !quotes;
		}
		if (special)
			fputc('\\', out);
		fputc(*word, out);
	}
	if (quotes)
		fputc('\'', out);
}

static void write_word(FILE *out, const char *word)
{
	if (!*word)
		fputs("''", out);
	else if (!word[strspn(word, HARMLESS)])
		fputs(word, out);
	else
		write_quoted(out, word);
}

char *quote_words(char **words)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (char **word = words; word && *word; word++) {
		if (word != words)
			fputc(' ', out);
		write_word(out, *word);
	}
	return fclose(out) ? NULL : MYDEV_TAKE(text);
}
