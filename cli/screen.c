// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that shows pictures on a terminal, each in the place of the one before: tables, cut to
 * the size of the screen.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "scoped.h"
#include "screen.h"
#include "sink.h"
#include "style.h"
#include "utf8.h"

#define COLUMNS_DEFAULT 80
#define LINES_DEFAULT 24

#define CLEAR_SCREEN "\x1b[H\x1b[2J"
#define HOME "\x1b[H"
#define CLEAR_TO_END_OF_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"

struct screen_sink {
	struct sink sink;
	const char *columns;
	struct sink *table; /* of the picture that is made; NULL: it has no item yet */
	FILE *canvas; /* of the table, into text */
	char *text;
	size_t size;
	bool shown; /* there was a picture before */
};

/* The length of an escape sequence that colours, or 0. */
static size_t escape_length(const char *text)
{
	if (text[0] != '\x1b' || text[1] != '[')
		return 0;
	return 2 + strcspn(text + 2, "m") + (strchr(text + 2, 'm') != NULL);
}

size_t screen_cut(const char *line, size_t len, size_t width)
{
	const char *p = line, *end = line + len;

	while (p < end) {
		size_t n = escape_length(p);

		if (!n && !width--)
			break;
		p += n ?: mydev_utf8_length(p) ?: 1;
	}
	return (size_t)((p < end ? p : end) - line);
}

static void draw_lines(const struct screen_sink *screen, const char *text,
		       const struct winsize *size)
{
	const char *end = screen->sink.colour ? style_end(TONE_ASIDE) : "";
	FILE *out = screen->sink.out;

	for (size_t row = 0; *text && row + 1 < size->ws_row; row++) {
		size_t len = strcspn(text, "\n");

		fwrite(text, 1, screen_cut(text, len, size->ws_col), out);
		fprintf(out, "%s" CLEAR_TO_END_OF_LINE "\n", end);
		text += len + (text[len] == '\n');
	}
}

static void draw(struct screen_sink *screen, const char *text)
{
	FILE *out = screen->sink.out;
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_row = LINES_DEFAULT, .ws_col = COLUMNS_DEFAULT };
	fputs(screen->shown ? HOME : CLEAR_SCREEN, out);
	draw_lines(screen, text, &size);
	fputs(CLEAR_BELOW, out);
	fflush(out);
	screen->shown = true;
}

static void forget(struct screen_sink *screen)
{
	sink_free(screen->table);
	if (screen->canvas)
		fclose(screen->canvas);
	free(screen->text);
	screen->table = NULL;
	screen->canvas = NULL;
	screen->text = NULL;
}

static int begin(struct screen_sink *screen)
{
	screen->canvas = open_memstream(&screen->text, &screen->size);
	if (!screen->canvas)
		return -ENOMEM;
	screen->table = sink_new_table(screen->canvas, screen->sink.colour, screen->columns, true);
	return screen->table ? 0 : -ENOMEM;
}

static int screen_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		       uint64_t when_usec)
{
	struct screen_sink *screen = (struct screen_sink *)sink;
	int r;

	r = screen->table ? 0 : begin(screen);
	return r < 0 ? r : screen->table->item(screen->table, desc, obj, when_usec);
}

static int screen_picture(struct sink *sink)
{
	struct screen_sink *screen = (struct screen_sink *)sink;
	int r = 0;

	if (screen->table)
		r = screen->table->end(screen->table);
	if (r >= 0 && screen->canvas && fflush(screen->canvas))
		r = -ENOMEM;
	if (r >= 0)
		draw(screen, screen->text ?: "no devices\n");
	forget(screen);
	return r;
}

static void screen_free(struct sink *sink)
{
	forget((struct screen_sink *)sink);
	free(sink);
}

struct sink *sink_new_screen(FILE *out, bool colour, const char *columns)
{
	struct screen_sink *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	screen->sink = (struct sink){ .item = screen_item,
				      .picture = screen_picture,
				      .free = screen_free,
				      .out = out,
				      .colour = colour };
	screen->columns = columns;
	return &screen->sink;
}
