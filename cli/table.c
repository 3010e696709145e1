// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that writes a table, by libsmartcols.
 */

#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"
#include "tracks.h"

/*
 * What is shown in a column: a field, and behind it, in brackets, another one where an object has
 * that; or what it was, as bars.
 */
struct column {
	const struct mydev_field *field, *aside;
	bool bars;
};

struct table_sink {
	struct sink sink;
	struct libscols_table *table;
	const struct mydev_desc *desc; /* of the items; NULL before the first */
	struct column *list;
	size_t n;
	const char *columns;
	bool headings;
	const struct tracks *tracks; /* NULL: there are no bars */
	size_t n_bars;
};

/* In capitals; a duration shows its unit itself. NULL: no memory. */
static char *new_heading(struct column column)
{
	const char *name = column.bars ? "" : column.field->name;
	size_t len = strlen(name);
	char *heading;

	if (column.field->unit == MYDEV_UNIT_NS && len > 3 && !strcmp(name + len - 3, "-ns"))
		len -= 3;
	heading = strndup(name, len);
	for (char *p = heading; p && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return heading;
}

static int add_column(struct table_sink *t, struct column column)
{
	enum mydev_type type = column.field->type;
	bool is_number = !column.bars && (type == MYDEV_TYPE_U32 || type == MYDEV_TYPE_U64);
	_cleanup_free_ char *heading = new_heading(column);
	struct libscols_column *made;

	if (!heading)
		return -ENOMEM;
	made = scols_table_new_column(t->table, heading, 0, is_number ? SCOLS_FL_RIGHT : 0);
	/* What has been escaped is not to be escaped once more. */
	if (!made || scols_column_set_safechars(made, "\\") < 0)
		return -ENOMEM;
	t->list[t->n++] = column;
	return 0;
}

/* "name", "name+aside", or "name~", which there is only with tracks. */
static int add_named_column(struct table_sink *t, char *name)
{
	char *plus = strchr(name, '+'), *tilde = strchr(name, '~');
	struct column column = { .bars = tilde };

	if (tilde && !t->tracks)
		return 0;
	if (tilde)
		*tilde = '\0';
	if (plus) {
		*plus = '\0';
		column.aside = mydev_field_find(t->desc, plus + 1);
	}
	column.field = mydev_field_find(t->desc, name);
	return column.field ? add_column(t, column) : -EINVAL;
}

static int add_columns(struct table_sink *t)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = t->columns ? mydev_strv_split(t->columns, ',', &names) : 0;
	if (r < 0)
		return r;
	t->list = calloc(mydev_strv_length(names) + t->desc->n_fields, sizeof(t->list[0]));
	if (!t->list)
		return -ENOMEM;
	for (char **name = names; name && *name && r >= 0; name++)
		r = add_named_column(t, *name);
	if (!names)
		mydev_for_each_field(field, t->desc)
			r = r < 0 ? r : add_column(t, (struct column){ .field = field });
	return r;
}

static int table_begin(struct table_sink *t, const struct mydev_desc *desc)
{
	t->desc = desc;
	t->table = scols_new_table();
	if (!t->table)
		return -ENOMEM;
	scols_table_enable_colors(t->table, t->sink.colour);
	scols_table_enable_noheadings(t->table, !t->headings);
	return add_columns(t);
}

static char *format_bars(const struct table_sink *t, const struct column *column, const void *obj)
{
	bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;

	return tracks_bars(t->tracks, t->desc, column->field, obj, t->n_bars, ascii);
}

/* The text of a cell; NULL: no memory. */
static char *format_cell(const struct column *column, const void *obj)
{
	_cleanup_free_ char *value = style_format(column->field, obj, false), *aside = NULL;
	char *both;

	if (!value || !column->aside || !mydev_has_attr(obj, column->aside->attr))
		return MYDEV_TAKE(value);
	aside = style_format(column->aside, obj, false);
	if (!aside)
		return NULL;
	(void)mydev_asprintf(&both, "%s (%s)", value, aside);
	return both;
}

static int add_cell(struct table_sink *t, struct libscols_line *line, size_t i, const void *obj)
{
	const struct column *column = &t->list[i];
	enum tone tone = style_tone(column->field, obj);
	_cleanup_free_ char *text = NULL;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a listed column has its field */
	if (!mydev_has_attr(obj, column->field->attr))
		return 0;
	text = column->bars ? format_bars(t, column, obj) : format_cell(column, obj);
	if (!text || scols_line_refer_data(line, i, text))
		return -ENOMEM;
	(void)MYDEV_TAKE(text); /* the line's now */
	if (tone == TONE_PLAIN)
		return 0;
	return scols_cell_set_color(scols_line_get_cell(line, i), style_begin(tone));
}

static int table_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		      uint64_t when_usec)
{
	struct table_sink *t = (struct table_sink *)sink;
	struct libscols_line *line;
	int r;

	r = t->desc ? 0 : table_begin(t, desc);
	if (r < 0)
		return r;
	line = scols_table_new_line(t->table, NULL);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < t->n && r >= 0; i++)
		r = add_cell(t, line, i, obj);
	return r;
}

/*
 * libsmartcols fills the columns of a row up to the last one, also when there is nothing in that.
 */
static void write_trimmed(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), end = len;

		while (end && text[end - 1] == ' ')
			end--;
		fwrite(text, 1, end, out);
		fputc('\n', out);
		text += len + (text[len] == '\n');
	}
}

static int table_end(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;
	_cleanup_free_ char *text = NULL;
	int r;

	if (!t->desc)
		return 0;
	r = scols_print_table_to_string(t->table, &text);
	if (r < 0)
		return r;
	write_trimmed(sink->out, text ?: "");
	return 0;
}

static void table_free(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;

	scols_unref_table(t->table);
	free(t->list);
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

struct sink *sink_new_table_of_bars(FILE *out, bool colour, const char *columns, bool headings,
				    const struct tracks *tracks, size_t n)
{
	struct sink *sink = sink_new_table(out, colour, columns, headings);
	struct table_sink *t = (struct table_sink *)sink;

	if (!sink)
		return NULL;
	t->tracks = tracks;
	t->n_bars = n;
	return sink;
}
