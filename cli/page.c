// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that writes a page to read: the first item as sections, those behind it as a list of
 * their first two fields. It is what help looks like.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"

#define INDENT 2
#define LIST_INDENT 24 /* of the text behind a name */
#define WIDTH_MIN 30
#define WIDTH_MAX 100

struct page_sink {
	struct sink sink;
	size_t n_items;
	int width;
};

/*
 * Words of text from column on, which is where the cursor is, broken at the width; further lines
 * begin at indent.
 */
static void write_wrapped(const struct page_sink *page, const char *text, int column, int indent)
{
	bool first = true;

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (!first && column + 1 + len > page->width) {
			fprintf(page->sink.out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', page->sink.out);
			column++;
		}
		fprintf(page->sink.out, "%.*s", len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
		first = false;
	}
	fputc('\n', page->sink.out);
}

/* "name: meaning" as two columns. */
static void write_pair(const struct page_sink *page, const char *name, int len, const char *meaning)
{
	int indent = page->width < 2 * LIST_INDENT ? 2 * INDENT : LIST_INDENT;

	fprintf(page->sink.out, "%*s%.*s", INDENT, "", len, name);
	if (INDENT + len + 2 > indent)
		fprintf(page->sink.out, "\n%*s", indent, "");
	else
		fprintf(page->sink.out, "%*s", indent - INDENT - len, "");
	write_wrapped(page, meaning, indent, indent);
}

static void write_heading(const struct page_sink *page, const char *label, const char *ending)
{
	enum tone tone = page->sink.colour ? TONE_HEADING : TONE_PLAIN;

	fprintf(page->sink.out, "\n%s%c%s%s:%s\n", style_begin(tone),
		toupper((unsigned char)*label), label + 1, ending, style_end(tone));
}

static void write_section(const struct page_sink *page, const struct mydev_field *field,
			  const void *obj)
{
	const void *p = mydev_field_ptr(field, obj);

	write_heading(page, field->label, field->type == MYDEV_TYPE_STRV ? "s" : "");
	if (field->type == MYDEV_TYPE_STRING) {
		fprintf(page->sink.out, "%*s", INDENT, "");
		write_wrapped(page, *(char *const *)p, INDENT, INDENT);
		return;
	}
	for (char **line = *(char **const *)p; line && *line; line++) {
		const char *meaning = strstr(*line, ": ");

		if (meaning)
			write_pair(page, *line, (int)(meaning - *line), meaning + 2);
		else
			fprintf(page->sink.out, "%*s%s\n", INDENT, "", *line);
	}
}

static int page_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		     uint64_t when_usec)
{
	struct page_sink *page = (struct page_sink *)sink;
	_cleanup_free_ char *name = style_format(&desc->fields[0], obj, false);
	_cleanup_free_ char *meaning = style_format(&desc->fields[1], obj, false);

	if (!name || !meaning)
		return -ENOMEM;
	if (page->n_items == 1)
		write_heading(page, desc->kind, "s");
	if (page->n_items++) {
		write_pair(page, name, (int)strlen(name), meaning);
		return 0;
	}

	fprintf(sink->out, "%s: ", name);
	write_wrapped(page, meaning, (int)strlen(name) + 2, INDENT);
	mydev_for_each_field(field, desc)
		if (field >= &desc->fields[2] && mydev_has_attr(obj, field->attr))
			write_section(page, field, obj);
	return 0;
}

static void page_free(struct sink *sink)
{
	free(sink);
}

struct sink *sink_new_page(FILE *out, bool colour, int width)
{
	struct page_sink *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->sink =
		(struct sink){ .item = page_item, .free = page_free, .out = out, .colour = colour };
	page->width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
	return &page->sink;
}
