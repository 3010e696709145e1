// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that writes a table, by libsmartcols.
 */

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"

struct table_sink {
	struct sink sink;
	struct libscols_table *table;
	const struct mydev_desc *desc; /* of the items; NULL before the first */
	const struct mydev_field **fields; /* of the columns */
	size_t n_fields;
	const char *columns;
	bool headings;
};

static int add_column(struct table_sink *t, const struct mydev_field *field)
{
	bool is_number = field->type == MYDEV_TYPE_U32 || field->type == MYDEV_TYPE_U64;
	_cleanup_free_ char *heading = strdup(field->name);

	if (!heading)
		return -ENOMEM;
	for (char *p = heading; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (!scols_table_new_column(t->table, heading, 0, is_number ? SCOLS_FL_RIGHT : 0))
		return -ENOMEM;
	t->fields[t->n_fields++] = field;
	return 0;
}

static int add_columns(struct table_sink *t)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = t->columns ? mydev_strv_split(t->columns, ',', &names) : 0;
	if (r < 0)
		return r;
	t->fields = calloc(mydev_strv_length(names) + t->desc->n_fields, sizeof(t->fields[0]));
	if (!t->fields)
		return -ENOMEM;
	for (char **name = names; name && *name && r >= 0; name++) {
		const struct mydev_field *field = mydev_field_find(t->desc, *name);

		r = field ? add_column(t, field) : -EINVAL;
	}
	if (!names)
		mydev_for_each_field(field, t->desc)
			r = r < 0 ? r : add_column(t, field);
	return r;
}

static int table_begin(struct table_sink *t, const struct mydev_desc *desc)
{
	t->desc = desc;
	t->table = scols_new_table();
	if (!t->table)
		return -ENOMEM;
	scols_table_set_stream(t->table, t->sink.out);
	scols_table_enable_colors(t->table, t->sink.colour);
	scols_table_enable_noheadings(t->table, !t->headings);
	scols_table_enable_nowrap(t->table, 0);
	return add_columns(t);
}

static int table_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		      uint64_t when_usec)
{
	struct table_sink *t = (struct table_sink *)sink;
	struct libscols_line *line;
	int r;

	if (!t->desc) {
		r = table_begin(t, desc);
		if (r < 0)
			return r;
	}
	line = scols_table_new_line(t->table, NULL);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_fields; i++) {
		enum tone tone = style_tone(t->fields[i], obj);
		_cleanup_free_ char *value = NULL;

		if (!mydev_has_attr(obj, t->fields[i]->attr))
			continue;
		value = style_format(t->fields[i], obj, false);
		if (!value || scols_line_refer_data(line, i, value))
			return -ENOMEM;
		(void)MYDEV_TAKE(value);
		if (tone != TONE_PLAIN &&
		    scols_cell_set_color(scols_line_get_cell(line, i), style_begin(tone)))
			return -ENOMEM;
	}
	return 0;
}

static int table_end(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;

	if (!t->desc)
		return 0;
	return scols_print_table(t->table);
}

static void table_free(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;

	scols_unref_table(t->table);
	free(t->fields);
	free(t);
}

struct sink *sink_new_table(FILE *out, bool colour, const char *columns, bool headings)
{
	struct table_sink *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct sink){ .item = table_item,
				 .end = table_end,
				 .free = table_free,
				 .out = out,
				 .colour = colour };
	t->columns = columns;
	t->headings = headings;
	return &t->sink;
}
