/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known at run time about the fields of an object. Every object (struct mydev_dev,
 * mydev_event, ...) and its table are generated from the spec; every rendering (text, JSON,
 * journal) and every parser walks the table. A rendering that knows a field by name is a mistake:
 * the field would then be missing somewhere else.
 */
#ifndef MYDEV_FIELD_H
#define MYDEV_FIELD_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* C type of the member behind a field. */
enum mydev_type {
	MYDEV_TYPE_U32, /* uint32_t */
	MYDEV_TYPE_U64, /* uint64_t */
	MYDEV_TYPE_BOOL, /* bool */
	MYDEV_TYPE_ENUM, /* uint32_t, one of field->values; a newer kernel may send others */
	MYDEV_TYPE_STRING, /* char *, owned by the object; any bytes, also no UTF-8: who prints it escapes it */
	MYDEV_TYPE_STRV, /* char **, NULL-terminated, owned by the object */
	MYDEV_TYPE_UUID, /* char[MYDEV_UUID_SIZE], lower case, with dashes */
};

#define MYDEV_UUID_SIZE 37 /* 36 characters and the NUL */

enum mydev_unit {
	MYDEV_UNIT_NONE,
	MYDEV_UNIT_BYTES,
	MYDEV_UNIT_NS,
	MYDEV_UNIT_MBPS, /* 10^6 bits a second */
	MYDEV_UNIT_HEX, /* none, but people read it in hexadecimal */
};

enum mydev_measure {
	MYDEV_MEASURE_NONE, /* identifies or describes */
	MYDEV_MEASURE_GAUGE, /* a present value */
	MYDEV_MEASURE_COUNTER, /* only grows */
};

struct mydev_enum_value {
	uint32_t value;
	const char *name; /* as in the spec: "rx-policy" style, also in JSON and the journal */
	const char *doc;
};

struct mydev_enum {
	const char *name;
	const struct mydev_enum_value *values;
	size_t n_values;
};

struct mydev_field {
	const char *key; /* JSON and C: rx_size */
	const char *name; /* spec, command line: rx-size */
	const char *label; /* people: RX size */
	const char *journal; /* journal: MYDEV_RX_SIZE */
	const char *doc;
	enum mydev_type type;
	enum mydev_unit unit;
	const struct mydev_field
		*width; /* of MYDEV_UNIT_HEX: has the bytes that it has digits for; NULL: any */
	enum mydev_measure measure;
	unsigned int attr; /* netlink attribute; also the bit in the object's has */
	size_t offset; /* of the member in the object */
	const struct mydev_enum *values; /* of MYDEV_TYPE_ENUM, else NULL */
	bool only_asked; /* stands in requests; no object that comes back has it */
};

/*
 * An object type. Every object begins with its uint64_t has: bit N is set when the field with attr
 * N has a value.
 */
struct mydev_desc {
	const char *kind; /* "dev" */
	const char *doc;
	size_t size; /* of the object */
	const struct mydev_field *fields;
	size_t n_fields;
};

struct mydev_object {
	uint64_t has;
};

#define mydev_for_each_field(field, desc)                      \
	for (const struct mydev_field *field = (desc)->fields; \
	     field < (desc)->fields + (desc)->n_fields; field++)

/*
 * The enumerator behind prev (NULL: the first) that the mask does not have, in which bit N stands
 * for value N; NULL: no more.
 */
static inline const struct mydev_enum_value *mydev_enum_next(const struct mydev_enum *values,
							     uint64_t except,
							     const struct mydev_enum_value *prev)
{
	const struct mydev_enum_value *value = prev ? prev + 1 : values->values;

	while (value < values->values + values->n_values && except & (UINT64_C(1) << value->value))
		value++;
	return value < values->values + values->n_values ? value : NULL;
}

#define mydev_for_each_value(each, values_, except)                                            \
	for (const struct mydev_enum_value *each = mydev_enum_next((values_), (except), NULL); \
	     each; each = mydev_enum_next((values_), (except), each))

/* The member behind a field. */
static inline const void *mydev_field_ptr(const struct mydev_field *field, const void *obj)
{
	return (const char *)obj + field->offset;
}

static inline bool mydev_has_attr(const void *obj, unsigned int attr)
{
	return ((const struct mydev_object *)obj)->has & (UINT64_C(1) << attr);
}

static inline void mydev_set_attr(void *obj, unsigned int attr)
{
	((struct mydev_object *)obj)->has |= UINT64_C(1) << attr;
}

/*
 * text is the object's from now on, in the member, which has none, of that attribute. NULL: there
 * was no memory for it, -ENOMEM.
 */
static inline int mydev_set_text(void *obj, char **member, unsigned int attr, char *text)
{
	*member = text;
	if (!text)
		return -ENOMEM;
	mydev_set_attr(obj, attr);
	return 0;
}

/* Frees what the object owns and makes it empty. An object of zeros is empty. */
void mydev_object_clear(const struct mydev_desc *desc, void *obj);

/* By key, name or journal field, whichever the caller has; NULL when there is none. */
const struct mydev_field *mydev_field_find(const struct mydev_desc *desc, const char *name);

/* Name of an enumerator, or NULL for a value this version does not know. */
const char *mydev_enum_name(const struct mydev_enum *values, uint32_t value);

/* 0 and the value, or -ENOENT. */
int mydev_enum_parse(const struct mydev_enum *values, const char *name, uint32_t *ret);

/*
 * The value as plain text without unit: a decimal number, an enumerator's name (its number when
 * unknown), true or false, the string, the strings separated by commas. *ret is the caller's to
 * free. -ENODATA when the field has no value, -ENOMEM.
 */
int mydev_field_format(const struct mydev_field *field, const void *obj, char **ret);

/*
 * The other way round: stores the value and sets its bit. Numbers are decimal or 0x, without sign;
 * a field in bytes also takes the suffixes K, M and G of either case (powers of 1024). An
 * enumerator is given by name, or by number, since a number is how one that this version does not
 * know is formatted. -EINVAL when the text is no such value, -ERANGE when it does not fit, -ENOMEM;
 * the object is then as it was.
 */
int mydev_field_parse(const struct mydev_field *field, const char *text, void *obj);

#endif
