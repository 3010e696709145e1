// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that others chose, made safe.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void assert_replaced(const char *text, const char *want)
{
	_cleanup_free_ char *got = mydev_utf8_replace_invalid(text);

	assert_string_equal(got, want);
}

static void assert_escaped(const char *text, const char *want)
{
	_cleanup_free_ char *got = mydev_utf8_escape(text);

	assert_string_equal(got, want);
}

static void valid_text_stays(void **state)
{
	static const char *const texts[] = { "",
					     "plain",
					     "S\xc3\xbc\xc3\x9fholz",
					     "\xe2\x82\xac",
					     "\xf0\x9f\x98\x80",
					     "\xef\xbf\xbf",
					     "\xf4\x8f\xbf\xbf" };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(texts); i++) {
		assert_replaced(texts[i], texts[i]);
		assert_escaped(texts[i], texts[i]);
	}
}

static void invalid_bytes_are_replaced_one_by_one(void **state)
{
	assert_replaced("a\xff"
			"b",
			"a" REPLACEMENT "b");
	assert_replaced("\x80", REPLACEMENT);
	assert_replaced("\xc3", REPLACEMENT);
	assert_replaced("\xe2\x82", REPLACEMENT REPLACEMENT);
	assert_replaced("\xe2\x82(", REPLACEMENT REPLACEMENT "(");
}

static void forbidden_forms_are_invalid(void **state)
{
	/* Overlong, surrogate, beyond the last code point. */
	assert_int_equal(mydev_utf8_length("\xc0\x80"), 0);
	assert_int_equal(mydev_utf8_length("\xc1\xbf"), 0);
	assert_int_equal(mydev_utf8_length("\xe0\x9f\xbf"), 0);
	assert_int_equal(mydev_utf8_length("\xed\xa0\x80"), 0);
	assert_int_equal(mydev_utf8_length("\xf0\x8f\xbf\xbf"), 0);
	assert_int_equal(mydev_utf8_length("\xf4\x90\x80\x80"), 0);
	assert_int_equal(mydev_utf8_length("\xf5\x80\x80\x80"), 0);
}

static void a_terminal_gets_no_control_character(void **state)
{
	assert_escaped("\x1b[2Jgone", "\\x1b[2Jgone");
	assert_escaped("a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f");
	/* CSI as one character of C1, in UTF-8 and as a lone byte */
	assert_escaped("\xc2\x9b"
		       "31m",
		       "\\xc2\\x9b"
		       "31m");
	assert_escaped("\x9b"
		       "31m",
		       "\\x9b"
		       "31m");
	assert_escaped("\xc2\xa0", "\xc2\xa0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_text_stays),
		cmocka_unit_test(invalid_bytes_are_replaced_one_by_one),
		cmocka_unit_test(forbidden_forms_are_invalid),
		cmocka_unit_test(a_terminal_gets_no_control_character),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
