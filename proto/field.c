// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of objects as plain text and back, driven by the field tables. Pure: no netlink, no output. Units, labels and
 * layout are the business of those who print.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "field.h"
#include "format.h"
#include "strv.h"
#include "uuid.h"

static void *member(const struct mydev_field *field, void *obj)
{
	return (char *)obj + field->offset;
}

/* Frees what the member owns and leaves it empty; numbers have nothing to free. */
static void member_clear(const struct mydev_field *field, void *obj)
{
	if (field->type == MYDEV_TYPE_STRING) {
		char **string = member(field, obj);

		free(*string);
		*string = NULL;
	} else if (field->type == MYDEV_TYPE_STRV) {
		char ***strv = member(field, obj);

		mydev_strv_free(*strv);
		*strv = NULL;
	}
}

void mydev_object_clear(const struct mydev_desc *desc, void *obj)
{
	mydev_for_each_field(field, desc)
		member_clear(field, obj);
	memset(obj, 0, desc->size);
}

const struct mydev_field *mydev_field_find(const struct mydev_desc *desc, const char *name)
{
	mydev_for_each_field(field, desc)
		if (!strcmp(field->key, name) || !strcmp(field->name, name) ||
		    !strcmp(field->journal, name))
			return field;

	return NULL;
}

const char *mydev_enum_name(const struct mydev_enum *values, uint32_t value)
{
	for (size_t i = 0; i < values->n_values; i++)
		if (values->values[i].value == value)
			return values->values[i].name;

	return NULL;
}

int mydev_enum_parse(const struct mydev_enum *values, const char *name, uint32_t *ret)
{
	for (size_t i = 0; i < values->n_values; i++) {
		if (!strcmp(values->values[i].name, name)) {
			*ret = values->values[i].value;
			return 0;
		}
	}

	return -ENOENT;
}

static char *format_number(uint64_t value)
{
	char *text;

	(void)mydev_asprintf(&text, "%" PRIu64, value);
	return text;
}

static char *format_enum(const struct mydev_field *field, uint32_t value)
{
	const char *name = mydev_enum_name(field->values, value);

	return name ? strdup(name) : format_number(value);
}

static char *format_member(const struct mydev_field *field, const void *p)
{
	switch (field->type) {
	case MYDEV_TYPE_U32:
		return format_number(*(const uint32_t *)p);
	case MYDEV_TYPE_U64:
		return format_number(*(const uint64_t *)p);
	case MYDEV_TYPE_BOOL:
		return strdup(*(const bool *)p ? "true" : "false");
	case MYDEV_TYPE_ENUM:
		return format_enum(field, *(const uint32_t *)p);
	case MYDEV_TYPE_STRING:
		return strdup(*(char *const *)p ?: "");
	case MYDEV_TYPE_STRV:
		return mydev_strv_join(*(char **const *)p, ",");
	case MYDEV_TYPE_UUID:
		return strdup(p);
	}
	return strdup("");
}

int mydev_field_format(const struct mydev_field *field, const void *obj, char **ret)
{
	char *text;

	if (!mydev_has_attr(obj, field->attr))
		return -ENODATA;
	text = format_member(field, mydev_field_ptr(field, obj));
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static unsigned int suffix_shift(char suffix)
{
	switch (toupper((unsigned char)suffix)) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return 0;
	}
}

static int parse_number(const struct mydev_field *field, const char *text, uint64_t max,
			uint64_t *ret)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned int shift = 0;
	uint64_t value;
	char *end;

	/* strtoull alone would take blanks, signs and octal numbers. */
	if (hex ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	value = strtoull(digits, &end, hex ? 16 : 10);

	if (field->unit == MYDEV_UNIT_BYTES)
		shift = suffix_shift(*end);
	if (shift)
		end++;
	/* "64 KiB" as it is shown, without the blank; what "64KB" is, opinions differ on. */
	if (shift && !strcmp(end, "iB"))
		end += strlen("iB");
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || value > max >> shift)
		return -ERANGE;
	*ret = value << shift;
	return 0;
}

static int parse_u32(const struct mydev_field *field, const char *text, uint32_t *ret)
{
	uint64_t value;
	int r;

	r = parse_number(field, text, UINT32_MAX, &value);
	if (r < 0)
		return r;
	*ret = (uint32_t)value;
	return 0;
}

static int parse_enum(const struct mydev_field *field, const char *text, uint32_t *ret)
{
	if (!mydev_enum_parse(field->values, text, ret))
		return 0;
	return parse_u32(field, text, ret);
}

static int parse_bool(const char *text, bool *ret)
{
	if (strcmp(text, "true") && strcmp(text, "false"))
		return -EINVAL;
	*ret = !strcmp(text, "true");
	return 0;
}

static int parse_string(const struct mydev_field *field, const char *text, void *obj)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	member_clear(field, obj);
	*(char **)member(field, obj) = copy;
	return 0;
}

static int parse_strv(const struct mydev_field *field, const char *text, void *obj)
{
	char **strv;
	int r;

	r = mydev_strv_split(text, ',', &strv);
	if (r < 0)
		return r;
	member_clear(field, obj);
	*(char ***)member(field, obj) = strv;
	return 0;
}

static int parse_member(const struct mydev_field *field, const char *text, void *obj)
{
	void *p = member(field, obj);

	switch (field->type) {
	case MYDEV_TYPE_U32:
		return parse_u32(field, text, p);
	case MYDEV_TYPE_U64:
		return parse_number(field, text, UINT64_MAX, p);
	case MYDEV_TYPE_BOOL:
		return parse_bool(text, p);
	case MYDEV_TYPE_ENUM:
		return parse_enum(field, text, p);
	case MYDEV_TYPE_STRING:
		return parse_string(field, text, obj);
	case MYDEV_TYPE_STRV:
		return parse_strv(field, text, obj);
	case MYDEV_TYPE_UUID:
		return mydev_uuid_normalize(text, p);
	}
	return -EINVAL;
}

int mydev_field_parse(const struct mydev_field *field, const char *text, void *obj)
{
	int r;

	r = parse_member(field, text, obj);
	if (r < 0)
		return r;
	mydev_set_attr(obj, field->attr);
	return 0;
}
