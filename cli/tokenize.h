/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command line as words, with the quoting of a POSIX shell and nothing else of one: no expansion,
 * no substitution.
 */
#ifndef MYDEVCTL_TOKENIZE_H
#define MYDEVCTL_TOKENIZE_H

#include <stddef.h>

enum token_end {
	TOKEN_COMPLETE,
	TOKEN_IN_SINGLE_QUOTES,
	TOKEN_IN_DOUBLE_QUOTES,
	TOKEN_AFTER_BACKSLASH,
};

/*
 * Splits line at blanks. 'x' keeps x as it is; in "x" a backslash escapes " and \ only; elsewhere
 * it escapes any byte; # at the start of a word begins a comment. *ret_words is NULL-terminated
 * (NULL: no words) and the caller's: mydev_strv_free(). *ret_end says in what state the line ended;
 * what was begun and not ended is a word all the same. -ENOMEM.
 */
int tokenize(const char *line, char ***ret_words, enum token_end *ret_end);

/* What is wrong with a line that ended so, in words; NULL for TOKEN_COMPLETE. */
const char *token_end_error(enum token_end end);

#endif
