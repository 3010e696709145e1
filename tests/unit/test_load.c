// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device did between two looks, in which order devices are shown, and what of a line fits on
 * a screen.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/load.h"
#include "cli/scoped.h"
#include "cli/screen.h"

static void rates_are_what_grew_a_second(void **state)
{
	const struct mydev_dev before = { .tx_bytes = 1000, .read_bytes = 5, .rx_dropped = 7 };
	const struct mydev_dev now = {
		.name = (char *)"mydev3",
		.tx_bytes = 3000,
		.read_bytes = 5,
		.rx_dropped = 8,
		.rx_used = 1024,
		.rx_size = 4096,
	};
	_scoped_(load) struct mydev_load load = {};

	assert_int_equal(load_measure(&before, &now, 500000, &load), 0);
	assert_string_equal(load.device, "mydev3");
	assert_int_equal(load.tx_rate, 4000);
	assert_int_equal(load.read_rate, 0);
	assert_int_equal(load.drop_rate, 2);
	assert_int_equal(load.rx_dropped, 8);
	assert_int_equal(load.fill, 25);
	assert_int_equal(load.span_ns, 500000000);
}

static void a_cleared_counter_and_a_new_device_begin_at_nothing(void **state)
{
	const struct mydev_dev before = { .tx_bytes = UINT64_MAX };
	const struct mydev_dev now = { .name = (char *)"mydev3", .tx_bytes = 300 };
	_scoped_(load) struct mydev_load cleared = {}, new = {};

	assert_int_equal(load_measure(&before, &now, 1000000, &cleared), 0);
	assert_int_equal(cleared.tx_rate, 300);
	assert_int_equal(load_measure(NULL, &now, 1000000, &new), 0);
	assert_int_equal(new.tx_rate, 300);
}

static void a_large_ring_is_full_at_a_hundred(void **state)
{
	const struct mydev_dev now = {
		.name = (char *)"mydev0",
		.rx_used = MYDEV_RX_SIZE_MAX,
		.rx_size = MYDEV_RX_SIZE_MAX,
	};
	_scoped_(load) struct mydev_load load = {};

	assert_int_equal(load_measure(NULL, &now, 1, &load), 0);
	assert_int_equal(load.fill, 100);
}

static void numbers_are_sorted_from_the_largest_names_from_the_smallest(void **state)
{
	const struct mydev_load a = { .device = (char *)"mydev2", .tx_rate = 5, .fill = 1 };
	const struct mydev_load b = { .device = (char *)"mydev10", .tx_rate = 9, .fill = 1 };
	char *rate[] = { (char *)"tx-rate", NULL }, *name[] = { (char *)"device", NULL };
	char *both[] = { (char *)"fill", (char *)"device", NULL };

	assert_true(load_compare(&a, &b, rate) > 0);
	assert_true(load_compare(&b, &a, rate) < 0);
	assert_true(load_compare(&a, &b, name) < 0);
	assert_true(load_compare(&a, &b, both) < 0);
	assert_int_equal(load_compare(&a, &b, NULL), 0);
}

static void a_line_is_cut_at_the_width_whatever_is_in_it(void **state)
{
	static const struct {
		const char *line;
		size_t width, want;
	} cuts[] = {
		{ "abcdef", 4, 4 },
		{ "abc", 4, 3 },
		{ "", 4, 0 },
		{ "a\x1b[1;31mbcd\x1b[0me", 3, 10 },
		{ "\xc3\xbc\xc3\xbcx", 2, 4 },
		{ "ab\x1b[0m", 2, 6 },
		{ "a\x1b[", 4, 3 },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(cuts); i++)
		assert_int_equal(screen_cut(cuts[i].line, strlen(cuts[i].line), cuts[i].width),
				 cuts[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_what_grew_a_second),
		cmocka_unit_test(a_cleared_counter_and_a_new_device_begin_at_nothing),
		cmocka_unit_test(a_large_ring_is_full_at_a_hundred),
		cmocka_unit_test(numbers_are_sorted_from_the_largest_names_from_the_smallest),
		cmocka_unit_test(a_line_is_cut_at_the_width_whatever_is_in_it),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
