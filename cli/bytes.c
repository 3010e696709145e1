// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink that writes data: byte for byte, as hexadecimal digits, or on a terminal so that it can
 * neither move the cursor nor join the next prompt.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "scoped.h"
#include "sink.h"
#include "utf8.h"

#define BYTES_A_LINE 16UL

struct bytes_sink {
	struct sink sink;
	const char *column; /* the field that has the data, as hexadecimal digits */
	enum bytes_form form;
	bool open_line; /* the last byte was no newline */
};

static void write_digits(FILE *out, const char *hex)
{
	for (size_t i = 0; hex[i]; i += 2) {
		if (i)
			fputc(i % (2 * BYTES_A_LINE) ? ' ' : '\n', out);
		fwrite(hex + i, 1, 2, out);
	}
	fputc('\n', out);
}

/* Lines stay lines; what else moves the cursor, and what is no UTF-8, is told by its number. */
static int write_escaped(FILE *out, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		size_t n = strcspn(data, "\n\t"); /* up to a NUL, too */
		_cleanup_free_ char *part = strndup(data, n), *text = NULL;

		text = part ? mydev_utf8_escape(part) : NULL;
		if (!text)
			return -ENOMEM;
		fputs(text, out);
		data += n;
		if (data == end)
			break;
		if (*data)
			fputc(*data, out);
		else
			fputs("\\x00", out);
		data++;
	}
	return 0;
}

static int write_bytes(struct bytes_sink *bytes, char *hex)
{
	struct hex_reader reader = {};
	FILE *out = bytes->sink.out;
	ssize_t len;

	len = hex_read(&reader, hex, strlen(hex), hex);
	if (len <= 0)
		return (int)len;
	hex[len] = '\0';
	bytes->open_line = hex[len - 1] != '\n';
	if (bytes->form == BYTES_FOR_TERMINAL)
		return write_escaped(out, hex, (size_t)len);
	fwrite(hex, 1, (size_t)len, out);
	return 0;
}

static int bytes_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		      uint64_t when_usec)
{
	struct bytes_sink *bytes = (struct bytes_sink *)sink;
	const struct mydev_field *field = mydev_field_find(desc, bytes->column);
	_cleanup_free_ char *hex = NULL;
	int r;

	r = field ? mydev_field_format(field, obj, &hex) : -EINVAL;
	if (r < 0)
		return r;
	if (bytes->form == BYTES_HEX)
		write_digits(sink->out, hex);
	else
		r = write_bytes(bytes, hex);
	fflush(sink->out);
	return r;
}

static int bytes_end(struct sink *sink)
{
	struct bytes_sink *bytes = (struct bytes_sink *)sink;

	if (bytes->form == BYTES_FOR_TERMINAL && bytes->open_line)
		fputc('\n', sink->out);
	return 0;
}

static void bytes_free(struct sink *sink)
{
	free(sink);
}

struct sink *sink_new_bytes(FILE *out, const char *column, enum bytes_form form)
{
	struct bytes_sink *bytes = calloc(1, sizeof(*bytes));

	if (!bytes)
		return NULL;
	bytes->sink = (struct sink){
		.item = bytes_item, .end = bytes_end, .free = bytes_free, .out = out
	};
	bytes->column = column;
	bytes->form = form;
	return &bytes->sink;
}
