// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended acknowledgements built by hand: the kernel's words, whole and mangled.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "cleanup.h"
#include "extack.h"
#include "libmydev.h"

#define OFFS NLMSGERR_ATTR_OFFS
#define MSG NLMSGERR_ATTR_MSG
#define POLICY NLMSGERR_ATTR_POLICY
#define MISS_TYPE 5

/* A message in the making; its header is finished by the taking. */
struct message {
	size_t len;
	_Alignas(uint32_t) unsigned char data[1024];
};

static struct nlmsghdr *header(struct message *m)
{
	return (struct nlmsghdr *)m->data;
}

static void add(struct message *m, const void *bytes, size_t size)
{
	assert_true(m->len + NLA_ALIGN(size) <= sizeof(m->data));
	memcpy(m->data + m->len, bytes, size);
	m->len += NLA_ALIGN(size);
	header(m)->nlmsg_len = (uint32_t)m->len;
}

static void add_attr(struct message *m, uint16_t type, const void *value, size_t size)
{
	struct nlattr nla = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	add(m, &nla, sizeof(nla));
	add(m, value, size);
}

static void add_u32(struct message *m, uint16_t type, uint32_t value)
{
	add_attr(m, type, &value, sizeof(value));
}

static void add_text(struct message *m, uint16_t type, const char *text)
{
	add_attr(m, type, text, strlen(text) + 1);
}

/* A request that names a device and wants a ring size; the offsets of its attributes are 20 and 36. */
#define NAME_OFFSET 20
#define RX_SIZE_OFFSET 36
static struct message request(void)
{
	struct nlmsghdr hdr = { .nlmsg_type = 30, .nlmsg_seq = 1 };
	struct genlmsghdr genl = { .cmd = MYDEV_CMD_DEV_SET };
	struct message m = {};

	add(&m, &hdr, sizeof(hdr));
	add(&m, &genl, sizeof(genl));
	add_text(&m, MYDEV_A_DEV_NAME, "mydev1.....");
	assert_int_equal(m.len, RX_SIZE_OFFSET);
	add_u32(&m, MYDEV_A_DEV_RX_SIZE, 5000);
	return m;
}

/* What the kernel sends with NETLINK_CAP_ACK, up to the attributes. */
static struct message refusal(int error)
{
	struct nlmsghdr hdr = {
		.nlmsg_type = NLMSG_ERROR,
		.nlmsg_flags = NLM_F_CAPPED | NLM_F_ACK_TLVS,
	};
	struct nlmsgerr err = { .error = error, .msg.nlmsg_len = 44 };
	struct message m = {};

	add(&m, &hdr, sizeof(hdr));
	add(&m, &err, sizeof(err));
	return m;
}

static struct message done(int error)
{
	struct nlmsghdr hdr = { .nlmsg_type = NLMSG_DONE,
				.nlmsg_flags = NLM_F_MULTI | NLM_F_ACK_TLVS };
	struct message m = {};

	add(&m, &hdr, sizeof(hdr));
	add(&m, &error, sizeof(error));
	return m;
}

/* Decodes a copy that ends where the message does, so that the sanitizer sees each look behind it. */
static char *text_of(const struct message *reply)
{
	struct message sent = request();
	void *exact = malloc(reply->len);
	char *text;

	assert_non_null(exact);
	memcpy(exact, reply->data, reply->len);
	text = mydev_extack_text(exact, header(&sent), &mydev_dev_desc);
	free(exact);
	return text;
}

