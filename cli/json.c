// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sinks that write JSON: one document, or a stream of them. What a document looks like is in
 * mydevctl(1) and in the schemas; a key that once was in one never goes away.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "libmydev.h"
#include "scoped.h"
#include "sink.h"
#include "utf8.h"
#include "when.h"

#define JSON_EXACT_MAX (UINT64_C(1) << 53) /* what is above loses digits in a double */
#define JSON_PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define JSON_PRETTY \
	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/* ---- Objects ---- */

static struct json_object *new_string(const char *text)
{
	_cleanup_free_ char *valid = mydev_utf8_replace_invalid(text);

	return valid ? json_object_new_string(valid) : NULL;
}

static struct json_object *new_strings(char **strv)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (; array && strv && *strv; strv++) {
		struct json_object *string = new_string(*strv);

		if (!string || json_object_array_add(array, string) < 0) {
			json_object_put(string);
			return NULL;
		}
	}
	return MYDEV_TAKE(array);
}

/* Takes value; NULL: no memory. */
static int add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int add_twin(struct json_object *object, const struct mydev_field *field, const void *obj)
{
	_cleanup_free_ char *key = NULL, *digits = NULL;

	if (mydev_asprintf(&key, "%s_str", field->key) < 0)
		return -ENOMEM;
	if (mydev_field_format(field, obj, &digits) < 0)
		return -ENOMEM;
	return add(object, key, json_object_new_string(digits));
}

static int add_field(struct json_object *object, const struct mydev_field *field, const void *obj)
{
	const void *p = mydev_field_ptr(field, obj);
	_cleanup_free_ char *text = NULL;
	int r;

	switch (field->type) {
	case MYDEV_TYPE_U32:
		return add(object, field->key, json_object_new_uint64(*(const uint32_t *)p));
	case MYDEV_TYPE_U64:
		r = add(object, field->key, json_object_new_uint64(*(const uint64_t *)p));
		return r < 0 || *(const uint64_t *)p <= JSON_EXACT_MAX ?
			       r :
			       add_twin(object, field, obj);
	case MYDEV_TYPE_BOOL:
		return add(object, field->key, json_object_new_boolean(*(const bool *)p));
	case MYDEV_TYPE_STRV:
		return add(object, field->key, new_strings(*(char **const *)p));
	case MYDEV_TYPE_ENUM:
	case MYDEV_TYPE_STRING:
	case MYDEV_TYPE_UUID:
		r = mydev_field_format(field, obj, &text);
		return r < 0 ? r : add(object, field->key, new_string(text));
	}
	return 0;
}

static int new_object(const struct mydev_desc *desc, const void *obj, struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	int r;

	if (!object)
		return -ENOMEM;
	mydev_for_each_field(field, desc) {
		if (!mydev_has_attr(obj, field->attr))
			continue;
		r = add_field(object, field, obj);
		if (r < 0)
			return r;
	}
	*ret = MYDEV_TAKE(object);
	return 0;
}

/* The object, and when it happened if that is known. */
static int new_item(const struct mydev_desc *desc, const void *obj, uint64_t when_usec,
		    struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = NULL;
	_cleanup_free_ char *when = NULL;
	int r;

	r = new_object(desc, obj, &object);
	if (r >= 0 && when_usec) {
		when = when_format_exact(when_usec);
		r = when ? add(object, "time", json_object_new_string(when)) : -ENOMEM;
	}
	if (r >= 0)
		*ret = MYDEV_TAKE(object);
	return r;
}

/* ---- The envelope, written as the items come, so that a long history needs no memory ---- */

struct json_sink {
	struct sink sink;
	const struct mydev_desc *desc; /* of the items; NULL: of none yet */
	bool pretty, begun;
	struct json_object *errors; /* array */
};

/*
 * The lines of a pretty object behind the first, moved to the right; no string has a raw newline in
 * it.
 */
static void write_object(const struct json_sink *json, struct json_object *object)
{
	const char *text =
		json_object_to_json_string_ext(object, json->pretty ? JSON_PRETTY : JSON_PLAIN);

	for (; *text; text++) {
		fputc(*text, json->sink.out);
		if (*text == '\n')
			fputs("    ", json->sink.out);
	}
}

static void write_head(const struct json_sink *json, const char *kind)
{
	if (json->pretty)
		fprintf(json->sink.out,
			"{\n  \"format\": \"%s\",\n  \"kind\": \"%s\",\n  \"items\": [",
			JSON_FORMAT, kind);
	else
		fprintf(json->sink.out, "{\"format\":\"%s\",\"kind\":\"%s\",\"items\":[",
			JSON_FORMAT, kind);
}

