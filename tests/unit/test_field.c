// SPDX-License-Identifier: GPL-2.0-only
/*
 * The field tables as generated, and values as text and back.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "libmydev.h"

/* One field of each type, as no generated object has them all. */
struct sample {
	uint64_t has;
	uint32_t u32;
	uint32_t size;
	uint64_t u64;
	uint64_t size64;
	bool flag;
	uint32_t policy;
	char *string;
	char **strv;
	char uuid[MYDEV_UUID_SIZE];
};

#define FIELD(n, member, t, ...)                                                                   \
	{                                                                                          \
		.key = #member, .name = #member, .label = #member, .journal = "MYDEV_" #member,    \
		.type = (t), .attr = (n), .offset = offsetof(struct sample, member), ##__VA_ARGS__ \
	}

static const struct mydev_field fields[] = {
	FIELD(1, u32, MYDEV_TYPE_U32),
	FIELD(2, size, MYDEV_TYPE_U32, .unit = MYDEV_UNIT_BYTES),
	FIELD(3, u64, MYDEV_TYPE_U64),
	FIELD(4, size64, MYDEV_TYPE_U64, .unit = MYDEV_UNIT_BYTES),
	FIELD(5, flag, MYDEV_TYPE_BOOL),
	FIELD(6, policy, MYDEV_TYPE_ENUM, .values = &mydev_rx_policy_names),
	FIELD(7, string, MYDEV_TYPE_STRING),
	FIELD(8, strv, MYDEV_TYPE_STRV),
	FIELD(9, uuid, MYDEV_TYPE_UUID),
};

static const struct mydev_desc sample_desc = {
	.kind = "sample",
	.size = sizeof(struct sample),
	.fields = fields,
	.n_fields = MYDEV_ARRAY_SIZE(fields),
};

static void sample_clear(struct sample *sample)
{
	mydev_object_clear(&sample_desc, sample);
}

static const struct mydev_field *field(const char *name)
{
	const struct mydev_field *found = mydev_field_find(&sample_desc, name);

	assert_non_null(found);
	return found;
}

/* What becomes of the text on the way into the object and out again. */
static void assert_parsed(const char *name, const char *text, const char *expected)
{
	_cleanup_(sample_clear) struct sample sample = {};
	_cleanup_free_ char *out = NULL;

	assert_int_equal(mydev_field_parse(field(name), text, &sample), 0);
	assert_true(mydev_has_attr(&sample, field(name)->attr));
	assert_int_equal(mydev_field_format(field(name), &sample, &out), 0);
	assert_string_equal(out, expected);
}

static void assert_refused(const char *name, const char *text, int error)
{
	_cleanup_(sample_clear) struct sample sample = {};
	struct sample empty = {};

	assert_int_equal(mydev_field_parse(field(name), text, &sample), error);
	assert_memory_equal(&sample, &empty, sizeof(sample));
}

/* ---- Tables ---- */

static void every_field_is_complete(void **state)
{
	for (const struct mydev_desc *const *desc = mydev_descs; *desc; desc++) {
		mydev_for_each_field(f, *desc) {
			assert_true(f->key && *f->key);
			assert_true(f->name && *f->name);
			assert_true(f->label && *f->label);
			assert_true(f->doc && *f->doc);
			assert_non_null(f->journal);
			assert_memory_equal(f->journal, "MYDEV_", strlen("MYDEV_"));
			assert_int_equal(f->type == MYDEV_TYPE_ENUM, f->values != NULL);
			assert_true(!f->width || (f->unit == MYDEV_UNIT_HEX &&
						  f->width->type == MYDEV_TYPE_U32 &&
						  f->width >= (*desc)->fields &&
						  f->width < (*desc)->fields + (*desc)->n_fields));
		}
	}
}

