// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times and spans as people write them.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/when.h"

#define SEC USEC_PER_SEC
#define HOUR (3600 * SEC)
#define DAY (24 * HOUR)

/* 2026-11-23 06:30:15 UTC, a moment later */
#define NOW (UINT64_C(1795415415) * SEC + 123456)
#define MIDNIGHT (UINT64_C(1795392000) * SEC)

static int in_utc(void **state)
{
	return setenv("TZ", "UTC", 1);
}

static void assert_span(const char *text, uint64_t want)
{
	uint64_t usec;

	if (mydev_span_parse(text, &usec))
		fail_msg("'%s' is refused", text);
	assert_int_equal(usec, want);
}

static void assert_no_span(const char *text, int want)
{
	uint64_t usec;

	assert_int_equal(mydev_span_parse(text, &usec), want);
}

static void assert_time(const char *text, uint64_t want)
{
	uint64_t usec;

	if (when_parse(text, NOW, &usec))
		fail_msg("'%s' is refused", text);
	assert_int_equal(usec, want);
}

static void assert_no_time(const char *text)
{
	uint64_t usec;

	if (when_parse(text, NOW, &usec) != -EINVAL)
		fail_msg("'%s' is taken", text);
}

static void a_span_without_unit_is_in_seconds(void **state)
{
	assert_span("0", 0);
	assert_span("5", 5 * SEC);
	assert_span("0.25", SEC / 4);
	assert_span("1.0000001", SEC);
}

static void a_span_has_units(void **state)
{
	assert_span("500ms", SEC / 2);
	assert_span("7us", 7);
	assert_span("2min", 120 * SEC);
	assert_span("1h 30min", HOUR + 1800 * SEC);
	assert_span("1h30min", HOUR + 1800 * SEC);
	assert_span("2 days", 2 * DAY);
	assert_span("1w", 7 * DAY);
	assert_span("1.5h", HOUR + HOUR / 2);
}

static void rubbish_is_no_span(void **state)
{
	assert_no_span("", -EINVAL);
	assert_no_span("-1", -EINVAL);
	assert_no_span("+1", -EINVAL);
	assert_no_span("s", -EINVAL);
	assert_no_span("1x", -EINVAL);
	assert_no_span("1.", -EINVAL);
	assert_no_span(".5", -EINVAL);
	assert_no_span("1 2 fortnights", -EINVAL);
	assert_no_span("1e3", -EINVAL);
}

static void a_span_has_an_end(void **state)
{
	assert_no_span("18446744073709551616", -ERANGE);
	assert_no_span("18446744073709551615", -ERANGE);
	assert_no_span("18446744073709us 18446744073709551615us", -ERANGE);
	assert_span("18446744073709551615us", UINT64_MAX);
}

static void times_are_absolute(void **state)
{
	assert_time("2026-11-23 06:30:15", NOW - 123456);
	assert_time("2026-11-23T06:30:15", NOW - 123456);
	assert_time("2026-11-23 06:30", NOW - 123456 - 15 * SEC);
	assert_time("2026-11-23", MIDNIGHT);
	assert_time("06:30", NOW - 123456 - 15 * SEC);
	assert_time("06:30:15", NOW - 123456);
	assert_time("@1795415415", NOW - 123456);
}

static void times_have_names(void **state)
{
	assert_time("now", NOW);
	assert_time("today", MIDNIGHT);
	assert_time("yesterday", MIDNIGHT - DAY);
}

static void times_are_relative(void **state)
{
	assert_time("-1h", NOW - HOUR);
	assert_time("1h ago", NOW - HOUR);
	assert_time("2 days ago", NOW - 2 * DAY);
}

static void rubbish_is_no_time(void **state)
{
	assert_no_time("");
	assert_no_time("-");
	assert_no_time("ago");
	assert_no_time(" ago");
	assert_no_time("tomorrow");
	assert_no_time("2026-13-01");
	assert_no_time("25:00");
	assert_no_time("2026-11-23 06:30 or so");
	assert_no_time("@");
}

static void a_time_is_written_with_milliseconds(void **state)
{
	_cleanup_free_ char *text = when_format(NOW);

	assert_string_equal(text, "2026-11-23 06:30:15.123");
}

#define HOLD_UP_USEC UINT64_C(200000)

static int hold_ups; /* that are still to come, each behind a reading of the time of day */

/* In place of libc's. */
int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_REALTIME && hold_ups) {
		hold_ups--;
		usleep(HOLD_UP_USEC);
	}
	return r;
}

static void a_hold_up_between_two_clocks_moves_no_time(void **state)
{
	uint64_t before = when_now(CLOCK_REALTIME), boot = when_now(CLOCK_BOOTTIME), when;

	hold_ups = 1;
	when = when_in_boot(boot);
	assert_int_equal(hold_ups, 0);
	assert_in_range(when, before - HOLD_UP_USEC / 2, before + HOLD_UP_USEC / 2);
}

static void a_time_for_programs_comes_back_as_it_was_written(void **state)
{
	static const char *const rubbish[] = {
		"",
		"2026-11-23",
		"2026-11-23T06:30:15Z",
		"2026-11-23T06:30:15.123",
		"2026-11-23T06:30:15.-1Z",
		"2026-11-23T06:30:15. 1Z",
		"2026-11-23T06:30:15.1234Z",
		"2026-11-23T06:30:15.123Zz",
		"1969-11-23T06:30:15.123Z",
	};
	_cleanup_free_ char *text = when_format_exact(NOW);
	uint64_t usec;

	assert_string_equal(text, "2026-11-23T06:30:15.123Z");
	assert_int_equal(when_parse_exact(text, &usec), 0);
	assert_int_equal(usec, NOW - NOW % 1000);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		if (when_parse_exact(rubbish[i], &usec) != -EINVAL)
			fail_msg("'%s' is a time", rubbish[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_without_unit_is_in_seconds),
		cmocka_unit_test(a_span_has_units),
		cmocka_unit_test(rubbish_is_no_span),
		cmocka_unit_test(a_span_has_an_end),
		cmocka_unit_test(times_are_absolute),
		cmocka_unit_test(times_have_names),
		cmocka_unit_test(times_are_relative),
		cmocka_unit_test(rubbish_is_no_time),
		cmocka_unit_test(a_time_is_written_with_milliseconds),
		cmocka_unit_test(a_time_for_programs_comes_back_as_it_was_written),
		cmocka_unit_test(a_hold_up_between_two_clocks_moves_no_time),
	};

	return cmocka_run_group_tests_name("when", tests, in_utc, NULL);
}
