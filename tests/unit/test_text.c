// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentences of mydevd: templates, amounts and what others may write into them.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "daemon/text.h"
#include "libmydev.h"

static struct mydev_event sample(void)
{
	struct mydev_event event = {
		.device = (char *)"mydev3",
		.event = MYDEV_EVENT_TYPE_FAULT,
		.rx_policy = MYDEV_RX_POLICY_DROP,
		.rx_size = 128 << 10,
		.lost = 1234567,
		.duration_ns = 1250000000,
		.pid = 12345678,
	};

	MYDEV_SET(&event, EVENT, DEVICE);
	MYDEV_SET(&event, EVENT, EVENT);
	MYDEV_SET(&event, EVENT, RX_POLICY);
	MYDEV_SET(&event, EVENT, RX_SIZE);
	MYDEV_SET(&event, EVENT, LOST);
	MYDEV_SET(&event, EVENT, DURATION_NS);
	MYDEV_SET(&event, EVENT, PID);
	return event;
}

static void assert_expands(const char *template, const char *expected)
{
	struct mydev_event event = sample();
	_cleanup_free_ char *text = NULL;

	assert_int_equal(text_expand(template, &mydev_event_desc, &event, &text), 0);
	assert_string_equal(text, expected);
}

static void assert_refused(const char *template)
{
	struct mydev_event event = sample();
	char *text;

	assert_int_equal(text_expand(template, &mydev_event_desc, &event, &text), -EINVAL);
}

static void fields_take_their_place(void **state)
{
	assert_expands("", "");
	assert_expands("{device}: policy {rx-policy}", "mydev3: policy drop");
	assert_expands("{event}{event}", "faultfault");
}

static void units_are_written_for_people_and_numbers_are_not(void **state)
{
	assert_expands("{rx-size}, {lost} in {duration-ns}", "128 KiB, 1,234,567 bytes in 1.2 s");
	assert_expands("pid {pid}", "pid 12345678");
}

static void a_part_needs_all_its_fields(void **state)
{
	assert_expands("a[ by {comm}]", "a");
	assert_expands("a[ by {comm} ({pid})] b", "a b");
	assert_expands("a[ ({pid})] b", "a (12345678) b");
	assert_expands("[x][{comm}][{pid}]", "x12345678");
}

static void a_field_outside_of_a_part_is_never_silently_absent(void **state)
{
	assert_expands("by {comm}", "by ?");
}

static void templates_that_make_no_sense_are_refused(void **state)
{
	assert_refused("{no-such-field}");
	assert_refused("[{no-such-field}]");
	assert_refused("{rx_size}");
	assert_refused("{device");
	assert_refused("device}");
	assert_refused("[a");
	assert_refused("a]");
	assert_refused("[a[b]]");
	assert_refused("{}");
}

static void assert_bytes(uint64_t bytes, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(text_bytes(bytes, &text), 0);
	assert_string_equal(text, expected);
}

static void amounts_of_data_are_exact(void **state)
{
	assert_bytes(0, "0 bytes");
	assert_bytes(1, "1 byte");
	assert_bytes(999, "999 bytes");
	assert_bytes(1000, "1,000 bytes");
	assert_bytes(1023, "1,023 bytes");
	assert_bytes(1024, "1 KiB");
	assert_bytes(1025, "1,025 bytes");
	assert_bytes(1000000, "1,000,000 bytes");
	assert_bytes(1536 << 10, "1,536 KiB");
	assert_bytes(64 << 20, "64 MiB");
	assert_bytes(UINT64_C(5) << 40, "5 TiB");
	assert_bytes(UINT64_C(5) << 50, "5,120 TiB");
	assert_bytes(UINT64_MAX, "18,446,744,073,709,551,615 bytes");
}

static void assert_duration(uint64_t ns, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(text_duration(ns, &text), 0);
	assert_string_equal(text, expected);
}

static void durations_have_the_unit_that_fits(void **state)
{
	assert_duration(0, "0 ns");
	assert_duration(999, "999 ns");
	assert_duration(1000, "1 us");
	assert_duration(999999, "999 us");
	assert_duration(1000000, "1 ms");
	assert_duration(999999999, "999 ms");
	assert_duration(1000000000, "1.0 s");
	assert_duration(59999999999, "59.9 s");
	assert_duration(60000000000, "1 min 0 s");
	assert_duration(UINT64_C(3599) * 1000000000, "59 min 59 s");
	assert_duration(UINT64_C(3600) * 1000000000, "1 h 0 min");
	assert_duration(UINT64_MAX, "5124095 h 34 min");
}

static void assert_sanitized(const char *text, const char *expected)
{
	_cleanup_free_ char *copy = strdup(text);

	assert_non_null(copy);
	text_sanitize(copy);
	assert_string_equal(copy, expected);
}

static void text_of_others_cannot_act(void **state)
{
	assert_sanitized("plain, 104 °C, 日本, 🙂", "plain, 104 °C, 日本, 🙂");
	assert_sanitized("line\nline\tbell\a\x1b[31m\x7f", "line?line?bell??[31m?");
	assert_sanitized("\xc2\x85", "??"); /* next line, a C1 control character */
	assert_sanitized("\xff\xc3", "??"); /* no lead byte; no continuation */
	assert_sanitized("\xc0\xaf", "??"); /* too long for its character */
	assert_sanitized("\xed\xa0\x80", "???"); /* a surrogate */
	assert_sanitized("\xf4\x90\x80\x80", "????"); /* beyond Unicode */
	assert_sanitized("\xe2\x82", "??"); /* cut short */
}

static void values_are_sanitized(void **state)
{
	struct mydev_event event = { .comm = (char *)"a\nmydev0: fault" };
	_cleanup_free_ char *text = NULL;

	MYDEV_SET(&event, EVENT, COMM);
	assert_int_equal(text_expand("by {comm}", &mydev_event_desc, &event, &text), 0);
	assert_string_equal(text, "by a?mydev0: fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_take_their_place),
		cmocka_unit_test(units_are_written_for_people_and_numbers_are_not),
		cmocka_unit_test(a_part_needs_all_its_fields),
		cmocka_unit_test(a_field_outside_of_a_part_is_never_silently_absent),
		cmocka_unit_test(templates_that_make_no_sense_are_refused),
		cmocka_unit_test(amounts_of_data_are_exact),
		cmocka_unit_test(durations_have_the_unit_that_fits),
		cmocka_unit_test(text_of_others_cannot_act),
		cmocka_unit_test(values_are_sanitized),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
