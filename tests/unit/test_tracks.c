// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bars of top, and how many devices and bars there is room for on a screen.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/scoped.h"
#include "cli/screen.h"
#include "cli/tracks.h"

static void add(struct tracks *h, const char *name, uint64_t tx, uint64_t read)
{
	struct mydev_load load = { .device = (char *)name, .tx_rate = tx, .read_rate = read };

	assert_int_equal(tracks_add(h, &mydev_load_desc, &load), 0);
}

static void assert_bars(const struct tracks *h, const char *name, const char *field, size_t n,
			bool ascii, const char *want)
{
	const struct mydev_load load = { .device = (char *)name };
	_cleanup_free_ char *bars = tracks_bars(
		h, &mydev_load_desc, mydev_field_find(&mydev_load_desc, field), &load, n, ascii);

	assert_string_equal(bars, want);
}

static struct tracks *begin(void)
{
	struct tracks *h;

	assert_int_equal(tracks_new(&h, "device,tx-rate,tx-rate~,read-rate~"), 0);
	return h;
}

static void bars_are_the_last_values_the_largest_a_whole_one(void **state)
{
	struct tracks *h = begin();

	for (uint64_t i = 0; i <= 7; i++) {
		add(h, "mydev0", i * 1000, 7 - i);
		tracks_step(h);
	}
	assert_bars(h, "mydev0", "tx-rate", 8, false, " ▂▃▄▅▆▇█");
	assert_bars(h, "mydev0", "read-rate", 8, false, "█▇▆▅▄▃▂ ");
	assert_bars(h, "mydev0", "tx-rate", 3, true, "*#@");
	assert_bars(h, "mydev0", "tx-rate", TRACKS_TIMES + 1, true, "         :-=+*#@");
	tracks_free(h);
}

static void what_is_not_nothing_can_be_seen(void **state)
{
	struct tracks *h = begin();

	add(h, "mydev0", UINT64_MAX, 0);
	add(h, "mydev0", 1, 0);
	add(h, "mydev0", 0, 0);
	assert_bars(h, "mydev0", "tx-rate", 3, false, "█▁ ");
	assert_bars(h, "mydev0", "read-rate", 3, false, "   ");
	tracks_free(h);
}

static void each_device_has_its_own_and_one_that_is_gone_begins_anew(void **state)
{
	struct tracks *h = begin();

	add(h, "mydev0", 5, 0);
	add(h, "mydev1", 9, 9);
	tracks_step(h);
	add(h, "mydev1", 9, 0);
	tracks_step(h);
	add(h, "mydev0", 5, 0);
	add(h, "mydev1", 9, 9);
	tracks_step(h);
	assert_bars(h, "mydev0", "tx-rate", 3, true, "  @");
	assert_bars(h, "mydev1", "tx-rate", 3, true, "@@@");
	assert_bars(h, "mydev1", "read-rate", 3, true, "@ @");
	tracks_free(h);
}

static void what_has_no_room_is_counted_in_a_line_of_its_own(void **state)
{
	assert_int_equal(screen_items(24, 22), 22);
	assert_int_equal(screen_items(24, 23), 21);
	assert_int_equal(screen_items(24, 4096), 21);
	assert_int_equal(screen_items(3, 2), 0);
	assert_int_equal(screen_items(1, 1), 0);
	assert_int_equal(screen_items(24, 0), 0);
}

static void bars_take_the_room_that_numbers_leave(void **state)
{
	assert_int_equal(screen_bars(40), 0);
	assert_int_equal(screen_bars(67), 0);
	assert_int_equal(screen_bars(68), 4);
	assert_int_equal(screen_bars(80), 10);
	assert_int_equal(screen_bars(200), TRACKS_TIMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_are_the_last_values_the_largest_a_whole_one),
		cmocka_unit_test(what_is_not_nothing_can_be_seen),
		cmocka_unit_test(each_device_has_its_own_and_one_that_is_gone_begins_anew),
		cmocka_unit_test(what_has_no_room_is_counted_in_a_line_of_its_own),
		cmocka_unit_test(bars_take_the_room_that_numbers_leave),
	};

	return cmocka_run_group_tests_name("tracks", tests, NULL, NULL);
}
