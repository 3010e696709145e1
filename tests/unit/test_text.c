// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentences of mydevd: templates, and what others may write into them.
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
	assert_expands("{rx-size}, {lost} in {duration-ns}",
		       "128 KiB, 1.2 MiB (1234567 B) in 1.2 s");
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

static void text_of_others_cannot_forge_a_message(void **state)
{
	struct mydev_event event = { .comm = (char *)"a\nmydev0: fault" };
	_cleanup_free_ char *text = NULL;

	MYDEV_SET(&event, EVENT, COMM);
	assert_int_equal(text_expand("by {comm}", &mydev_event_desc, &event, &text), 0);
	assert_string_equal(text, "by a\\x0amydev0: fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_take_their_place),
		cmocka_unit_test(units_are_written_for_people_and_numbers_are_not),
		cmocka_unit_test(a_part_needs_all_its_fields),
		cmocka_unit_test(a_field_outside_of_a_part_is_never_silently_absent),
		cmocka_unit_test(templates_that_make_no_sense_are_refused),
		cmocka_unit_test(text_of_others_cannot_forge_a_message),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
