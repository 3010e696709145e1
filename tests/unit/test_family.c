// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the generic netlink controller says of families, as far as it concerns ours.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "request.h"

/* A family with two groups, the second of which is ours. */
static struct nl_msg *entry(const char *name, uint16_t id, const char *group)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *groups, *one;

	assert_non_null(msg);
	assert_int_equal(nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name), 0);
	assert_int_equal(nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, id), 0);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	one = nla_nest_start(msg, 1);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, 7);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, "others");
	nla_nest_end(msg, one);
	one = nla_nest_start(msg, 2);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, 8);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, group);
	nla_nest_end(msg, one);
	nla_nest_end(msg, groups);
	return msg;
}

static bool decode(struct nl_msg *msg, size_t cut, struct mydev_family *ret)
{
	size_t len = (size_t)nlmsg_datalen(nlmsg_hdr(msg)) - cut;
	void *exact = malloc(len);
	bool ours;

	assert_non_null(exact);
	memcpy(exact, nlmsg_data(nlmsg_hdr(msg)), len);
	ours = mydev_family_from_nl(exact, len, ret);
	free(exact);
	return ours;
}

static void our_family_is_recognised_with_its_numbers(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = entry("mydev", 33, "events");
	struct mydev_family family = {};

	assert_true(decode(msg, 0, &family));
	assert_int_equal(family.id, 33);
	assert_int_equal(family.events, 8);
}

static void other_families_change_nothing(void **state)
{
	static const char *const names[] = { "nlctrl", "mydev2", "myde", "" };
	struct mydev_family family = { .id = 1, .events = 2 };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(names); i++) {
		_cleanup_(nlmsg_free_p) struct nl_msg *msg = entry(names[i], 33, "events");

		assert_false(decode(msg, 0, &family));
		assert_int_equal(family.id, 1);
		assert_int_equal(family.events, 2);
	}
}

static void a_family_without_our_group_has_none(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = entry("mydev", 33, "event");
	struct mydev_family family = {};

	assert_true(decode(msg, 0, &family));
	assert_int_equal(family.events, 0);
}

static void an_entry_cut_anywhere_is_harmless(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = entry("mydev", 33, "events");
	size_t whole = (size_t)nlmsg_datalen(nlmsg_hdr(msg));

	for (size_t cut = 0; cut < whole; cut++) {
		struct mydev_family family = {};

		decode(msg, cut, &family);
	}
}

static void a_message_too_short_for_a_command_has_no_attributes(void **state)
{
	_Alignas(struct nlmsghdr) unsigned char bytes[NLMSG_LENGTH(GENL_HDRLEN)] = {};
	struct nlmsghdr *hdr = (struct nlmsghdr *)bytes;
	size_t len = 1;

	hdr->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) - 1;
	assert_null(mydev_genl_attrs(hdr, NULL, &len));
	hdr->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	assert_non_null(mydev_genl_attrs(hdr, NULL, &len));
	assert_int_equal(len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_family_is_recognised_with_its_numbers),
		cmocka_unit_test(other_families_change_nothing),
		cmocka_unit_test(a_family_without_our_group_has_none),
		cmocka_unit_test(an_entry_cut_anywhere_is_harmless),
		cmocka_unit_test(a_message_too_short_for_a_command_has_no_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
