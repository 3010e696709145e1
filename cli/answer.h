/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bash, zsh and fish ask when Tab is pressed (cli/completions): mydevctl --complete LINE. No
 * option of the table, since no person asks so; the shells in turn know nothing of the table.
 *
 * LINE is the command line up to the cursor as it is typed, quotes and all, the program's name in
 * front. The answer, on standard output, is what could stand at the place of the word that LINE
 * ends in (empty behind a blank), a line each:
 *
 *	WORD <tab> MEANING		the whole word, without quotes; the meaning may be empty
 *	WORD <tab> MEANING <tab> open	the same, but the word goes on: no blank belongs behind it
 *	<tab> files			names of files, instead of words, behind the last = if any
 *	<tab> hosts			names of hosts, as ssh has them, likewise
 *
 * The status is 0, also when nothing could stand there, and 1 if it could not be told.
 */
#ifndef MYDEVCTL_ANSWER_H
#define MYDEVCTL_ANSWER_H

#include <stdio.h>

#include "complete.h"

/* What could stand at the end of the line. 0 or -ENOMEM. *ret is the caller's in any case. */
int answer_find(const char *line, complete_fn live, struct candidates *ret);

/* 0 or -errno. */
int answer_print(const struct candidates *c, FILE *out);

#endif
