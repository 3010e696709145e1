// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences about objects, from templates and field tables.
 */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "format.h"

/* The value as people read it. */
static int format_value(const struct mydev_field *field, const void *obj, char **ret)
{
	if (!mydev_has_attr(obj, field->attr))
		return mydev_asprintf(ret, "?");
	return mydev_format_value(field, obj, true, ret);
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