static void assert_text(const struct message *reply, const char *expected)
{
	char *text = text_of(reply);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void assert_no_text(const struct message *reply)
{
	assert_null(text_of(reply));
}

static void the_verdict_is_the_kernels_errno(void **state)
{
	struct message ack = refusal(0), refused = refusal(-ENODEV), dump = done(-ESTALE),
		       end = done(0);

	assert_int_equal(mydev_extack_error(header(&ack)), 0);
	assert_int_equal(mydev_extack_error(header(&refused)), -ENODEV);
	assert_int_equal(mydev_extack_error(header(&dump)), -ESTALE);
	assert_int_equal(mydev_extack_error(header(&end)), 0);
}

static void a_verdict_that_is_no_errno_is_a_protocol_error(void **state)
{
	struct message positive = refusal(5), huge = refusal(INT32_MIN);

	assert_int_equal(mydev_extack_error(header(&positive)), -EPROTO);
	assert_int_equal(mydev_extack_error(header(&huge)), -EPROTO);
}

static void a_verdict_cut_off_is_a_protocol_error(void **state)
{
	struct message m = refusal(-EINVAL);

	header(&m)->nlmsg_len = NLMSG_HDRLEN + 3;
	assert_int_equal(mydev_extack_error(header(&m)), -EPROTO);
}

static void the_attribute_stands_before_the_words(void **state)
{
	struct message m = refusal(-EINVAL);

	add_text(&m, MSG, "must be a power of two");
	add_u32(&m, OFFS, RX_SIZE_OFFSET);
	assert_text(&m, "rx-size: must be a power of two");
}

static void the_order_of_the_parts_does_not_matter(void **state)
{
	struct message m = refusal(-ENODEV);

	add_u32(&m, OFFS, NAME_OFFSET);
	add_u32(&m, 77, 1);
	add_text(&m, MSG, "no such device");
	assert_text(&m, "name: no such device");
}

static void words_without_attribute_stand_alone(void **state)
{
	struct message m = refusal(-EINVAL);

	add_text(&m, MSG, "nothing to change");
	assert_text(&m, "nothing to change");
}

static void an_attribute_without_words_gets_those_of_the_errno(void **state)
{
	struct message m = refusal(-EBUSY);

	add_u32(&m, OFFS, RX_SIZE_OFFSET);
	assert_text(&m, "rx-size: Device or resource busy");
}

static void a_missing_attribute_is_named(void **state)
{
	struct message m = refusal(-EINVAL);

	add_u32(&m, MISS_TYPE, MYDEV_A_DEV_KIND);
	assert_text(&m, "kind: is missing");
}

static void a_missing_attribute_keeps_the_kernels_words(void **state)
{
	struct message m = refusal(-EINVAL);

	add_u32(&m, MISS_TYPE, MYDEV_A_DEV_KIND);
	add_text(&m, MSG, "say which kind");
	assert_text(&m, "kind: say which kind");
}

static void the_limits_of_a_number_are_told(void **state)
{
	struct message m = refusal(-ERANGE);
	struct __attribute__((packed)) limit {
		struct nlattr nla;
		uint64_t value;
	} policy[] = {
		{ { sizeof(struct limit), NL_POLICY_TYPE_ATTR_MIN_VALUE_U }, 4096 },
		{ { sizeof(struct limit), NL_POLICY_TYPE_ATTR_MAX_VALUE_U }, 67108864 },
	};

	add_text(&m, MSG, "integer out of range");
	add_u32(&m, OFFS, RX_SIZE_OFFSET);
	add_attr(&m, POLICY | NLA_F_NESTED, policy, sizeof(policy));
	assert_text(&m, "rx-size: integer out of range (4096 to 67108864)");
}

static void the_longest_text_is_told(void **state)
{
	struct message m = refusal(-ERANGE);
	struct {
		struct nlattr nla;
		uint32_t length;
	} policy = { { sizeof(policy), NL_POLICY_TYPE_ATTR_MAX_LENGTH }, 31 };

	add_text(&m, MSG, "Attribute failed policy validation");
	add_u32(&m, OFFS, NAME_OFFSET);
	add_attr(&m, POLICY | NLA_F_NESTED, &policy, sizeof(policy));
	assert_text(&m, "name: Attribute failed policy validation (at most 31 bytes)");
}

static void the_end_of_a_dump_has_words_too(void **state)
{
	struct message m = done(-ESTALE);

	add_text(&m, MSG, "the module was loaded anew since");
	assert_text(&m, "the module was loaded anew since");
}

static void the_whole_request_may_stand_before_the_words(void **state)
{
	struct nlmsghdr hdr = { .nlmsg_type = NLMSG_ERROR, .nlmsg_flags = NLM_F_ACK_TLVS };
	struct message sent = request(), m = {};
	int error = -EINVAL;

	add(&m, &hdr, sizeof(hdr));
	add(&m, &error, sizeof(error));
	add(&m, sent.data, sent.len);
	add_text(&m, MSG, "must be a power of two");
	assert_text(&m, "must be a power of two");
}

static void without_the_flag_there_are_no_words(void **state)
{
	struct message m = refusal(-EINVAL);

	add_text(&m, MSG, "not to be read");
	header(&m)->nlmsg_flags = NLM_F_CAPPED;
	assert_no_text(&m);
}

static void nothing_said_is_no_text(void **state)
{
	struct message m = refusal(-EINVAL);

	assert_no_text(&m);
}

static void an_offset_that_hits_no_attribute_names_none(void **state)
{
	static const uint32_t offsets[] = { 0, NAME_OFFSET - 1, RX_SIZE_OFFSET + 8, 10000,
					    UINT32_MAX };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(offsets); i++) {
		struct message m = refusal(-EINVAL), silent = refusal(-EINVAL);

		add_u32(&m, OFFS, offsets[i]);
		add_text(&m, MSG, "somewhere");
		assert_text(&m, "somewhere");
		add_u32(&silent, OFFS, offsets[i]);
		assert_no_text(&silent);
	}
}

