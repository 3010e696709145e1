// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects and netlink attributes: see object.h.
 */

#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "cleanup.h"
#include "object.h"
#include "strv.h"
#include "uuid.h"

static const struct mydev_field *field_of(const struct mydev_desc *desc, int attr)
{
	mydev_for_each_field(field, desc)
		if (field->attr == (unsigned int)attr)
			return field;

	return NULL;
}

static int get_u32(const struct nlattr *nla, uint32_t *ret)
{
	if (nla_len(nla) != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, nla_data(nla), sizeof(*ret));
	return 0;
}

/* The spec's uint: 4 bytes where the value fits, else 8. */
static int get_uint(const struct nlattr *nla, uint64_t *ret)
{
	uint32_t u32;

	if (nla_len(nla) == sizeof(*ret)) {
		memcpy(ret, nla_data(nla), sizeof(*ret));
		return 0;
	}
	if (get_u32(nla, &u32) < 0)
		return -EBADMSG;
	*ret = u32;
	return 0;
}

static int get_bool(const struct nlattr *nla, bool *ret)
{
	uint32_t u32;
	int r;

	r = get_u32(nla, &u32);
	if (r < 0)
		return r;
	*ret = u32;
	return 0;
}

static int get_string(const struct nlattr *nla, char **ret)
{
	char *copy = strndup(nla_data(nla), (size_t)nla_len(nla));

	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

static int get_uuid(const struct nlattr *nla, char *ret)
{
	if (nla_len(nla) != MYDEV_UUID_BYTES)
		return -EBADMSG;
	mydev_uuid_from_bytes(nla_data(nla), ret);
	return 0;
}

static int get(const struct mydev_field *field, const struct nlattr *nla, void *p)
{
	switch (field->type) {
	case MYDEV_TYPE_U32:
	case MYDEV_TYPE_ENUM:
		return get_u32(nla, p);
	case MYDEV_TYPE_U64:
		return get_uint(nla, p);
	case MYDEV_TYPE_BOOL:
		return get_bool(nla, p);
	case MYDEV_TYPE_STRING:
		return get_string(nla, p);
	case MYDEV_TYPE_STRV:
		return mydev_strv_append(p, nla_data(nla), (size_t)nla_len(nla));
	case MYDEV_TYPE_UUID:
		return get_uuid(nla, p);
	}
	return -EBADMSG;
}

int mydev_object_from_nl(const struct mydev_desc *desc, const void *attrs, size_t len, void *obj)
{
	const struct mydev_field *field;
	const struct nlattr *nla;
	int left = (int)len;
	int r;

	nla_for_each_attr(nla, (struct nlattr *)attrs, left, left) {
		field = field_of(desc, nla_type(nla));
		if (!field)
			continue;
		r = get(field, nla, (char *)obj + field->offset);
		if (r < 0)
			return r;
		mydev_set_attr(obj, field->attr);
	}

	return left > 0 ? -EBADMSG : 0;
}

static int put_uint(struct nl_msg *msg, int attr, uint64_t value)
{
	return value <= UINT32_MAX ? nla_put_u32(msg, attr, (uint32_t)value) :
				     nla_put_u64(msg, attr, value);
}

static int put_strv(struct nl_msg *msg, int attr, char *const *strv)
{
	int r;

	for (; strv && *strv; strv++) {
		r = nla_put_string(msg, attr, *strv);
		if (r < 0)
			return r;
	}
	return 0;
}

/* 0 or libnl's error, of which there is only one: no room. */
static int put(const struct mydev_field *field, const void *p, struct nl_msg *msg)
{
	int attr = (int)field->attr;

	switch (field->type) {
	case MYDEV_TYPE_U32:
	case MYDEV_TYPE_ENUM:
		return nla_put_u32(msg, attr, *(const uint32_t *)p);
	case MYDEV_TYPE_U64:
		return put_uint(msg, attr, *(const uint64_t *)p);
	case MYDEV_TYPE_BOOL:
		return nla_put_u32(msg, attr, *(const bool *)p);
	case MYDEV_TYPE_STRING:
		return nla_put_string(msg, attr, *(char *const *)p ?: "");
	case MYDEV_TYPE_STRV:
		return put_strv(msg, attr, *(char **const *)p);
	case MYDEV_TYPE_UUID:
		return nla_put(msg, attr, MYDEV_UUID_BYTES, p);
	}
	return 0;
}

int mydev_object_to_nl(const struct mydev_desc *desc, const void *obj, struct nl_msg *msg)
{
	unsigned char uuid[MYDEV_UUID_BYTES];
	const void *p;

	mydev_for_each_field(field, desc) {
		if (!mydev_has_attr(obj, field->attr))
			continue;
		p = mydev_field_ptr(field, obj);
		if (field->type == MYDEV_TYPE_UUID) {
			if (mydev_uuid_to_bytes(p, uuid) < 0)
				return -EINVAL;
			p = uuid;
		}
		if (put(field, p, msg) < 0)
			return -EMSGSIZE;
	}
	return 0;
}
