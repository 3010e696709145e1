// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences about objects, from templates and field tables.
 */
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "format.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS (1000 * NS_PER_US)
#define NS_PER_S (1000 * NS_PER_MS)
#define S_PER_MIN 60
#define S_PER_H (60 * S_PER_MIN)

/* 1,234,567 */
static int group_digits(uint64_t n, char **ret)
{
	_cleanup_free_ char *digits = NULL;
	char *grouped;
	size_t len;
	int r;

	r = mydev_asprintf(&digits, "%" PRIu64, n);
	if (r < 0)
		return r;
	len = strlen(digits);
	grouped = malloc(len + (len - 1) / 3 + 1);
	if (!grouped)
		return -ENOMEM;
	*ret = grouped;
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*grouped++ = ',';
		*grouped++ = digits[i];
	}
	*grouped = '\0';
	return 0;
}

int text_bytes(uint64_t bytes, char **ret)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	_cleanup_free_ char *number = NULL;
	size_t unit = 0;
	int r;

	while (bytes && bytes % 1024 == 0 && unit + 1 < MYDEV_ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	r = group_digits(bytes, &number);
	if (r < 0)
		return r;
	return mydev_asprintf(ret, "%s %s", number, unit == 0 && bytes == 1 ? "byte" : units[unit]);
}

int text_duration(uint64_t ns, char **ret)
{
	uint64_t s = ns / NS_PER_S;

	if (ns < NS_PER_US)
		return mydev_asprintf(ret, "%" PRIu64 " ns", ns);
	if (ns < NS_PER_MS)
		return mydev_asprintf(ret, "%" PRIu64 " us", ns / NS_PER_US);
	if (ns < NS_PER_S)
		return mydev_asprintf(ret, "%" PRIu64 " ms", ns / NS_PER_MS);
	if (s < S_PER_MIN)
		return mydev_asprintf(ret, "%" PRIu64 ".%" PRIu64 " s", s,
				      ns % NS_PER_S / (NS_PER_S / 10));
	if (s < S_PER_H)
		return mydev_asprintf(ret, "%" PRIu64 " min %" PRIu64 " s", s / S_PER_MIN,
				      s % S_PER_MIN);
	return mydev_asprintf(ret, "%" PRIu64 " h %" PRIu64 " min", s / S_PER_H,
			      s % S_PER_H / S_PER_MIN);
}

/* Length of the valid UTF-8 sequence of a printable character that text begins with, or 0. */
static size_t printable_len(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{ 0x80, 0x00, 0x20 },
		{ 0xe0, 0xc0,
		  0xa0 }, /* from 0xa0: the C1 control characters are not for printing either */
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t len = 1; len <= MYDEV_ARRAY_SIZE(forms); len++) {
		uint32_t c;

		if ((*text & forms[len - 1].mask) != forms[len - 1].lead)
			continue;
		c = *text & (unsigned char)~forms[len - 1].mask;
		for (size_t i = 1; i < len; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (text[i] & 0x3f);
		}
		if (c < forms[len - 1].min || c == 0x7f || c > 0x10ffff ||
		    (c >= 0xd800 && c <= 0xdfff))
			return 0;
		return len;
	}
	return 0;
}

void text_sanitize(char *text)
{
	while (*text) {
		size_t len = printable_len((const unsigned char *)text);

		if (!len) {
			*text = '?';
			len = 1;
		}
		text += len;
	}
}

static uint64_t number_of(const struct mydev_field *field, const void *obj)
{
	const void *member = mydev_field_ptr(field, obj);

	return field->type == MYDEV_TYPE_U64 ? *(const uint64_t *)member :
					       *(const uint32_t *)member;
}

/* The value as people read it; the unit decides. */
static int format_value(const struct mydev_field *field, const void *obj, char **ret)
{
	int r;

	if (!mydev_has_attr(obj, field->attr))
		return mydev_asprintf(ret, "?");
	if (field->type == MYDEV_TYPE_U32 || field->type == MYDEV_TYPE_U64) {
		if (field->unit == MYDEV_UNIT_BYTES)
			return text_bytes(number_of(field, obj), ret);
		if (field->unit == MYDEV_UNIT_NS)
			return text_duration(number_of(field, obj), ret);
	}
	r = mydev_field_format(field, obj, ret);
	if (r < 0)
		return r;
	text_sanitize(*ret);
	return 0;
}

/* The field that the {name} at template stands for; *end is set behind it. */
static const struct mydev_field *placeholder(const char *template, const struct mydev_desc *desc,
					     const char **end)
{
	size_t len = strcspn(template + 1, "{}[]");

	if (template[1 + len] != '}')
		return NULL;
	*end = template + len + 2;
	mydev_for_each_field(field, desc)
		if (strlen(field->name) == len && strncmp(field->name, template + 1, len) == 0)
			return field;
	return NULL;
}

/* 1 when the object has every field of the part in brackets at part, else 0; *end is set behind the part. */
static int part_is_complete(const char *part, const struct mydev_desc *desc, const void *obj,
			    const char **end)
{
	int complete = 1;
	const char *p = part + 1;

	while (*p != ']') {
		const struct mydev_field *field;

		if (*p == '\0' || *p == '[')
			return -EINVAL;
		if (*p != '{') {
			p++;
			continue;
		}
		field = placeholder(p, desc, &p);
		if (!field)
			return -EINVAL;
		if (!mydev_has_attr(obj, field->attr))
			complete = 0;
	}
	*end = p + 1;
	return complete;
}

static int expand(const char *template, const struct mydev_desc *desc, const void *obj, FILE *out)
{
	bool in_part = false;

	for (const char *p = template; *p;) {
		if (*p == '[' && !in_part) {
			const char *end;
			int r = part_is_complete(p, desc, obj, &end);

			if (r < 0)
				return r;
			in_part = r;
			p = in_part ? p + 1 : end;
		} else if (*p == ']' && in_part) {
			in_part = false;
			p++;
		} else if (*p == '{') {
			const struct mydev_field *field = placeholder(p, desc, &p);
			_cleanup_free_ char *value = NULL;
			int r = field ? format_value(field, obj, &value) : -EINVAL;

			if (r < 0)
				return r;
			fputs(value, out);
		} else if (strchr("[]}", *p)) {
			return -EINVAL;
		} else {
			fputc(*p++, out);
		}
	}
	return 0;
}

int text_expand(const char *template, const struct mydev_desc *desc, const void *obj, char **ret)
{
	char *text = NULL;
	size_t len;
	FILE *out;
	int r;

	out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	r = expand(template, desc, obj, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	return 0;
}
