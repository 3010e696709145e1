// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that shows pictures on a terminal, each in the place of the one before: tables, cut to
 * the size of the screen, with bars where there is room for them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "scoped.h"
#include "screen.h"
#include "sink.h"
#include "style.h"
#include "tracks.h"
#include "utf8.h"

#define COLUMNS_DEFAULT 80
#define LINES_DEFAULT 24

#define NUMBERS_COLUMNS 60 /* what a table takes without bars, or a little more */
#define BARS_COLUMNS_MAX 2
#define BARS_MIN 4 /* fewer say nothing */

#define CLEAR_SCREEN "\x1b[H\x1b[2J"
#define HOME "\x1b[H"
#define CLEAR_TO_END_OF_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"

struct screen_sink {
	struct sink sink;
	const char *columns;
	bool headings;
	struct tracks *tracks;
	struct winsize size; /* of the terminal */
	struct sink *table; /* of the picture that is made; NULL: it has no item yet */
	size_t n_items; /* of the picture; no more than there is room for are in the table */
	FILE *canvas; /* of the table, into text */
	char *text;
	size_t text_size;
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

size_t screen_items(size_t lines, size_t n_items)
{
	/* The headings; the cursor stands below what is written. */
	size_t room = lines > 2 ? lines - 2 : 0;

	/* How many there are more takes a line as well. */
	return n_items <= room ? n_items : room ? room - 1 : 0;
}

static void draw_lines(const struct screen_sink *screen, const char *text, size_t n)
{
	const char *end = screen->sink.colour ? style_end(TONE_ASIDE) : "";
	FILE *out = screen->sink.out;

	for (size_t row = 0; *text && row < n; row++) {
		size_t len = strcspn(text, "\n");

		fwrite(text, 1, screen_cut(text, len, screen->size.ws_col), out);
		fprintf(out, "%s" CLEAR_TO_END_OF_LINE "\n", end);
		text += len + (text[len] == '\n');
	}
}

static void draw(struct screen_sink *screen, const char *text)
{
	/* The headings, or that there is nothing. */
	bool has_head = screen->headings || !screen->n_items;
	size_t shown = screen_items(screen->size.ws_row + !has_head, screen->n_items);
	FILE *out = screen->sink.out;

	fputs(screen->shown ? HOME : CLEAR_SCREEN, out);
	draw_lines(screen, text, shown + has_head);
	if (shown < screen->n_items)
		fprintf(out, "%zu more" CLEAR_TO_END_OF_LINE "\n", screen->n_items - shown);
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
	screen->n_items = 0;
}

static void measure(struct screen_sink *screen)
{
	struct winsize *size = &screen->size;

	if (ioctl(fileno(screen->sink.out), TIOCGWINSZ, size) < 0 || !size->ws_col || !size->ws_row)
		*size = (struct winsize){ .ws_row = LINES_DEFAULT, .ws_col = COLUMNS_DEFAULT };
}

size_t screen_bars(size_t width)
{
	size_t room = width > NUMBERS_COLUMNS ? width - NUMBERS_COLUMNS : 0;
	size_t n = room / BARS_COLUMNS_MAX;

	return n < BARS_MIN ? 0 : n > TRACKS_TIMES ? TRACKS_TIMES : n;
}

static int begin(struct screen_sink *screen)
{
	size_t bars = screen_bars(screen->size.ws_col);

	screen->canvas = open_memstream(&screen->text, &screen->text_size);
	if (!screen->canvas)
		return -ENOMEM;
	screen->table =
		sink_new_table_of_bars(screen->canvas, screen->sink.colour, screen->columns,
				       screen->headings, bars ? screen->tracks : NULL, bars);
	return screen->table ? 0 : -ENOMEM;
}

static int screen_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		       uint64_t when_usec)
{
	struct screen_sink *screen = (struct screen_sink *)sink;
	int r;

	if (!screen->table) {
		measure(screen);
		r = begin(screen);
		if (r < 0)
			return r;
	}
	r = tracks_add(screen->tracks, desc, obj);
	if (r < 0 || screen->n_items++ >= screen->size.ws_row)
		return r;
	return screen->table->item(screen->table, desc, obj, when_usec);
}

static int screen_picture(struct sink *sink)
{
	struct screen_sink *screen = (struct screen_sink *)sink;
	int r = 0;

	if (screen->table)
		r = screen->table->end(screen->table);
	else
		measure(screen);
	if (r >= 0 && screen->canvas && fflush(screen->canvas))
		r = -ENOMEM;
	if (r >= 0)
		draw(screen, screen->text ?: "no devices\n");
	forget(screen);
	tracks_step(screen->tracks);
	return r;
}

static void screen_free(struct sink *sink)
{
	struct screen_sink *screen = (struct screen_sink *)sink;

	forget(screen);
	tracks_free(screen->tracks);
	free(screen);
}

struct sink *sink_new_screen(FILE *out, bool colour, const char *columns, bool headings)
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
	screen->headings = headings;
	if (tracks_new(&screen->tracks, columns) < 0) {
		free(screen);
		return NULL;
	}
	return &screen->sink;
}
