// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts: what becomes of their lines, and what is said of those that are wrong. No command of
 * these needs a device.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/session.h"

/* Runs the script, which is closed; what it says on standard error must be err. */
static void assert_script_of(const char *name, FILE *script, enum mydev_exit_status status,
			     const char *err)
{
	_cleanup_free_ char *out_text = NULL, *err_text = NULL;
	size_t out_size, err_size;
	struct session s = {};

	assert_non_null(script);
	s.place.out = open_memstream(&out_text, &out_size);
	s.place.err = open_memstream(&err_text, &err_size);
	assert_int_equal(session_run_script(&s, script, name), status);
	fclose(script);
	assert_int_equal(fclose(s.place.out), 0);
	assert_int_equal(fclose(s.place.err), 0);
	assert_string_equal(err_text, err);
}

static void assert_script(FILE *script, enum mydev_exit_status status, const char *err)
{
	assert_script_of("setup", script, status, err);
}

static FILE *lines(const char *text)
{
	return fmemopen((char *)text, strlen(text), "r");
}

static void an_error_names_the_line(void **state)
{
	assert_script(lines("# first\n\nbogus\nversion\n"), MYDEV_EXIT_STATUS_USAGE,
		      "mydevctl: setup:3: unknown command 'bogus' ('help' lists the commands)\n");
}

static void the_last_line_needs_no_newline(void **state)
{
	assert_script(lines("bogus"), MYDEV_EXIT_STATUS_USAGE,
		      "mydevctl: setup:1: unknown command 'bogus' ('help' lists the commands)\n");
}

static void a_backslash_does_not_join_lines(void **state)
{
	assert_script(lines("help \\\nset\n"), MYDEV_EXIT_STATUS_USAGE,
		      "mydevctl: setup:1: nothing follows the backslash\n");
	assert_script(lines("help \\"), MYDEV_EXIT_STATUS_USAGE,
		      "mydevctl: setup:1: nothing follows the backslash\n");
}

static void a_script_that_cannot_be_read_is_wrong_in_no_line(void **state)
{
	assert_script(fopen("/", "re"), MYDEV_EXIT_STATUS_FAILED,
		      "mydevctl: cannot read setup: Is a directory\n");
}

static void the_name_of_a_script_cannot_move_the_cursor(void **state)
{
	assert_script_of(
		"\x1b[2J", lines("bogus"), MYDEV_EXIT_STATUS_USAGE,
		"mydevctl: \\x1b[2J:1: unknown command 'bogus' ('help' lists the commands)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_names_the_line),
		cmocka_unit_test(the_last_line_needs_no_newline),
		cmocka_unit_test(a_backslash_does_not_join_lines),
		cmocka_unit_test(a_script_that_cannot_be_read_is_wrong_in_no_line),
		cmocka_unit_test(the_name_of_a_script_cannot_move_the_cursor),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
