// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hexadecimal digits, in parts of any length.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"

static const char digits[] = "0123456789abcdef";

char *hex_encode(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	char *text = malloc(2 * len + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	text[2 * len] = '\0';
	return text;
}

/* -1: it is none. */
static int digit_value(char c)
{
	const char *digit = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return digit ? (int)(digit - digits) : -1;
}

ssize_t hex_read(struct hex_reader *reader, const char *text, size_t len, void *out)
{
	uint8_t *bytes = out;
	size_t n = 0;

	for (size_t i = 0; i < len; i++, reader->position++) {
		int value = digit_value(text[i]);

		if (value < 0 && isspace((unsigned char)text[i]))
			continue;
		if (value < 0)
			return -EINVAL;
		if (reader->half)
			bytes[n++] = (uint8_t)(reader->high << 4 | value);
		reader->high = (uint8_t)value;
		reader->half = !reader->half;
	}
	return (ssize_t)n;
}

int hex_end(const struct hex_reader *reader)
{
	return reader->half ? -EINVAL : 0;
}
