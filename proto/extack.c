// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended acknowledgements: see extack.h. Every length in them is checked, as far as the end of the message.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "cleanup.h"
#include "extack.h"
#include "format.h"

/* Since Linux 6.1; headers may be older. */
#define ATTR_MISS_TYPE 5

#define MAX_ERRNO 4095

struct extack {
	const struct nlattr *msg;
	const struct nlattr *policy;
	bool has_offset, has_missing;
	uint32_t offset; /* of the attribute that the kernel objects to, in the request */
	uint32_t missing; /* type of the attribute that the kernel misses */
};

int mydev_extack_error(const struct nlmsghdr *reply)
{
	int error;

	if (reply->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return reply->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
	memcpy(&error, NLMSG_DATA(reply), sizeof(error));
	/* A dump that went well may end with a number of its own. */
	if (reply->nlmsg_type == NLMSG_DONE && error > 0)
		return 0;
	return error > 0 || error < -MAX_ERRNO ? -EPROTO : error;
}

/* Where in the message the attributes begin; behind its end when there are none. */
static size_t attrs_offset(const struct nlmsghdr *reply)
{
	struct nlmsgerr err;

	if (!(reply->nlmsg_flags & NLM_F_ACK_TLVS))
		return SIZE_MAX;
	if (reply->nlmsg_type == NLMSG_DONE)
		return NLMSG_LENGTH(NLMSG_ALIGN(sizeof(err.error)));
	if (reply->nlmsg_len < NLMSG_LENGTH(sizeof(err)))
		return SIZE_MAX;
	memcpy(&err, NLMSG_DATA(reply), sizeof(err));
	if (reply->nlmsg_flags & NLM_F_CAPPED)
		return NLMSG_LENGTH(sizeof(err));
	return NLMSG_LENGTH(sizeof(err.error)) + NLMSG_ALIGN((size_t)err.msg.nlmsg_len);
}

static bool attr_u32(const struct nlattr *nla, uint32_t *ret)
{
	if (nla_len(nla) != sizeof(*ret))
		return false;
	memcpy(ret, nla_data(nla), sizeof(*ret));
	return true;
}

static bool attr_u64(const struct nlattr *nla, uint64_t *ret)
{
	if (nla_len(nla) != sizeof(*ret))
		return false;
	memcpy(ret, nla_data(nla), sizeof(*ret));
	return true;
}

static struct extack parse(const struct nlmsghdr *reply)
{
	size_t offset = attrs_offset(reply);
	struct extack ack = {};
	struct nlattr *nla;
	int left;

	if (offset >= reply->nlmsg_len)
		return ack;

	left = (int)(reply->nlmsg_len - offset);
	nla_for_each_attr(nla, (struct nlattr *)((char *)reply + offset), left, left) {
		switch (nla_type(nla)) {
		case NLMSGERR_ATTR_MSG:
			ack.msg = nla;
			break;
		case NLMSGERR_ATTR_OFFS:
			ack.has_offset = attr_u32(nla, &ack.offset);
			break;
		case ATTR_MISS_TYPE:
			ack.has_missing = attr_u32(nla, &ack.missing);
			break;
		case NLMSGERR_ATTR_POLICY:
			ack.policy = nla;
			break;
		}
	}
	return ack;
}

static const char *attr_name(const struct mydev_desc *desc, unsigned int attr)
{
	mydev_for_each_field(field, desc)
		if (field->attr == attr)
			return field->name;

	return NULL;
}

/* The attribute of the request that the offset points to or into. */
static const char *name_at(const struct nlmsghdr *request, size_t offset,
			   const struct mydev_desc *desc)
{
	const char *attrs = (const char *)NLMSG_DATA(request) + GENL_HDRLEN;
	int left = (int)request->nlmsg_len - (int)NLMSG_LENGTH(GENL_HDRLEN);
	struct nlattr *nla;
	size_t start;

	nla_for_each_attr(nla, (struct nlattr *)attrs, left, left) {
		start = (size_t)((const char *)nla - (const char *)request);
		if (offset >= start && offset < start + nla->nla_len)
			return attr_name(desc, (unsigned int)nla_type(nla));
	}
	return NULL;
}

/* " (4096 to 67108864)" from the policy that the value broke; "" when it says nothing of limits; NULL: no memory. */
static char *limits(const struct nlattr *policy)
{
	bool has_min = false, has_max = false, has_length = false;
	uint64_t min = 0, max = 0;
	uint32_t length = 0;
	struct nlattr *nla;
	char *text;
	int left;

	if (!policy)
		return strdup("");

	nla_for_each_nested(nla, (struct nlattr *)policy, left) {
		switch (nla_type(nla)) {
		case NL_POLICY_TYPE_ATTR_MIN_VALUE_U:
			has_min = attr_u64(nla, &min);
			break;
		case NL_POLICY_TYPE_ATTR_MAX_VALUE_U:
			has_max = attr_u64(nla, &max);
			break;
		case NL_POLICY_TYPE_ATTR_MAX_LENGTH:
			has_length = attr_u32(nla, &length);
			break;
		}
	}

	if (has_min && has_max)
		(void)mydev_asprintf(&text, " (%" PRIu64 " to %" PRIu64 ")", min, max);
	else if (has_length)
		(void)mydev_asprintf(&text, " (at most %" PRIu32 " bytes)", length);
	else
		text = strdup("");
	return text;
}

/* The kernel's message, or what follows from the rest. */
static char *words(const struct nlmsghdr *reply, const struct extack *ack)
{
	const char *text;

	if (ack->msg)
		return strndup(nla_data(ack->msg), (size_t)nla_len(ack->msg));
	if (ack->has_missing)
		return strdup("is missing");
	text = strerrordesc_np(-mydev_extack_error(reply));
	return strdup(text ?: "refused");
}

char *mydev_extack_text(const struct nlmsghdr *reply, const struct nlmsghdr *request,
			const struct mydev_desc *desc)
{
	_cleanup_free_ char *message = NULL, *range = NULL;
	struct extack ack = parse(reply);
	const char *name = NULL;
	char *text;

	if (desc && ack.has_offset)
		name = name_at(request, ack.offset, desc);
	if (desc && !name && ack.has_missing)
		name = attr_name(desc, ack.missing);
	if (!ack.msg && !name)
		return NULL;

	message = words(reply, &ack);
	range = limits(ack.policy);
	if (!message || !range)
		return NULL;
	(void)mydev_asprintf(&text, "%s%s%s%s", name ?: "", name ? ": " : "", message, range);
	return text;
}