/* The bit in has: 0 is no attribute, and there are 64. */
static void every_attribute_has_a_bit(void **state)
{
	for (const struct mydev_desc *const *desc = mydev_descs; *desc; desc++)
		mydev_for_each_field(f, *desc)
			assert_in_range(f->attr, 1, 63);
}

static void no_two_fields_of_an_object_share_anything(void **state)
{
	for (const struct mydev_desc *const *desc = mydev_descs; *desc; desc++) {
		mydev_for_each_field(a, *desc) {
			mydev_for_each_field(b, *desc) {
				if (a == b)
					continue;
				assert_string_not_equal(a->key, b->key);
				assert_string_not_equal(a->name, b->name);
				assert_string_not_equal(a->label, b->label);
				assert_string_not_equal(a->journal, b->journal);
				assert_int_not_equal(a->attr, b->attr);
				assert_int_not_equal(a->offset, b->offset);
			}
		}
	}
}

static void every_member_lies_within_its_object_behind_has(void **state)
{
	for (const struct mydev_desc *const *desc = mydev_descs; *desc; desc++) {
		mydev_for_each_field(f, *desc) {
			assert_true(f->offset >= sizeof(uint64_t));
			assert_true(f->offset < (*desc)->size);
		}
	}
}

static void a_field_is_found_by_key_name_and_journal_field(void **state)
{
	const struct mydev_field *f = mydev_field_find(&mydev_dev_desc, "rx_size");

	assert_non_null(f);
	assert_int_equal(f->attr, MYDEV_A_DEV_RX_SIZE);
	assert_ptr_equal(mydev_field_find(&mydev_dev_desc, "rx-size"), f);
	assert_ptr_equal(mydev_field_find(&mydev_dev_desc, "MYDEV_RX_SIZE"), f);
	assert_null(mydev_field_find(&mydev_dev_desc, "RX size"));
	assert_null(mydev_field_find(&mydev_dev_desc, ""));
}

static void enumerators_have_names_and_names_have_enumerators(void **state)
{
	uint32_t value;

	assert_string_equal(mydev_enum_name(&mydev_event_type_names, MYDEV_EVENT_TYPE_FAULT),
			    "fault");
	assert_int_equal(mydev_enum_parse(&mydev_event_type_names, "overrun-begin", &value), 0);
	assert_int_equal(value, MYDEV_EVENT_TYPE_OVERRUN_BEGIN);
}

static void an_unknown_enumerator_has_no_name(void **state)
{
	uint32_t value;

	assert_null(mydev_enum_name(&mydev_rx_policy_names, 99));
	assert_int_equal(mydev_enum_parse(&mydev_rx_policy_names, "Drop", &value), -ENOENT);
	assert_int_equal(mydev_enum_parse(&mydev_rx_policy_names, "", &value), -ENOENT);
	assert_int_equal(mydev_enum_parse(&mydev_rx_policy_names, "1", &value), -ENOENT);
}

/* ---- Values ---- */

static void numbers_are_decimal_or_hexadecimal(void **state)
{
	assert_parsed("u32", "0", "0");
	assert_parsed("u32", "4294967295", "4294967295");
	assert_parsed("u32", "0xffffffff", "4294967295");
	assert_parsed("u64", "18446744073709551615", "18446744073709551615");
	assert_parsed("u64", "0XFFFFFFFFFFFFFFFF", "18446744073709551615");
}

static void leading_zeros_do_not_make_a_number_octal(void **state)
{
	assert_parsed("u32", "010", "10");
}

static void numbers_that_do_not_fit_are_out_of_range(void **state)
{
	assert_refused("u32", "4294967296", -ERANGE);
	assert_refused("u32", "0x100000000", -ERANGE);
	assert_refused("u64", "18446744073709551616", -ERANGE);
	assert_refused("u64", "0x10000000000000000", -ERANGE);
	assert_refused("u64", "99999999999999999999999999", -ERANGE);
}

