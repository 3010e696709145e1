// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds where a document, an array and an item in it begin and end; json-c reads what is between.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "scoped.h"
#include "unpack.h"
#include "when.h"

#define DOCUMENT "{\"format\":\"" JSON_FORMAT_NAME
#define PART_BYTES_MAX \
	(16UL * 1024 * 1024) /* a MiB of data, each byte as \u0000 and as digits, is 8 */
#define OTHER_LINE_BYTES 200

enum place {
	AT_LINE_START,
	IN_OTHER_LINE,
	IN_DOCUMENT, /* outside of its arrays */
	IN_ARRAY,
	IN_ITEM,
	BEHIND_DOCUMENT,
};

struct unpack {
	unpack_fn fn;
	void *userdata;
	enum place place;
	char *part; /* what came of the present one */
	size_t len, size;
	unsigned int depth; /* of brackets in an item */
	bool in_string, escaped;
	char *kind; /* of the document */
	bool in_errors; /* the array is that of errors */
	bool answered;
	char *other;
};

int unpack_new(struct unpack **ret, unpack_fn fn, void *userdata)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->fn = fn;
	u->userdata = userdata;
	*ret = u;
	return 0;
}

void unpack_free(struct unpack *u)
{
	free(u->part);
	free(u->kind);
	free(u->other);
	free(u);
}

static int append(struct unpack *u, char c)
{
	if (u->len == u->size) {
		size_t size = u->size ? 2 * u->size : 1024;
		char *part;

		if (size > PART_BYTES_MAX)
			return -EPROTO;
		part = realloc(u->part, size);
		if (!part)
			return -ENOMEM;
		u->part = part;
		u->size = size;
	}
	u->part[u->len++] = c;
	return 0;
}

static int append_text(struct unpack *u, const char *text)
{
	int r = 0;

	for (; *text && r >= 0; text++)
		r = append(u, *text);
	return r;
}

/* The part as an object, which json-c has read to its end; -EPROTO: it is none. */
static int parse_part(struct unpack *u, struct json_object **ret)
{
	struct json_tokener *tokener = json_tokener_new();
	_cleanup_json_ struct json_object *object = NULL;
	bool whole;

	if (!tokener)
		return -ENOMEM;
	object = json_tokener_parse_ex(tokener, u->part, (int)u->len);
	whole = json_tokener_get_error(tokener) == json_tokener_success &&
		json_tokener_get_parse_end(tokener) == u->len;
	json_tokener_free(tokener);
	u->len = 0;
	if (!whole || !json_object_is_type(object, json_type_object))
		return -EPROTO;
	*ret = MYDEV_TAKE(object);
	return 0;
}

static const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int take_kind(struct unpack *u, struct json_object *head)
{
	const char *format = get_string(head, "format"), *kind = get_string(head, "kind");

	if (!format || strcmp(format, JSON_FORMAT) != 0 || !kind)
		return -EPROTO;
	u->kind = strdup(kind);
	return u->kind ? u->fn(kind, NULL, u->userdata) : -ENOMEM;
}

/* What stands before an array: up to the first, the head of the document. */
static int begin_array(struct unpack *u)
{
	_cleanup_json_ struct json_object *head = NULL;
	int r;

	r = append_text(u, "null}");
	if (r >= 0)
		r = parse_part(u, &head);
	if (r >= 0 && !u->kind)
		r = take_kind(u, head);
	if (r < 0)
		return r;
	u->in_errors = json_object_object_get_ex(head, "errors", NULL);
	if (!u->in_errors && !json_object_object_get_ex(head, "items", NULL))
		return -EPROTO;
	u->place = IN_ARRAY;
	return 0;
}

static int end_item(struct unpack *u)
{
	_cleanup_json_ struct json_object *item = NULL;
	int r;

	r = parse_part(u, &item);
	if (r < 0)
		return r;
	u->place = IN_ARRAY;
	return u->fn(u->in_errors ? mydev_error_desc.kind : u->kind, item, u->userdata);
}

/* Whether the byte is a bracket or a separator, and not within a string. */
static bool is_structure(struct unpack *u, char c)
{
	bool was_in_string = u->in_string;

	if (u->escaped)
		u->escaped = false;
	else if (u->in_string && c == '\\')
		u->escaped = true;
	else if (c == '"')
		u->in_string = !u->in_string;
	return !was_in_string && !u->in_string;
}

/* Counts the brackets in what begins with the first of them. */
static void count_bracket(struct unpack *u, char c)
{
	if (c == '{' || c == '[')
		u->depth++;
	if ((c == '}' || c == ']') && u->depth)
		u->depth--;
}

static int in_document(struct unpack *u, char c)
{
	bool structure = is_structure(u, c);

	if (structure && !u->depth && c == '[')
		return begin_array(u);
	if (structure && !u->depth && c == '}') {
		u->place = BEHIND_DOCUMENT;
		u->answered = true;
		u->len = 0;
		free(u->kind);
		u->kind = NULL;
		return 0;
	}
	/* What follows an array is an object of its own here. */
	if (structure && c == ',' && u->kind && !u->len)
		return append(u, '{');
	if (structure)
		count_bracket(u, c);
	return append(u, c);
}

