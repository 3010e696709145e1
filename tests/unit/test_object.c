// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects from netlink attributes built by hand, byte by byte, and back.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libmydev.h"
#include "nlsock.h"
#include "object.h"
#include "uuid.h"

static const unsigned char uuid_bytes[MYDEV_UUID_BYTES] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
							    0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98,
							    0x76, 0x54, 0x32, 0x10 };
static const char uuid_text[] = "01234567-89ab-cdef-fedc-ba9876543210";

struct bytes {
	size_t len;
	_Alignas(uint32_t) unsigned char data[512];
};

/* An attribute whose header says len, whatever the size of its value. */
static void add_header(struct bytes *bytes, uint16_t type, uint16_t len, const void *value,
		       size_t size)
{
	struct nlattr nla = { .nla_len = len, .nla_type = type };

	assert_true(bytes->len + sizeof(nla) + NLA_ALIGN(size) <= sizeof(bytes->data));
	memcpy(bytes->data + bytes->len, &nla, sizeof(nla));
	if (size)
		memcpy(bytes->data + bytes->len + sizeof(nla), value, size);
	bytes->len += sizeof(nla) + NLA_ALIGN(size);
}

static void add(struct bytes *bytes, uint16_t type, const void *value, size_t size)
{
	add_header(bytes, type, (uint16_t)(NLA_HDRLEN + size), value, size);
}

static void add_u32(struct bytes *bytes, uint16_t type, uint32_t value)
{
	add(bytes, type, &value, sizeof(value));
}

static void add_text(struct bytes *bytes, uint16_t type, const char *text)
{
	add(bytes, type, text, strlen(text) + 1);
}

/*
 * The bytes go into memory of exactly their size first, so that a look behind their end is an error that the sanitizer
 * sees.
 */
static int decode(const struct mydev_desc *desc, const struct bytes *bytes, void *obj)
{
	void *exact = malloc(bytes->len ?: 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, bytes->data, bytes->len);
	r = mydev_object_from_nl(desc, exact, bytes->len, obj);
	free(exact);
	return r;
}

static void each_type_is_decoded(void **state)
{
	_cleanup_(mydev_event_clear) struct mydev_event event = {};
	struct bytes bytes = {};
	uint64_t time = UINT64_C(1) << 40;

	add(&bytes, MYDEV_A_EVENT_TIME_NS, &time, sizeof(time));
	add(&bytes, MYDEV_A_EVENT_EPOCH, uuid_bytes, sizeof(uuid_bytes));
	add_u32(&bytes, MYDEV_A_EVENT_EVENT, MYDEV_EVENT_TYPE_FAULT);
	add_u32(&bytes, MYDEV_A_EVENT_DEV_ID, 7);
	add_text(&bytes, MYDEV_A_EVENT_DEVICE, "mydev7");

	assert_int_equal(decode(&mydev_event_desc, &bytes, &event), 0);
	assert_int_equal(event.time_ns, time);
	assert_string_equal(event.epoch, uuid_text);
	assert_int_equal(event.event, MYDEV_EVENT_TYPE_FAULT);
	assert_int_equal(event.dev_id, 7);
	assert_string_equal(event.device, "mydev7");
}

static void only_what_came_has_a_value(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add_u32(&bytes, MYDEV_A_DEV_ID, 0);
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_int_equal(dev.has, UINT64_C(1) << MYDEV_A_DEV_ID);
	assert_null(dev.name);
}

static void no_attributes_are_an_empty_object(void **state)
{
	struct mydev_dev dev = {};
	struct bytes bytes = {};

	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_int_equal(dev.has, 0);
}

static void a_large_number_comes_in_4_bytes_or_8(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	uint64_t large = UINT64_MAX;
	struct bytes bytes = {};

	add_u32(&bytes, MYDEV_A_DEV_RX_BYTES, UINT32_MAX);
	add(&bytes, MYDEV_A_DEV_TX_BYTES, &large, sizeof(large));
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_true(dev.rx_bytes == UINT32_MAX);
	assert_true(dev.tx_bytes == UINT64_MAX);
}

