/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ends of the line: each sink writes items, and some write errors, in one form. A sink knows no
 * field by name: it walks the field table of what it is given.
 */
#ifndef MYDEVCTL_SINK_H
#define MYDEVCTL_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cleanup.h"
#include "field.h"
#include "objects_gen.h"

struct tracks;

struct sink {
	/*
	 * when_usec: when it happened, since the Unix epoch, for those who show it; 0: not known.
	 * -errno.
	 */
	int (*item)(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		    uint64_t when_usec);
	/* NULL: errors are not shown here. */
	int (*error)(struct sink *sink, const struct mydev_error *error);
	/*
	 * The items since the last time are a picture: shows it. NULL: each item was shown as it
	 * came, and that there is none is not shown.
	 */
	int (*picture)(struct sink *sink);
	/* All was given: writes what is left. NULL: nothing ever is. */
	int (*end)(struct sink *sink);
	void (*free)(struct sink *sink);

	FILE *out; /* the caller's */
	char *missing; /* why it can show no item, and each is -ENOPKG; NULL: it can */
	bool colour;
};

/*
 * NULL: no memory. columns: names of fields, separated by commas; NULL: all. width: of the
 * terminal.
 */
struct sink *sink_new_null(void);
struct sink *sink_new_record(FILE *out, bool colour);
struct sink *sink_new_line(FILE *out, bool colour, const char *columns);
struct sink *sink_new_page(FILE *out, bool colour, int width);
struct sink *sink_new_section(FILE *out, bool colour);
struct sink *sink_new_name(FILE *out, const char *columns);
struct sink *sink_new_table(FILE *out, bool colour, const char *columns, bool headings);

/*
 * Also with those columns that have a ~ behind them, which is n bars of the tracks; it must have
 * the objects that come.
 */
struct sink *sink_new_table_of_bars(FILE *out, bool colour, const char *columns, bool headings,
				    const struct tracks *tracks, size_t n);

/*
 * Pictures, each a table in the place of the one before, with bars where there is room; out is a
 * terminal.
 */
struct sink *sink_new_screen(FILE *out, bool colour, const char *columns, bool headings);

enum bytes_form {
	BYTES_EXACT,
	BYTES_FOR_TERMINAL, /* printable: other bytes as \xNN, ends with a newline */
	BYTES_HEX, /* digits for people, and for send --hex */
};

/* Data alone, flushed each; column: the field that has it, as hexadecimal digits. */
struct sink *sink_new_bytes(FILE *out, const char *column, enum bytes_form form);

/*
 * One document of items of one kind, which is that of desc when there is none (NULL: an error is
 * all there can be). -EINVAL for an item of another kind than the first.
 */
struct sink *sink_new_json(FILE *out, const struct mydev_desc *desc, bool pretty);

/* A document for each item or error, flushed each; for a picture without any, one of desc. */
struct sink *sink_new_json_stream(FILE *out, const struct mydev_desc *desc, bool pretty);

void sink_free(struct sink *sink);

MYDEV_DEFINE_CLEANUP(struct sink *, sink_free);

#endif
