// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the family "mydev" among the generic netlink families: decoding of the controller's entries. The asking is in
 * request.c.
 */

#include <string.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>

#include "request.h"

static bool attr_is(const struct nlattr *nla, const char *text)
{
	size_t len = strlen(text) + 1;

	return (size_t)nla_len(nla) == len && !memcmp(nla_data(nla), text, len);
}

static uint32_t attr_u32(const struct nlattr *nla)
{
	return nla_len(nla) == sizeof(uint32_t) ? nla_get_u32((struct nlattr *)nla) : 0;
}

static uint16_t attr_u16(const struct nlattr *nla)
{
	return nla_len(nla) == sizeof(uint16_t) ? nla_get_u16((struct nlattr *)nla) : 0;
}

/* The id of a multicast group, if it is the one for events, else 0. */
static uint32_t group_from_nl(const struct nlattr *group)
{
	bool is_events = false;
	struct nlattr *nla;
	uint32_t id = 0;
	int left;

	nla_for_each_nested(nla, (struct nlattr *)group, left) {
		if (nla_type(nla) == CTRL_ATTR_MCAST_GRP_NAME)
			is_events = attr_is(nla, MYDEV_MCGRP_EVENTS);
		else if (nla_type(nla) == CTRL_ATTR_MCAST_GRP_ID)
			id = attr_u32(nla);
	}
	return is_events ? id : 0;
}

static uint32_t groups_from_nl(const struct nlattr *groups)
{
	struct nlattr *nla;
	uint32_t id = 0;
	int left;

	nla_for_each_nested(nla, (struct nlattr *)groups, left) {
		id = group_from_nl(nla);
		if (id)
			break;
	}
	return id;
}

bool mydev_family_from_nl(const void *attrs, size_t len, struct mydev_family *ret)
{
	struct mydev_family family = {};
	bool is_ours = false;
	struct nlattr *nla;
	int left = (int)len;

	nla_for_each_attr(nla, (struct nlattr *)attrs, left, left) {
		switch (nla_type(nla)) {
		case CTRL_ATTR_FAMILY_NAME:
			is_ours = attr_is(nla, MYDEV_FAMILY_NAME);
			break;
		case CTRL_ATTR_FAMILY_ID:
			family.id = attr_u16(nla);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			family.events = groups_from_nl(nla);
			break;
		}
	}

	if (!is_ours)
		return false;
	*ret = family;
	return true;
}
