/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From words to an invocation: which command, with which arguments and options. Driven by the
 * command table alone, so that it serves completion as well. It runs nothing and asks nobody but
 * the file system, for links below /dev: devices and kinds are checked by the kernel.
 *
 * The rules are those of GNU programs: options anywhere, --option=VALUE or --option VALUE, -oVALUE
 * or -o VALUE, short options may be joined, long ones shortened as long as they are unique, -- ends
 * the options.
 */
#ifndef MYDEVCTL_PARSE_H
#define MYDEVCTL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "error.h"
#include "libmydev.h"

struct value {
	const struct param *param;
	const char *word; /* as it was written; NULL: an option without value */
	const char *text; /* of the word, of a device without /dev/; NULL as above */
	char *node; /* what text is in instead, where it was a link below /dev; else NULL */
	uint64_t number; /* of VALUE_ENUM, _COUNT; in microseconds of _SPAN, _TIME */
};

struct invocation {
	const struct command *command; /* NULL: none was given */
	struct value *values; /* in the order they were written */
	size_t n_values;
	struct mydev_dev settings; /* what the KEY=VALUE arguments say */
};

/*
 * words must outlive the invocation. in_session: the line is one of the shell or a script, where
 * program_options do not exist and a command is a must. "COMMAND --help" becomes "help COMMAND",
 * "--version" becomes "version". -EINVAL: it is wrong, *ret_error says how. -ENOMEM. *ret is of use
 * to ask for --json in any case, and the caller's: invocation_done().
 */
int parse(char **words, bool in_session, struct invocation *ret, struct mydev_error *ret_error);
void invocation_done(struct invocation *inv);

/*
 * The same where a device is selected (NULL: none is), which must outlive the invocation as the
 * words do: it stands for the DEV of a command that is left out. It is left out before a word that
 * cannot be the name of one, where a device has to come first.
 */
int parse_selected(char **words, bool in_session, const char *selected, struct invocation *ret,
		   struct mydev_error *ret_error);

/* The last value of the argument or option of that name; NULL: not given. */
const struct value *invocation_get(const struct invocation *inv, const char *name);

/*
 * The next value of the argument or option of that name behind prev (NULL: the first); NULL: no
 * more.
 */
const struct value *invocation_next(const struct invocation *inv, const char *name,
				    const struct value *prev);

/*
 * Whether a device is one of those that arguments or options of that name choose: all are when
 * there is none.
 */
bool invocation_wants_device(const struct invocation *inv, const char *param, uint32_t id,
			     const char *name);

/* Whether it is an argument of the command, and no option. */
bool invocation_is_argument(const struct invocation *inv, const struct param *param);

#define invocation_for_each(value, inv, name)                                                 \
	for (const struct value *value = invocation_next((inv), (name), NULL); value != NULL; \
	     value = invocation_next((inv), (name), value))

/* ---- Word by word, for completion ---- */

struct scan {
	bool in_session;
	const char *selected; /* the device that stands for one that is left out; NULL: none does */
	const struct command *command;
	const struct param *arg; /* whose turn it is among the arguments; NULL: none is left */
	const struct param *pending; /* an option that waits for its value */
	bool only_args; /* -- was seen */
	bool lenient; /* among joined options, an unknown one is passed over */
	size_t n_args; /* words that were arguments */
	bool has_device; /* one was an argument, or is left out */

	/*
	 * Takes what a word turned out to be; NULL: nobody is interested. 0 or -errno, with the
	 * error.
	 */
	int (*take)(struct scan *scan, const struct param *param, const char *text);
	void *userdata;
	struct mydev_error *error;
};

/* 0, -EINVAL with scan->error set, -ENOMEM or what take returned. */
int scan_word(struct scan *scan, const char *word);

/* Behind the last word: takes the selected device where one may stand and none does. As above. */
int scan_end(struct scan *scan);

/* Whether the option, of a table that may be valid, is so behind the words so far. */
bool scan_allows(const struct scan *scan, const struct param *option);

/* Whether a device comes next that the selected one may stand for. */
bool scan_may_skip_device(const struct scan *scan);

/*
 * The option of that name, or the only one that begins with it. NULL otherwise, and *ret_ambiguous
 * says whether several do.
 */
const struct param *scan_option(const struct scan *scan, const char *name, size_t len,
				bool *ret_ambiguous);

#endif