static void several_texts_make_a_vector_in_their_order(void **state)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	struct bytes bytes = {};

	add_text(&bytes, MYDEV_A_INFO_KIND, "virt");
	add_u32(&bytes, MYDEV_A_INFO_DEVICES, 1);
	add_text(&bytes, MYDEV_A_INFO_KIND, "edu");
	assert_int_equal(decode(&mydev_info_desc, &bytes, &info), 0);
	assert_string_equal(info.kind[0], "virt");
	assert_string_equal(info.kind[1], "edu");
	assert_null(info.kind[2]);
}

static void an_attribute_that_came_twice_counts_once(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add_text(&bytes, MYDEV_A_DEV_NAME, "first");
	add_text(&bytes, MYDEV_A_DEV_NAME, "second");
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_string_equal(dev.name, "second");
}

static void unknown_attributes_are_skipped(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add_text(&bytes, MYDEV_A_DEV_MAX + 1, "from a newer kernel");
	add_text(&bytes, 0, "type 0");
	add_text(&bytes, 0x3fff, "the largest type");
	add_u32(&bytes, MYDEV_A_DEV_ID, 5);
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_int_equal(dev.has, UINT64_C(1) << MYDEV_A_DEV_ID);
	assert_int_equal(dev.id, 5);
}

static void a_text_need_not_end_in_nul(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add(&bytes, MYDEV_A_DEV_NAME, "mydev0", 6);
	add(&bytes, MYDEV_A_DEV_KIND, NULL, 0);
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_string_equal(dev.name, "mydev0");
	assert_string_equal(dev.kind, "");
}

static void a_text_ends_at_its_first_nul(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add(&bytes, MYDEV_A_DEV_NAME, "my\0dev", 7);
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), 0);
	assert_string_equal(dev.name, "my");
}

static void a_value_of_the_wrong_size_is_refused(void **state)
{
	static const struct {
		uint16_t attr;
		size_t size;
	} wrong[] = {
		{ MYDEV_A_EVENT_DEV_ID, 0 }, { MYDEV_A_EVENT_DEV_ID, 3 },
		{ MYDEV_A_EVENT_DEV_ID, 8 }, { MYDEV_A_EVENT_EVENT, 2 },
		{ MYDEV_A_EVENT_SEQ, 0 },    { MYDEV_A_EVENT_SEQ, 5 },
		{ MYDEV_A_EVENT_SEQ, 7 },    { MYDEV_A_EVENT_SEQ, 16 },
		{ MYDEV_A_EVENT_EPOCH, 0 },  { MYDEV_A_EVENT_EPOCH, 15 },
		{ MYDEV_A_EVENT_EPOCH, 17 },
	};
	static const unsigned char value[32];

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(wrong); i++) {
		_cleanup_(mydev_event_clear) struct mydev_event event = {};
		struct bytes bytes = {};

		add(&bytes, wrong[i].attr, value, wrong[i].size);
		assert_int_equal(decode(&mydev_event_desc, &bytes, &event), -EBADMSG);
		assert_int_equal(event.has, 0);
	}
}

/* Cut anywhere but between two attributes, a message is never taken for a whole one. */
static void a_truncated_message_is_refused(void **state)
{
	struct bytes whole = {};
	size_t boundary;

	add_u32(&whole, MYDEV_A_DEV_ID, 1);
	boundary = whole.len;
	add_text(&whole, MYDEV_A_DEV_NAME, "mydev1");

	for (size_t len = 1; len < boundary + NLA_HDRLEN + sizeof("mydev1"); len++) {
		_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
		struct bytes cut = whole;

		cut.len = len;
		assert_int_equal(decode(&mydev_dev_desc, &cut, &dev),
				 len == boundary ? 0 : -EBADMSG);
	}
}

static void an_attribute_that_claims_more_than_there_is_is_refused(void **state)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct bytes bytes = {};

	add_header(&bytes, MYDEV_A_DEV_NAME, UINT16_MAX, "mydev0", 7);
	assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), -EBADMSG);
	assert_null(dev.name);
}

static void an_attribute_shorter_than_its_header_is_refused(void **state)
{
	for (unsigned int len = 0; len < NLA_HDRLEN; len++) {
		_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
		struct bytes bytes = {};

		add_header(&bytes, MYDEV_A_DEV_NAME, (uint16_t)len, "mydev0", 7);
		assert_int_equal(decode(&mydev_dev_desc, &bytes, &dev), -EBADMSG);
	}
}

