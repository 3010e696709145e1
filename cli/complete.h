/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What could stand at the end of a command line, from the command table; names of live devices and
 * kinds come from those who can ask the kernel. Pure otherwise: the shell, and the completions of
 * other shells, show it.
 */
#ifndef MYDEVCTL_COMPLETE_H
#define MYDEVCTL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

struct candidate {
	char *text; /* the whole word */
	char *doc; /* what it means, in a line; NULL: not known */
	size_t shown; /* where in the text begins what is new: the value of KEY=VALUE */
	bool open; /* the word goes on: no blank behind it */
};

struct candidates {
	struct candidate *list; /* in the order to show them */
	size_t n;
	bool files; /* names of files could stand there; they are for others to find */
	size_t files_from; /* where in the word the name begins */
	bool hosts; /* so could those of hosts */
};

void candidates_done(struct candidates *c);

/* Adds one if it begins with prefix. head (NULL: none) goes in front of the text. 0 or -ENOMEM. */
int candidates_add(struct candidates *c, const char *prefix, const char *head, const char *text,
		   const char *doc, bool open);

/* Adds, for VALUE_DEVICE and VALUE_KIND, what exists. NULL: nothing is known to exist. */
typedef int (*complete_fn)(struct candidates *c, enum value_type type, const char *prefix,
			   const char *head);

/*
 * words: those before the one that is to be completed, NULL-terminated (NULL: none); word: as far
 * as it is written; selected: the device that stands for one that is left out, NULL: none does.
 * *ret is the caller's in any case. 0 or -ENOMEM.
 */
int complete(char **words, const char *word, bool in_session, const char *selected,
	     complete_fn live, struct candidates *ret);

/* Asks the kernel; a complete_fn. */
int complete_live(struct candidates *c, enum value_type type, const char *prefix, const char *head);

#endif