static void what_is_not_a_number_is_refused(void **state)
{
	static const char *const rubbish[] = { "",    " ",    "-1",
					       "+1",  " 1",   "1 ",
					       "1x",  "x",    "0x",
					       "0xg", "0x-1", "1.5",
					       "1e3", "ten",  "99999999999999999999999999x" };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(rubbish); i++) {
		assert_refused("u32", rubbish[i], -EINVAL);
		assert_refused("u64", rubbish[i], -EINVAL);
		assert_refused("size", rubbish[i], -EINVAL);
	}
}

static void bytes_take_suffixes(void **state)
{
	assert_parsed("size", "4096", "4096");
	assert_parsed("size", "64K", "65536");
	assert_parsed("size", "64KiB", "65536");
	assert_parsed("size", "64k", "65536");
	assert_parsed("size", "0x10M", "16777216");
	assert_parsed("size", "3G", "3221225472");
	assert_parsed("size64", "17179869183G", "18446744072635809792");
}

static void a_suffix_can_make_a_number_too_large(void **state)
{
	assert_refused("size", "4G", -ERANGE);
	assert_refused("size", "4194304K", -ERANGE);
	assert_refused("size64", "17179869184G", -ERANGE);
}

static void there_is_no_other_suffix(void **state)
{
	assert_refused("size", "1T", -EINVAL);
	assert_refused("size", "1KB", -EINVAL);
	assert_refused("size", "1KK", -EINVAL);
	assert_refused("size", "K", -EINVAL);
	assert_refused("size", "1 K", -EINVAL);
}

static void only_bytes_take_suffixes(void **state)
{
	assert_refused("u32", "1K", -EINVAL);
	assert_refused("u64", "1G", -EINVAL);
}

static void booleans_are_true_or_false(void **state)
{
	assert_parsed("flag", "true", "true");
	assert_parsed("flag", "false", "false");
	assert_refused("flag", "yes", -EINVAL);
	assert_refused("flag", "", -EINVAL);
}

static void enumerators_are_named_or_numbered(void **state)
{
	assert_parsed("policy", "overwrite", "overwrite");
	assert_parsed("policy", "2", "overwrite");
	assert_refused("policy", "keep", -EINVAL);
	assert_refused("policy", "", -EINVAL);
	assert_refused("policy", "4294967296", -ERANGE);
}

static void an_unknown_enumerator_survives_as_its_number(void **state)
{
	assert_parsed("policy", "99", "99");
}

static void strings_are_taken_as_they_are(void **state)
{
	assert_parsed("string", "", "");
	assert_parsed("string", " a,\n\xff", " a,\n\xff");
}

static void vectors_are_separated_by_commas(void **state)
{
	assert_parsed("strv", "virt", "virt");
	assert_parsed("strv", "virt,edu,usb", "virt,edu,usb");
	assert_parsed("strv", "", "");
}

static void uuids_are_lower_case_with_dashes(void **state)
{
	assert_parsed("uuid", "01234567-89ab-cdef-0123-456789abcdef",
		      "01234567-89ab-cdef-0123-456789abcdef");
	assert_parsed("uuid", "01234567-89AB-CDEF-0123-456789ABCDEF",
		      "01234567-89ab-cdef-0123-456789abcdef");
}

static void what_is_not_a_uuid_is_refused(void **state)
{
	assert_refused("uuid", "", -EINVAL);
	assert_refused("uuid", "01234567-89ab-cdef-0123-456789abcde", -EINVAL);
	assert_refused("uuid", "01234567-89ab-cdef-0123-456789abcdef0", -EINVAL);
	assert_refused("uuid", "0123456789abcdef0123456789abcdef", -EINVAL);
	assert_refused("uuid", "01234567-89ab-cdef-0123_456789abcdef", -EINVAL);
	assert_refused("uuid", "0123456g-89ab-cdef-0123-456789abcdef", -EINVAL);
}