static void what_was_encoded_is_decoded_to_the_same(void **state)
{
	_cleanup_(mydev_event_clear) struct mydev_event out = {}, back = {};
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = nlmsg_alloc();
	const struct nlmsghdr *hdr;
	uint64_t value = 1;

	assert_non_null(msg);
	mydev_for_each_field(field, &mydev_event_desc) {
		_cleanup_free_ char *number = NULL;

		/* Alternately large and small ones, and for each field its own. */
		value = field->attr % 2 && field->type == MYDEV_TYPE_U64 ?
				UINT64_MAX - field->attr :
				field->attr;
		assert_true(asprintf(&number, "%llu", (unsigned long long)value) > 0);
		assert_int_equal(mydev_field_parse(
					 field, field->type == MYDEV_TYPE_UUID ? uuid_text : number,
					 &out),
				 0);
	}

	assert_int_equal(mydev_object_to_nl(&mydev_event_desc, &out, msg), 0);
	hdr = nlmsg_hdr(msg);
	assert_int_equal(mydev_object_from_nl(&mydev_event_desc, nlmsg_data(hdr),
					      (size_t)nlmsg_datalen(hdr), &back),
			 0);

	assert_true(back.has == out.has);
	mydev_for_each_field(field, &mydev_event_desc) {
		_cleanup_free_ char *sent = NULL, *got = NULL;

		assert_int_equal(mydev_field_format(field, &out, &sent), 0);
		assert_int_equal(mydev_field_format(field, &back, &got), 0);
		assert_string_equal(sent, got);
	}
}

static void only_what_has_a_value_is_encoded(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = nlmsg_alloc();
	struct mydev_dev dev = { .id = 3, .rx_size = 4096 };

	MYDEV_SET(&dev, DEV, ID);
	assert_int_equal(mydev_object_to_nl(&mydev_dev_desc, &dev, msg), 0);
	assert_int_equal(nlmsg_datalen(nlmsg_hdr(msg)), NLA_HDRLEN + sizeof(uint32_t));
}

static void a_text_too_long_for_a_message_is_not_cut(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = nlmsg_alloc();
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = { .name = malloc(100000) };

	assert_non_null(dev.name);
	memset(dev.name, 'x', 100000);
	dev.name[99999] = '\0';
	MYDEV_SET(&dev, DEV, NAME);
	assert_int_equal(mydev_object_to_nl(&mydev_dev_desc, &dev, msg), -EMSGSIZE);
}

static void a_uuid_that_is_none_is_not_encoded(void **state)
{
	_cleanup_(nlmsg_free_p) struct nl_msg *msg = nlmsg_alloc();
	struct mydev_event event = { .epoch = "rubbish" };

	MYDEV_SET(&event, EVENT, EPOCH);
	assert_int_equal(mydev_object_to_nl(&mydev_event_desc, &event, msg), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_decoded),
		cmocka_unit_test(only_what_came_has_a_value),
		cmocka_unit_test(no_attributes_are_an_empty_object),
		cmocka_unit_test(a_large_number_comes_in_4_bytes_or_8),
		cmocka_unit_test(several_texts_make_a_vector_in_their_order),
		cmocka_unit_test(an_attribute_that_came_twice_counts_once),
		cmocka_unit_test(unknown_attributes_are_skipped),
		cmocka_unit_test(a_text_need_not_end_in_nul),
		cmocka_unit_test(a_text_ends_at_its_first_nul),
		cmocka_unit_test(a_value_of_the_wrong_size_is_refused),
		cmocka_unit_test(a_truncated_message_is_refused),
		cmocka_unit_test(an_attribute_that_claims_more_than_there_is_is_refused),
		cmocka_unit_test(an_attribute_shorter_than_its_header_is_refused),
		cmocka_unit_test(what_was_encoded_is_decoded_to_the_same),
		cmocka_unit_test(only_what_has_a_value_is_encoded),
		cmocka_unit_test(a_text_too_long_for_a_message_is_not_cut),
		cmocka_unit_test(a_uuid_that_is_none_is_not_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