static void write_element(const struct json_sink *json, struct json_object *object, bool first)
{
	if (!first)
		fputc(',', json->sink.out);
	if (json->pretty)
		fputs("\n    ", json->sink.out);
	write_object(json, object);
}

static void write_array(const struct json_sink *json, struct json_object *array)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		write_element(json, json_object_array_get_idx(array, i), i == 0);
}

static void write_array_end(const struct json_sink *json, bool empty)
{
	fputs(json->pretty && !empty ? "\n  ]" : "]", json->sink.out);
}

static void write_tail(const struct json_sink *json)
{
	fputs(json->pretty ? "\n}\n" : "}\n", json->sink.out);
}

static int json_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		     uint64_t when_usec)
{
	struct json_sink *json = (struct json_sink *)sink;
	_cleanup_json_ struct json_object *object = NULL;
	int r;

	/* The document has one kind, and has said it. */
	if (json->begun && desc != json->desc)
		return -EINVAL;
	r = new_item(desc, obj, when_usec, &object);
	if (r < 0)
		return r;
	json->desc = desc;
	if (!json->begun)
		write_head(json, desc->kind);
	write_element(json, object, !json->begun);
	json->begun = true;
	return 0;
}

static int json_error(struct sink *sink, const struct mydev_error *error)
{
	struct json_sink *json = (struct json_sink *)sink;
	struct json_object *object;
	int r;

	r = new_object(&mydev_error_desc, error, &object);
	if (r < 0)
		return r;
	if (json_object_array_add(json->errors, object) < 0) {
		json_object_put(object);
		return -ENOMEM;
	}
	return 0;
}

static int json_end(struct sink *sink)
{
	struct json_sink *json = (struct json_sink *)sink;
	bool failed = json_object_array_length(json->errors);

	if (!json->begun && failed) {
		write_head(json, mydev_error_desc.kind);
		write_array(json, json->errors);
		write_array_end(json, false);
		write_tail(json);
		return 0;
	}
	if (!json->begun)
		write_head(json, (json->desc ?: &mydev_error_desc)->kind);
	write_array_end(json, !json->begun);
	if (failed) {
		fputs(json->pretty ? ",\n  \"errors\": [" : ",\"errors\":[", json->sink.out);
		write_array(json, json->errors);
		write_array_end(json, false);
	}
	write_tail(json);
	return 0;
}

static void json_free(struct sink *sink)
{
	struct json_sink *json = (struct json_sink *)sink;

	json_object_put(json->errors);
	free(json);
}

struct sink *sink_new_json(FILE *out, const struct mydev_desc *desc, bool pretty)
{
	struct json_sink *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->errors = json_object_new_array();
	if (!json->errors) {
		free(json);
		return NULL;
	}
	json->sink = (struct sink){ .item = json_item,
				    .error = json_error,
				    .end = json_end,
				    .free = json_free,
				    .out = out };
	json->desc = desc;
	json->pretty = pretty;
	return &json->sink;
}

/* ---- A stream ---- */

static int stream_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
		       uint64_t when_usec)
{
	struct json_sink *json = (struct json_sink *)sink;
	_cleanup_json_ struct json_object *object = NULL;
	int r;

	r = new_item(desc, obj, when_usec, &object);
	if (r < 0)
		return r;
	write_head(json, desc->kind);
	write_element(json, object, true);
	write_array_end(json, false);
	write_tail(json);
	fflush(sink->out);
	json->begun = true;
	return 0;
}

static int stream_error(struct sink *sink, const struct mydev_error *error)
{
	return stream_item(sink, &mydev_error_desc, error, 0);
}

static int stream_picture(struct sink *sink)
{
	struct json_sink *json = (struct json_sink *)sink;

	if (!json->begun) {
		write_head(json, json->desc->kind);
		write_array_end(json, true);
		write_tail(json);
		fflush(sink->out);
	}
	json->begun = false;
	return 0;
}

struct sink *sink_new_json_stream(FILE *out, const struct mydev_desc *desc, bool pretty)
{
	struct sink *sink = sink_new_json(out, desc, pretty);

	if (!sink)
		return NULL;
	sink->item = stream_item;
	sink->error = stream_error;
	sink->picture = stream_picture;
	sink->end = NULL;
	return sink;
}
