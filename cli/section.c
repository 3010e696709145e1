// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that writes sections: of each item, texts as a heading, lists line by line below it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"
#include "utf8.h"

struct section_sink {
	struct sink sink;
	bool begun;
};

/* "web1: devices". NULL: no memory. */
static char *make_heading(const struct mydev_desc *desc, const void *obj)
{
	_cleanup_strv_ char **words = NULL;

	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *word = NULL;

		if (field->type != MYDEV_TYPE_STRING || !mydev_has_attr(obj, field->attr))
			continue;
		word = style_format(field, obj, false);
		if (!word || mydev_strv_append(&words, word, strlen(word)) < 0)
			return NULL;
	}
	return mydev_strv_join(words, ": ");
}

static int write_lines(struct sink *sink, char **lines)
{
	for (; lines && *lines; lines++) {
		_cleanup_free_ char *line = mydev_utf8_escape(*lines);

		if (!line)
			return -ENOMEM;
		fprintf(sink->out, "%s\n", line);
	}
	return 0;
}

/* The first needs no name. */
static bool is_first_list(const struct mydev_desc *desc, const struct mydev_field *field)
{
	mydev_for_each_field(each, desc)
		if (each->type == MYDEV_TYPE_STRV)
			return each == field;
	return false;
}

static int write_list(struct sink *sink, const struct mydev_desc *desc,
		      const struct mydev_field *field, const void *obj)
{
	enum tone tone = sink->colour ? TONE_WARNING : TONE_PLAIN;

	if (field->type != MYDEV_TYPE_STRV || !mydev_has_attr(obj, field->attr))
		return 0;
	if (!is_first_list(desc, field))
		fprintf(sink->out, "%s-- %s:%s\n", style_begin(tone), field->label,
			style_end(tone));
	return write_lines(sink, *(char **const *)mydev_field_ptr(field, obj));
}

static int section_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
			uint64_t when_usec)
{
	struct section_sink *section = (struct section_sink *)sink;
	enum tone tone = sink->colour ? TONE_HEADING : TONE_PLAIN;
	_cleanup_free_ char *heading = NULL;
	bool has_lists = false;
	int r = 0;

	heading = make_heading(desc, obj);
	if (!heading)
		return -ENOMEM;
	mydev_for_each_field(field, desc)
		has_lists |= field->type == MYDEV_TYPE_STRV && mydev_has_attr(obj, field->attr);
	/* A name alone is no heading. */
	if (!has_lists) {
		fprintf(sink->out, "%s\n", heading);
		return 0;
	}
	fprintf(sink->out, "%s%s== %s ==%s\n", section->begun ? "\n" : "", style_begin(tone),
		heading, style_end(tone));
	section->begun = true;
	mydev_for_each_field(field, desc)
		if (r >= 0)
			r = write_list(sink, desc, field, obj);
	return r;
}

static void section_free(struct sink *sink)
{
	free(sink);
}

struct sink *sink_new_section(FILE *out, bool colour)
{
	struct section_sink *section = calloc(1, sizeof(*section));

	if (!section)
		return NULL;
	section->sink = (struct sink){
		.item = section_item, .free = section_free, .out = out, .colour = colour
	};
	return &section->sink;
}