static void a_field_without_value_has_no_text(void **state)
{
	struct sample sample = {};
	char *text = NULL;

	mydev_for_each_field(f, &sample_desc)
		assert_int_equal(mydev_field_format(f, &sample, &text), -ENODATA);
	assert_null(text);
}

static void parsing_replaces_the_value_of_before(void **state)
{
	_cleanup_(sample_clear) struct sample sample = {};

	assert_int_equal(mydev_field_parse(field("string"), "old", &sample), 0);
	assert_int_equal(mydev_field_parse(field("string"), "new", &sample), 0);
	assert_string_equal(sample.string, "new");
	assert_int_equal(mydev_field_parse(field("strv"), "a,b,c", &sample), 0);
	assert_int_equal(mydev_field_parse(field("strv"), "d", &sample), 0);
	assert_string_equal(sample.strv[0], "d");
	assert_null(sample.strv[1]);
}

static void a_failed_parse_leaves_the_value_of_before(void **state)
{
	_cleanup_(sample_clear) struct sample sample = {};

	assert_int_equal(mydev_field_parse(field("size"), "8K", &sample), 0);
	assert_int_equal(mydev_field_parse(field("size"), "8K!", &sample), -EINVAL);
	assert_int_equal(sample.size, 8192);
	assert_int_equal(mydev_field_parse(field("uuid"), "01234567-89ab-cdef-0123-456789abcdef",
					   &sample),
			 0);
	assert_int_equal(mydev_field_parse(field("uuid"), "ffffffff-89ab-cdef-0123-456789abcde",
					   &sample),
			 -EINVAL);
	assert_string_equal(sample.uuid, "01234567-89ab-cdef-0123-456789abcdef");
}

static void clearing_makes_an_object_empty_again(void **state)
{
	struct sample sample = {}, empty = {};

	assert_int_equal(mydev_field_parse(field("string"), "text", &sample), 0);
	assert_int_equal(mydev_field_parse(field("strv"), "a,b", &sample), 0);
	assert_int_equal(mydev_field_parse(field("u64"), "7", &sample), 0);
	sample_clear(&sample);
	assert_memory_equal(&sample, &empty, sizeof(sample));
	sample_clear(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_complete),
		cmocka_unit_test(every_attribute_has_a_bit),
		cmocka_unit_test(no_two_fields_of_an_object_share_anything),
		cmocka_unit_test(every_member_lies_within_its_object_behind_has),
		cmocka_unit_test(a_field_is_found_by_key_name_and_journal_field),
		cmocka_unit_test(enumerators_have_names_and_names_have_enumerators),
		cmocka_unit_test(an_unknown_enumerator_has_no_name),
		cmocka_unit_test(numbers_are_decimal_or_hexadecimal),
		cmocka_unit_test(leading_zeros_do_not_make_a_number_octal),
		cmocka_unit_test(numbers_that_do_not_fit_are_out_of_range),
		cmocka_unit_test(what_is_not_a_number_is_refused),
		cmocka_unit_test(bytes_take_suffixes),
		cmocka_unit_test(a_suffix_can_make_a_number_too_large),
		cmocka_unit_test(there_is_no_other_suffix),
		cmocka_unit_test(only_bytes_take_suffixes),
		cmocka_unit_test(booleans_are_true_or_false),
		cmocka_unit_test(enumerators_are_named_or_numbered),
		cmocka_unit_test(an_unknown_enumerator_survives_as_its_number),
		cmocka_unit_test(strings_are_taken_as_they_are),
		cmocka_unit_test(vectors_are_separated_by_commas),
		cmocka_unit_test(uuids_are_lower_case_with_dashes),
		cmocka_unit_test(what_is_not_a_uuid_is_refused),
		cmocka_unit_test(a_field_without_value_has_no_text),
		cmocka_unit_test(parsing_replaces_the_value_of_before),
		cmocka_unit_test(a_failed_parse_leaves_the_value_of_before),
		cmocka_unit_test(clearing_makes_an_object_empty_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
