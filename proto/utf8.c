// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTF-8 as RFC 3629 has it: shortest form only, no surrogates, nothing above U+10FFFF.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "utf8.h"

struct range {
	uint8_t first_low, first_high; /* of the first byte */
	uint8_t second_low, second_high; /* of the second; those behind it are 80..bf */
	uint8_t length;
};

static const struct range ranges[] = {
	{ 0x01, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool is_continued(const uint8_t *p, const struct range *range)
{
	if (range->length > 1 && (p[1] < range->second_low || p[1] > range->second_high))
		return false;
	for (size_t i = 2; i < range->length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t mydev_utf8_length(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(ranges); i++)
		if (*p >= ranges[i].first_low && *p <= ranges[i].first_high)
			return is_continued(p, &ranges[i]) ? ranges[i].length : 0;
	return 0;
}

/* C0, DEL, and C1 in its two-byte form. */
static bool is_control(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	return len == 1 ? *p < 0x20 || *p == 0x7f : len == 2 && *p == 0xc2 && p[1] < 0xa0;
}

static void write_replaced(FILE *out, const char *p)
{
	while (*p) {
		size_t len = mydev_utf8_length(p);

		if (len)
			fwrite(p, 1, len, out);
		else
			fputs("\xef\xbf\xbd", out);
		p += len ?: 1;
	}
}

static void write_escaped(FILE *out, const char *p)
{
	while (*p) {
		size_t len = mydev_utf8_length(p), n = len ?: 1;

		if (len && !is_control(p, len))
			fwrite(p, 1, len, out);
		else
			for (size_t i = 0; i < n; i++)
				fprintf(out, "\\x%02x", (uint8_t)p[i]);
		p += n;
	}
}

static char *rewrite(const char *text, void (*write)(FILE *out, const char *text))
{
	_cleanup_free_ char *result = NULL;
	FILE *out;
	size_t size;

	out = open_memstream(&result, &size);
	if (!out)
		return NULL;
	write(out, text);
	if (fclose(out))
		return NULL;
	return MYDEV_TAKE(result);
}

char *mydev_utf8_replace_invalid(const char *text)
{
	return rewrite(text, write_replaced);
}

char *mydev_utf8_escape(const char *text)
{
	return rewrite(text, write_escaped);
}
