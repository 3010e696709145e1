// SPDX-License-Identifier: GPL-2.0-only
/*
 * What other shells are told when Tab is pressed. Which candidates there are is tested in
 * test_complete.c; here, how the line is read and the answer written.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/answer.h"
#include "cli/scoped.h"

static int live(struct candidates *c, enum value_type type, const char *prefix, const char *head)
{
	return candidates_add(c, prefix, head, type == VALUE_KIND ? "virt" : "mydev0",
			      type == VALUE_KIND ? NULL : "running", false);
}

static void assert_answer(const char *line, const char *want)
{
	_cleanup_(candidates_done) struct candidates c = {};
	_cleanup_free_ char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	assert_int_equal(answer_find(line, live, &c), 0);
	assert_int_equal(answer_print(&c, out), 0);
	assert_int_equal(fclose(out), 0);
	if (strcmp(got, want) != 0)
		fail_msg("'%s' is answered by '%s', not '%s'", line, got, want);
}

static void a_word_comes_with_its_meaning(void **state)
{
	assert_answer("mydevctl sta", "status\tshow everything about devices\n");
	assert_answer("mydevctl inject mydev0 overh", "overheat\t"
						      "The device is too hot to go on.\n");
}

static void devices_come_with_their_state(void **state)
{
	assert_answer("mydevctl status ", "mydev0\trunning\n");
	assert_answer("mydevctl events --device=m", "--device=mydev0\trunning\n");
}

static void a_meaning_may_be_empty(void **state)
{
	assert_answer("mydevctl add v", "virt\t\n");
}

static void a_word_that_goes_on_is_marked(void **state)
{
	assert_answer("mydevctl monitor --unt",
		      "--until=\tend after the first event of this type\topen\n");
}

static void names_of_files_are_left_to_the_shell(void **state)
{
	assert_answer("mydevctl -f ", "\tfiles\n");
	assert_answer("mydevctl --file=/etc/pa", "\tfiles\n");
	assert_answer("mydevctl --file /etc/pa", "\tfiles\n");
}

static void names_of_hosts_are_left_to_the_shell(void **state)
{
	assert_answer("mydevctl -H ", "\thosts\n");
	assert_answer("mydevctl list --host=root@w", "\thosts\n");
}

static void what_exists_here_is_not_offered_for_another_machine(void **state)
{
	assert_answer("mydevctl -H web1 status ", "");
	assert_answer("mydevctl -H web1 sta", "status\tshow everything about devices\n");
}

static void the_program_may_have_any_name(void **state)
{
	assert_answer("  ./build/mydevctl vers", "version\tshow versions\n");
}

static void quotes_are_those_of_a_shell(void **state)
{
	assert_answer("mydevctl 'stat", "status\tshow everything about devices\n");
	assert_answer("mydevctl \"set\" 'mydev0' \"rx-policy=dr",
		      "rx-policy=drop\t"
		      "The ring keeps the oldest data; what does not fit is lost and counted.\n");
	assert_answer("mydevctl sta\\", "status\tshow everything about devices\n");
	assert_answer("mydevctl status my\\ ", "");
}

static void the_commands_of_sessions_are_not_offered(void **state)
{
	assert_answer("mydevctl ex", "");
}

static void the_name_of_the_program_is_not_completed(void **state)
{
	assert_answer("", "");
	assert_answer("mydevc", "");
	assert_answer("mydevctl", "");
}

static void comments_are_not_completed(void **state)
{
	assert_answer("mydevctl status #", "");
	assert_answer("mydevctl # sta", "");
}

static void behind_a_mistake_there_is_no_answer(void **state)
{
	assert_answer("mydevctl bogus ", "");
	assert_answer("mydevctl list --bogus=", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_comes_with_its_meaning),
		cmocka_unit_test(devices_come_with_their_state),
		cmocka_unit_test(a_meaning_may_be_empty),
		cmocka_unit_test(a_word_that_goes_on_is_marked),
		cmocka_unit_test(names_of_files_are_left_to_the_shell),
		cmocka_unit_test(names_of_hosts_are_left_to_the_shell),
		cmocka_unit_test(what_exists_here_is_not_offered_for_another_machine),
		cmocka_unit_test(the_program_may_have_any_name),
		cmocka_unit_test(quotes_are_those_of_a_shell),
		cmocka_unit_test(the_commands_of_sessions_are_not_offered),
		cmocka_unit_test(the_name_of_the_program_is_not_completed),
		cmocka_unit_test(comments_are_not_completed),
		cmocka_unit_test(behind_a_mistake_there_is_no_answer),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
