// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between complete.c and the shells of other people: takes the line apart, writes down the
 * candidates.
 */

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "format.h"
#include "scoped.h"
#include "tokenize.h"

#define CURSOR "\001" /* stands where the cursor does; a byte that nobody types */

/* Takes the cursor off the end of the word. False: it is not there, but in a comment. */
static bool take_cursor(char *word)
{
	size_t len = strlen(word);

	if (!len || word[len - 1] != CURSOR[0])
		return false;
	word[len - 1] = '\0';
	return true;
}

int answer_find(const char *line, complete_fn live, struct candidates *ret)
{
	_cleanup_free_ char *marked = NULL, *word = NULL;
	_cleanup_strv_ char **words = NULL;
	enum token_end end;
	size_t n;
	int r;

	*ret = (struct candidates){};
	r = mydev_asprintf(&marked, "%s" CURSOR, line);
	if (r >= 0)
		r = tokenize(marked, &words, &end);
	if (r < 0)
		return r;
	n = mydev_strv_length(words);
	if (n < 2 || !take_cursor(words[n - 1]))
		return 0;
	word = MYDEV_TAKE(words[n - 1]);
	return complete(words + 1, word, false, NULL, live, ret);
}

int answer_print(const struct candidates *c, FILE *out)
{
	if (c->files)
		fputs("\tfiles\n", out);
	if (c->hosts)
		fputs("\thosts\n", out);
	for (size_t i = 0; i < c->n; i++)
		fprintf(out, "%s\t%s%s\n", c->list[i].text, c->list[i].doc ?: "",
			c->list[i].open ? "\topen" : "");
	return fflush(out) || ferror(out) ? -EIO : 0;
}
