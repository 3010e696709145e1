// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which command line is run on another machine. That it runs there is tested in remote.bats.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/remote.h"
#include "cli/scoped.h"
#include "cli/tokenize.h"

static void assert_runs_selected(const char *line, const char *selected, const char *want)
{
	_cleanup_(invocation_done) struct invocation inv = {};
	_scoped_(error) struct mydev_error error = {};
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *got = NULL;
	enum token_end end;

	assert_int_equal(tokenize(line, &words, &end), 0);
	assert_int_equal(parse_selected(words, selected, selected, &inv, &error), 0);
	got = remote_command_line(&inv);
	assert_non_null(got);
	assert_string_equal(got, want);
}

static void assert_runs(const char *line, const char *want)
{
	assert_runs_selected(line, NULL, want);
}

static void the_command_is_the_same_in_json(void **state)
{
	assert_runs("list", "mydevctl --json list --");
	assert_runs("stat 0 mydev1", "mydevctl --json status -- 0 mydev1");
	assert_runs("monitor --unt reset -n3 mydev0",
		    "mydevctl --json monitor '--until=reset' '--count=3' -- mydev0");
	assert_runs("reset --counters mydev0", "mydevctl --json reset --counters -- mydev0");
	assert_runs("set mydev0 rx-size=4K", "mydevctl --json set -- mydev0 'rx-size=4K'");
}

static void words_reach_it_as_they_are(void **state)
{
	assert_runs("inject mydev0 link \"it's $(date); --json\"",
		    "mydevctl --json inject -- mydev0 link 'it'\\''s $(date); --json'");
	assert_runs("send 0 -- --hex", "mydevctl --json send -- 0 --hex");
	assert_runs("send 0 ''", "mydevctl --json send -- 0 ''");
}

static void what_is_shown_and_where_is_no_business_of_another_machine(void **state)
{
	assert_runs("-H a list -H b --columns name --noheadings --json=pretty",
		    "mydevctl --json list --");
	assert_runs("receive --hex 0", "mydevctl --json receive -- 0");
	assert_runs("send --hex 0 00", "mydevctl --json send --hex -- 0 00");
}

static void a_file_is_of_this_machine(void **state)
{
	assert_runs("send 0 --file firmware.bin", "mydevctl --json send '--file=-' -- 0");
}

/* Where /dev/my_device leads to is for the other machine to see. */
static void a_node_is_of_the_other_machine(void **state)
{
	assert_runs("status /dev/null /dev/my_device",
		    "mydevctl --json status -- /dev/null /dev/my_device");
}

static void a_time_is_by_the_clock_of_this_machine(void **state)
{
	assert_runs("events --since @1763877600.5",
		    "mydevctl --json events '--since=@1763877600.500000' --");
}

static void a_selected_device_is_named(void **state)
{
	assert_runs_selected("status", "mydev1", "mydevctl --json status -- mydev1");
	assert_runs_selected("send hello", "mydev1", "mydevctl --json send -- mydev1 hello");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_is_the_same_in_json),
		cmocka_unit_test(words_reach_it_as_they_are),
		cmocka_unit_test(what_is_shown_and_where_is_no_business_of_another_machine),
		cmocka_unit_test(a_file_is_of_this_machine),
		cmocka_unit_test(a_node_is_of_the_other_machine),
		cmocka_unit_test(a_time_is_by_the_clock_of_this_machine),
		cmocka_unit_test(a_selected_device_is_named),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