static int in_array(struct unpack *u, char c)
{
	switch (c) {
	case '{':
		u->place = IN_ITEM;
		count_bracket(u, c);
		return append(u, c);
	case ']':
		u->place = IN_DOCUMENT;
		return 0;
	case ',':
		return 0;
	default:
		return -EPROTO;
	}
}

static int in_item(struct unpack *u, char c)
{
	int r;

	r = append(u, c);
	if (r < 0 || !is_structure(u, c))
		return r;
	count_bracket(u, c);
	return u->depth ? 0 : end_item(u);
}

/* The part, which was taken for the beginning of a document, begins another line. */
static int at_line_start(struct unpack *u, char c)
{
	int r;

	r = append(u, c);
	if (r < 0)
		return r;
	if (c != DOCUMENT[u->len - 1])
		u->place = IN_OTHER_LINE;
	else if (u->len == strlen(DOCUMENT))
		u->place = IN_DOCUMENT;
	u->in_string = u->place == IN_DOCUMENT;
	if (u->place == IN_OTHER_LINE && c == '\n') {
		u->place = AT_LINE_START;
		u->len = 0;
	}
	return 0;
}

static int in_other_line(struct unpack *u, char c)
{
	int r = 0;

	if (c != '\n')
		return u->len < OTHER_LINE_BYTES ? append(u, c) : 0;
	if (!u->other) {
		u->other = strndup(u->part, u->len);
		r = u->other ? 0 : -ENOMEM;
	}
	u->place = AT_LINE_START;
	u->len = 0;
	return r;
}

static int take(struct unpack *u, char c)
{
	switch (u->place) {
	case AT_LINE_START:
		return at_line_start(u, c);
	case IN_OTHER_LINE:
		return in_other_line(u, c);
	case IN_DOCUMENT:
		return in_document(u, c);
	case IN_ARRAY:
		return in_array(u, c);
	case IN_ITEM:
		return in_item(u, c);
	case BEHIND_DOCUMENT:
		u->place = AT_LINE_START;
		return c == '\n' ? 0 : -EPROTO;
	}
	return -EPROTO;
}

int unpack_feed(struct unpack *u, const char *data, size_t len)
{
	int r = 0;

	for (size_t i = 0; i < len && r >= 0; i++)
		r = take(u, data[i]);
	return r;
}

bool unpack_is_whole(const struct unpack *u)
{
	return u->answered && u->place == AT_LINE_START;
}

const char *unpack_other_line(const struct unpack *u)
{
	return u->other;
}

/* ---- Objects ---- */

/* What a value of the field is in JSON. */
static enum json_type json_type_of(const struct mydev_field *field)
{
	switch (field->type) {
	case MYDEV_TYPE_U32:
	case MYDEV_TYPE_U64:
		return json_type_int;
	case MYDEV_TYPE_BOOL:
		return json_type_boolean;
	case MYDEV_TYPE_STRV:
		return json_type_array;
	case MYDEV_TYPE_ENUM:
	case MYDEV_TYPE_STRING:
	case MYDEV_TYPE_UUID:
		break;
	}
	return json_type_string;
}

static int parse_strings(const struct mydev_field *field, struct json_object *array, void *obj)
{
	_cleanup_strv_ char **strv = NULL;
	int r = 0;

	for (size_t i = 0; i < json_object_array_length(array) && r >= 0; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);
		const char *text = json_object_get_string(value);

		r = json_object_is_type(value, json_type_string) ?
			    mydev_strv_append(&strv, text, strlen(text)) :
			    -EINVAL;
	}
	if (r < 0)
		return r;
	mydev_strv_free(*(char ***)((char *)obj + field->offset));
	*(char ***)((char *)obj + field->offset) = MYDEV_TAKE(strv);
	mydev_set_attr(obj, field->attr);
	return 0;
}

static int parse_value(const struct mydev_field *field, struct json_object *value, void *obj)
{
	if (!json_object_is_type(value, json_type_of(field)))
		return -EINVAL;
	if (field->type == MYDEV_TYPE_STRV)
		return parse_strings(field, value, obj);
	return mydev_field_parse(field, json_object_get_string(value), obj);
}

int unpack_object(const struct mydev_desc *desc, struct json_object *item, void *obj,
		  bool *ret_foreign)
{
	*ret_foreign = false;
	mydev_for_each_field(field, desc) {
		struct json_object *value;
		int r;

		if (!json_object_object_get_ex(item, field->key, &value))
			continue;
		r = parse_value(field, value, obj);
		if (r == -ENOMEM)
			return r;
		*ret_foreign |= r < 0;
	}
	return 0;
}

uint64_t unpack_time(struct json_object *item)
{
	const char *text = get_string(item, "time");
	uint64_t usec;

	return text && when_parse_exact(text, &usec) >= 0 ? usec : 0;
}
