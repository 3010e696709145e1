// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sinks that write plain text: records, lines and names. Tables are in table.c, pages
 * in page.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"
#include "tag.h"
#include "when.h"

struct text_sink {
	struct sink sink;
	size_t n_items;
	const char *columns;
};

static void text_free(struct sink *sink)
{
	free(sink);
}

static struct sink *text_new(FILE *out, bool colour, const char *columns,
			     int (*item)(struct sink *, const struct mydev_desc *, const void *,
					 uint64_t))
{
	struct text_sink *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->sink = (struct sink){ .item = item, .free = text_free, .out = out, .colour = colour };
	text->columns = columns;
	return &text->sink;
}

static void write_toned(struct sink *sink, enum tone tone, const char *text)
{
	if (!sink->colour)
		tone = TONE_PLAIN;
	fprintf(sink->out, "%s%s%s", style_begin(tone), text, style_end(tone));
}

/* ---- Nothing ---- */

static int null_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		     uint64_t when_usec)
{
	return 0;
}

struct sink *sink_new_null(void)
{
	return text_new(NULL, false, NULL, null_item);
}

/* ---- A record: "Label:  value", a field a line ---- */

static int label_width(const struct mydev_desc *desc, const void *obj)
{
	size_t width = 0;

	mydev_for_each_field(field, desc)
		if (mydev_has_attr(obj, field->attr) && strlen(field->label) > width)
			width = strlen(field->label);
	return (int)width;
}

static int record_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		       uint64_t when_usec)
{
	struct text_sink *text = (struct text_sink *)sink;
	int width = label_width(desc, obj);

	if (text->n_items++)
		fputc('\n', sink->out);
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *value = NULL;

		if (!mydev_has_attr(obj, field->attr))
			continue;
		value = style_format(field, obj, true);
		if (!value)
			return -ENOMEM;
		fprintf(sink->out, "%s:%*s", field->label, width - (int)strlen(field->label) + 2,
			"");
		write_toned(sink, style_tone(field, obj), value);
		fputc('\n', sink->out);
	}
	return 0;
}

struct sink *sink_new_record(FILE *out, bool colour)
{
	return text_new(out, colour, NULL, record_item);
}

/* ---- A line: the time, what matters, the rest as key=value ---- */

/* What people see of an object in a line; kinds that are not here are shown with all fields. */
static const struct layout {
	const struct mydev_desc *desc;
	const char *title; /* behind the fields of lead; NULL: none */
	const char *lead; /* these first, without their names; NULL: none */
	const char *hidden; /* these not at all; NULL: none but those of lead */
} layouts[] = {
	{ &mydev_event_desc, NULL, TAG_NAME ",device,event", "seq,epoch,time-ns,dev-id,kind" },
	{ &mydev_dev_desc, NULL, TAG_NAME ",name,state,fault", NULL },
	{ &mydev_load_desc, NULL, TAG_NAME ",device,state", "rx-used,rx-size,span-ns" },
	{ &mydev_sync_desc, "in step, events follow", TAG_NAME, "epoch" },
	{ &mydev_gap_desc, "events are lost", TAG_NAME, "epoch" },
	{ &mydev_down_desc, "the module was removed", TAG_NAME, "epoch" },
};

static const struct layout *find_layout(const struct mydev_desc *desc)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(layouts); i++)
		/* A tagged object has a description of its own, of the same kind. */
		if (!strcmp(layouts[i].desc->kind, desc->kind))
			return &layouts[i];
	return NULL;
}

static bool in_list(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; list && *list; list += strcspn(list, ",") + (list[strcspn(list, ",")] == ','))
		if (strcspn(list, ",") == len && !strncmp(list, name, len))
			return true;
	return false;
}

static int write_word(struct sink *sink, const struct mydev_field *field, const void *obj,
		      bool with_name)
{
	bool is_text = with_name && field->type == MYDEV_TYPE_STRING;
	_cleanup_free_ char *value = NULL;

	value = is_text ? style_quote(*(char *const *)mydev_field_ptr(field, obj)) :
			  style_format(field, obj, false);
	if (!value)
		return -ENOMEM;
	fputs("  ", sink->out);
	if (with_name)
		fprintf(sink->out, "%s=", field->name);
	write_toned(sink, style_tone(field, obj), value);
	return 0;
}

/* In the order of the list. */
static int write_lead(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		      const char *lead)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = lead ? mydev_strv_split(lead, ',', &names) : 0;
	for (char **name = names; name && *name && r >= 0; name++) {
		const struct mydev_field *field = mydev_field_find(desc, *name);

		if (field && mydev_has_attr(obj, field->attr))
			r = write_word(sink, field, obj, false);
	}
	return r;
}

static int write_rest(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		      const struct layout *layout)
{
	const char *lead = layout ? layout->lead : NULL, *hidden = layout ? layout->hidden : NULL;
	bool rest = !layout || hidden;
	int r;

	mydev_for_each_field(field, desc) {
		if (!rest || !mydev_has_attr(obj, field->attr) || in_list(lead, field->name) ||
		    in_list(hidden, field->name))
			continue;
		r = write_word(sink, field, obj, true);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_all(struct sink *sink, const struct mydev_desc *desc, const void *obj)
{
	const struct layout *layout = find_layout(desc);
	int r;

	r = write_lead(sink, desc, obj, layout ? layout->lead : NULL);
	if (r >= 0 && (!layout || layout->title)) {
		fputs("  ", sink->out);
		write_toned(sink, TONE_HEADING, layout ? layout->title : desc->kind);
	}
	return r < 0 ? r : write_rest(sink, desc, obj, layout);
}

static int line_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		     uint64_t when_usec)
{
	_cleanup_free_ char *when = when_format(when_usec ?: when_now(CLOCK_REALTIME));
	const char *columns = ((const struct text_sink *)sink)->columns;
	int r;

	if (!when)
		return -ENOMEM;
	write_toned(sink, TONE_ASIDE, when);
	r = columns ? write_lead(sink, desc, obj, columns) : write_all(sink, desc, obj);
	fputc('\n', sink->out);
	fflush(sink->out);
	return r;
}

struct sink *sink_new_line(FILE *out, bool colour, const char *columns)
{
	return text_new(out, colour, columns, line_item);
}

/* ---- A name ---- */

static int name_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		     uint64_t when_usec)
{
	const struct text_sink *text = (struct text_sink *)sink;

	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *value = NULL;

		if (!in_list(text->columns, field->name) || !mydev_has_attr(obj, field->attr))
			continue;
		value = style_format(field, obj, false);
		if (!value)
			return -ENOMEM;
		fprintf(sink->out, "%s\n", value);
	}
	return 0;
}

struct sink *sink_new_name(FILE *out, const char *columns)
{
	return text_new(out, false, columns, name_item);
}
