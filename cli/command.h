/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command table: the one place that says which commands there are, what they take and what they
 * are for. Parsing, completion, help and the manual all walk it. A new command is a row here and a
 * handler.
 */
#ifndef MYDEVCTL_COMMAND_H
#define MYDEVCTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"

struct context;
struct invocation;
struct result;

/* What the text of an argument or option must be, and what completion offers for it. */
enum value_type {
	VALUE_NONE, /* an option without value */
	VALUE_TEXT,
	VALUE_FILE,
	VALUE_COMMAND, /* a name of the table */
	VALUE_DEVICE, /* mydev0, 0 or /dev/mydev0 */
	VALUE_KIND, /* a backend that can create devices */
	VALUE_SETTING, /* KEY=VALUE, param->keys are the keys */
	VALUE_ENUM, /* a name of param->values */
	VALUE_COUNT, /* a number from 1 on */
	VALUE_SPAN, /* a span of time */
	VALUE_TIME, /* a point in time */
	VALUE_COLUMNS, /* fields of what the command shows, separated by commas */
	VALUE_HOST, /* another machine, as ssh names it */
};

enum param_flags {
	PARAM_OPTIONAL = 1 << 0, /* an argument that may be absent; an option whose =VALUE may be */
	PARAM_REPEAT = 1 << 1, /* may come again */
	PARAM_STREAM =
		1 << 2, /* an option that makes the command a stream, as COMMAND_STREAM does */
	PARAM_ANYWHERE =
		1 << 3, /* an option of the program that may stand behind the command too */
	PARAM_SHOWING = 1 << 4, /* an option that says how things are shown, not what is done */
	PARAM_POSITIVE = 1 << 5, /* a span of time that is not 0 */
};

/* An argument or an option. Tables of it end with one that has no name. */
struct param {
	const char *name; /* argument: DEV; option: count, for --count */
	const char *metavar; /* what stands for the option's value; NULL: it takes none */
	char letter; /* short form of an option, or 0 */
	enum value_type type;
	unsigned int flags;
	const struct mydev_enum *values;
	uint64_t keys; /* bit N: attribute N of a device */
	uint64_t except; /* bit N: value N of values may not stand there */
	const char *doc; /* no capital, no full stop */
};

/* How people see the items; machines always see all fields. */
enum view {
	VIEW_NONE, /* not at all */
	VIEW_RECORD, /* every field, one a line */
	VIEW_TABLE, /* some fields, one item a line */
	VIEW_LINE, /* the time and what matters, one item a line */
	VIEW_NAME, /* the first of the columns, one item a line */
	VIEW_SCREEN, /* some fields, pictures in one place of a terminal; else VIEW_LINE */
	VIEW_BYTES, /* the data that the first of the columns has, byte for byte or --hex */
	VIEW_SECTION, /* a heading and lines below it, item by item */
	VIEW_PAGE, /* the first item as a page of paragraphs, the others as a list */
};

enum command_flags {
	COMMAND_STREAM =
		1 << 0, /* its items have no end: shown one by one, in JSON an envelope each */
	COMMAND_SESSION = 1 << 1, /* exists in the shell and in scripts only */
	COMMAND_NO_HEADINGS = 1 << 2, /* its table needs none */
	COMMAND_HERE = 1 << 3, /* is about this mydevctl, and never run on another machine */
	COMMAND_SENDS =
		1 << 4, /* takes data from --file or, without its last argument, standard input */
	COMMAND_PAGED = 1 << 5, /* shows what may be long, and changes nothing: in a pager */
};

struct command {
	const char *name;
	const char *summary; /* one line, no full stop */
	const char *description; /* one paragraph */
	const char *const *examples; /* NULL-terminated; without the program's name */
	const struct param *args;
	const struct param *options;
	const struct mydev_desc *kind; /* of the items */
	enum view view;
	const char *columns; /* for people: "A,B"; A+B is "A (B)", A~ bars; NULL: all */
	const char *empty; /* what people are told when there is no item; NULL: nothing */
	unsigned int flags;

	/*
	 * Does it. What it finds goes to result_add(), what fails to result_fail(); it prints
	 * nothing. -errno only for what ends the command as a whole and has no words of its own
	 * (-ENOMEM, output that cannot be written).
	 */
	int (*run)(struct context *ctx, const struct invocation *inv, struct result *res);
};

/* The commands, in the order of the manual; ends with one that has no name. */
extern const struct command commands[];

/* Options of every command, and those of the program only (not within the shell or a script). */
extern const struct param common_options[];
extern const struct param program_options[];

/* Options of every command that shows a table; the first, those of a table without headings. */
extern const struct param table_options[];
extern const struct param bare_table_options[];

/* NULL-terminated; without the program's name. */
extern const char *const program_examples[];

#define for_each_command(cmd) for (const struct command *cmd = commands; cmd->name; cmd++)
#define for_each_param(each, table) \
	for (const struct param *each = (table); each && each->name; each++)

/*
 * The command of that name, or the only one that begins with it. NULL otherwise, and
 * *ret_candidates (if not NULL) are the names it could be (several: ambiguous) or that are close to
 * it; the caller's: mydev_strv_free().
 */
const struct command *command_find(const char *name, bool *ret_ambiguous, char ***ret_candidates);

/* The options that a command has because it shows a table; NULL: it shows none. */
const struct param *command_table_options(const struct command *cmd);

/* The argument KEY=VALUE of the command, or NULL. */
const struct param *command_setting(const struct command *cmd);

/*
 * How the command, an argument or an option is written: "set DEV... KEY=VALUE...". NULL: no memory.
 */
char *command_usage(const struct command *cmd);
char *option_usage(const struct param *option);

/* Handlers, by subject */
int cmd_list(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_status(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_reset(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_set(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_add(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_remove(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_inject(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_send(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_receive(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_watch(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_top(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_monitor(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_events(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_registers(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_selftest(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_doctor(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_report(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_help(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_version(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_select(struct context *ctx, const struct invocation *inv, struct result *res);
int cmd_exit(struct context *ctx, const struct invocation *inv, struct result *res);

#endif