static void an_offset_into_an_attribute_names_it(void **state)
{
	struct message m = refusal(-EINVAL);

	add_u32(&m, OFFS, RX_SIZE_OFFSET + 7);
	add_text(&m, MSG, "no");
	assert_text(&m, "rx-size: no");
}

static void an_attribute_that_is_not_in_the_table_has_no_name(void **state)
{
	struct message m = refusal(-EINVAL);

	add_u32(&m, MISS_TYPE, 4711);
	assert_no_text(&m);
	add_text(&m, MSG, "something is missing");
	assert_text(&m, "something is missing");
}

static void words_need_not_end_in_nul(void **state)
{
	struct message m = refusal(-EINVAL);

	add_attr(&m, MSG, "fine", 4);
	assert_text(&m, "fine");
}

static void an_offset_of_the_wrong_size_is_no_offset(void **state)
{
	struct message m = refusal(-EINVAL);

	add_attr(&m, OFFS, "\x24", 2);
	add_text(&m, MSG, "no");
	assert_text(&m, "no");
}

/* Cut at every length: whatever is said then, nothing behind the end was looked at. */
static void a_message_cut_anywhere_is_harmless(void **state)
{
	struct message m = refusal(-EINVAL);

	add_text(&m, MSG, "must be a power of two");
	add_u32(&m, OFFS, RX_SIZE_OFFSET);
	for (size_t len = NLMSG_HDRLEN; len < m.len; len++) {
		struct message cut = m;

		cut.len = len;
		header(&cut)->nlmsg_len = (uint32_t)len;
		free(text_of(&cut));
	}
}

static void an_attribute_that_claims_more_than_there_is_is_not_read(void **state)
{
	struct nlattr liar = { .nla_len = 60000, .nla_type = MSG };
	struct message m = refusal(-EINVAL);

	add(&m, &liar, sizeof(liar));
	add(&m, "abc", 4);
	assert_no_text(&m);
}

static void a_request_that_claims_to_be_longer_than_the_answer_is_not_read(void **state)
{
	struct message m = refusal(-EINVAL);

	header(&m)->nlmsg_flags = NLM_F_ACK_TLVS;
	((struct nlmsgerr *)NLMSG_DATA(header(&m)))->msg.nlmsg_len = UINT32_MAX;
	add_text(&m, MSG, "out of reach");
	assert_no_text(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_is_the_kernels_errno),
		cmocka_unit_test(a_verdict_that_is_no_errno_is_a_protocol_error),
		cmocka_unit_test(a_verdict_cut_off_is_a_protocol_error),
		cmocka_unit_test(the_attribute_stands_before_the_words),
		cmocka_unit_test(the_order_of_the_parts_does_not_matter),
		cmocka_unit_test(words_without_attribute_stand_alone),
		cmocka_unit_test(an_attribute_without_words_gets_those_of_the_errno),
		cmocka_unit_test(a_missing_attribute_is_named),
		cmocka_unit_test(a_missing_attribute_keeps_the_kernels_words),
		cmocka_unit_test(the_limits_of_a_number_are_told),
		cmocka_unit_test(the_longest_text_is_told),
		cmocka_unit_test(the_end_of_a_dump_has_words_too),
		cmocka_unit_test(the_whole_request_may_stand_before_the_words),
		cmocka_unit_test(without_the_flag_there_are_no_words),
		cmocka_unit_test(nothing_said_is_no_text),
		cmocka_unit_test(an_offset_that_hits_no_attribute_names_none),
		cmocka_unit_test(an_offset_into_an_attribute_names_it),
		cmocka_unit_test(an_attribute_that_is_not_in_the_table_has_no_name),
		cmocka_unit_test(words_need_not_end_in_nul),
		cmocka_unit_test(an_offset_of_the_wrong_size_is_no_offset),
		cmocka_unit_test(a_message_cut_anywhere_is_harmless),
		cmocka_unit_test(an_attribute_that_claims_more_than_there_is_is_not_read),
		cmocka_unit_test(a_request_that_claims_to_be_longer_than_the_answer_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
