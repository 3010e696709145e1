// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Tab offers. Devices and kinds that exist are made up here.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/complete.h"
#include "cli/scoped.h"
#include "cli/tokenize.h"

static int live(struct candidates *c, enum value_type type, const char *prefix, const char *head)
{
	int r;

	if (type == VALUE_KIND)
		return candidates_add(c, prefix, head, "virt", NULL, false);
	r = candidates_add(c, prefix, head, "mydev0", "running", false);
	return r < 0 ? r : candidates_add(c, prefix, head, "mydev1", "faulted", false);
}

static int none_live(struct candidates *c, enum value_type type, const char *prefix,
		     const char *head)
{
	return 0;
}

/*
 * Candidates for the last word of the line (empty behind a blank), joined by blanks; ~ marks one
 * that goes on.
 */
static char *offer(const char *line, bool in_session, const char *selected, complete_fn fn)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *before = NULL;
	_cleanup_(candidates_done) struct candidates c = {};
	const char *blank = strrchr(line, ' '), *word = blank ? blank + 1 : line;
	enum token_end end;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	before = strndup(line, (size_t)(word - line));
	assert_int_equal(tokenize(before, &words, &end), 0);
	assert_int_equal(complete(words, word, in_session, selected, fn, &c), 0);
	for (size_t i = 0; i < c.n; i++)
		fprintf(out, "%s%s%s", i ? " " : "", c.list[i].text, c.list[i].open ? "~" : "");
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_offers(const char *line, const char *want)
{
	_cleanup_free_ char *got = offer(line, true, NULL, live);

	if (strcmp(got, want) != 0)
		fail_msg("'%s' offers '%s', not '%s'", line, got, want);
}

static void commands_come_first(void **state)
{
	assert_offers("re", "reset remove receive registers report");
	assert_offers("sta", "status");
	assert_offers("bogus", "");
	assert_offers("help mon", "monitor");
}

static void exit_is_offered_in_sessions_only(void **state)
{
	_cleanup_free_ char *outside = offer("ex", false, NULL, live);

	assert_offers("ex", "exit");
	assert_string_equal(outside, "");
}

static void devices_that_exist_are_offered(void **state)
{
	assert_offers("status ", "mydev0 mydev1");
	assert_offers("status mydev0 ", "mydev0 mydev1");
	assert_offers("stat mydev1", "mydev1");
	assert_offers("events --device ", "mydev0 mydev1");
	assert_offers("events --device=my", "--device=mydev0 --device=mydev1");
}

static void nothing_is_offered_when_nothing_exists(void **state)
{
	_cleanup_free_ char *got = offer("status ", true, NULL, none_live);

	assert_string_equal(got, "");
}

static void settings_come_behind_the_device(void **state)
{
	assert_offers("set ", "mydev0 mydev1");
	assert_offers("set mydev0 rx", "rx-policy=~ rx-size=~");
	assert_offers("set mydev0 rx-policy=",
		      "rx-policy=block rx-policy=drop rx-policy=overwrite");
	assert_offers("set mydev0 rx-policy=o", "rx-policy=overwrite");
	assert_offers("set mydev0 rx-size=", "");
}

static void settings_of_a_new_device_need_no_kind(void **state)
{
	assert_offers("add ", "virt id=~ rx-policy=~ rx-size=~ watermark=~");
	assert_offers("add virt w", "watermark=~");
	assert_offers("add i", "id=~");
}

static void values_of_an_argument_are_offered(void **state)
{
	assert_offers("inject mydev0 o", "overheat");
	assert_offers("inject mydev0 n", "");
	assert_offers("inject mydev0 overheat ", "");
}

static void options_of_the_command_are_offered(void **state)
{
	assert_offers("reset --c", "--counters --columns=~");
	assert_offers("reset mydev0 --",
		      "--counters --columns=~ --noheadings --json --help --no-pager");
	assert_offers("add --", "--json --help --no-pager");
	assert_offers("monitor --ti", "--timeout=~");
	assert_offers("reset -- --", "");
	assert_offers("reset -x", "");
}

static void values_of_an_option_are_offered(void **state)
{
	assert_offers("monitor --until fau", "fault");
	assert_offers("monitor -u fau", "fault");
	assert_offers("monitor --until=fau", "--until=fault");
	assert_offers("list --json=", "--json=plain --json=pretty");
	assert_offers("list --bogus=", "");
}

static void columns_are_completed_one_by_one(void **state)
{
	assert_offers("list --columns na", "name~");
	assert_offers("list --columns name,rx-d", "name,rx-dropped~ name,rx-discarded~");
	assert_offers("list --columns=name,rx-dr", "--columns=name,rx-dropped~");
	assert_offers("selftest mydev0 --columns res", "result~");
	assert_offers("list --columns counters", "");
}

static void behind_a_mistake_nothing_is_offered(void **state)
{
	assert_offers("bogus ", "");
	assert_offers("list --bogus ", "");
}

static void a_selected_device_may_be_left_out(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "inject o", "overheat" },
		{ "inject overheat ", "" },
		{ "inject mydev1 o", "overheat" },
		{ "set rx-p", "rx-policy=~" },
		{ "set rx-policy=d", "rx-policy=drop" },
		{ "set mydev", "mydev0 mydev1" },
		{ "reset ", "mydev0 mydev1" },
		{ "select o", "" },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = offer(cases[i].line, true, "mydev0", live);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("'%s' offers '%s', not '%s'", cases[i].line, got, cases[i].want);
	}
	assert_offers("inject o", "");
	assert_offers("set rx-p", "");
}

static void where_a_file_is_expected_others_find_it(void **state)
{
	static const struct {
		const char *word;
		size_t from;
	} cases[] = { { "--file=/tm", 7 }, { "--fi=", 5 } };
	char *words[] = { (char *)"send", (char *)"mydev0", (char *)"--file", NULL };
	_cleanup_(candidates_done) struct candidates pending = {};

	assert_int_equal(complete(words, "/tm", true, NULL, NULL, &pending), 0);
	assert_true(pending.files);
	assert_int_equal(pending.files_from, 0);
	words[2] = NULL;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(cases); i++) {
		_cleanup_(candidates_done) struct candidates c = {};

		assert_int_equal(complete(words, cases[i].word, true, NULL, NULL, &c), 0);
		assert_true(c.files);
		assert_int_equal(c.files_from, cases[i].from);
	}
}

static void every_candidate_of_the_table_has_a_meaning(void **state)
{
	static const char *const lines[] = { "", "set x rx-policy=", "monitor --", "inject x " };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(lines); i++) {
		_cleanup_(candidates_done) struct candidates c = {};
		const char *blank = strrchr(lines[i], ' ');
		_cleanup_free_ char *before =
			strndup(lines[i], blank ? (size_t)(blank - lines[i]) : 0);
		_cleanup_strv_ char **words = NULL;
		enum token_end end;

		assert_int_equal(tokenize(before, &words, &end), 0);
		assert_int_equal(complete(words, blank ? blank + 1 : "", true, NULL, NULL, &c), 0);
		assert_true(c.n > 0);
		for (size_t k = 0; k < c.n; k++)
			assert_non_null(c.list[k].doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_come_first),
		cmocka_unit_test(exit_is_offered_in_sessions_only),
		cmocka_unit_test(devices_that_exist_are_offered),
		cmocka_unit_test(nothing_is_offered_when_nothing_exists),
		cmocka_unit_test(settings_come_behind_the_device),
		cmocka_unit_test(settings_of_a_new_device_need_no_kind),
		cmocka_unit_test(values_of_an_argument_are_offered),
		cmocka_unit_test(options_of_the_command_are_offered),
		cmocka_unit_test(values_of_an_option_are_offered),
		cmocka_unit_test(columns_are_completed_one_by_one),
		cmocka_unit_test(behind_a_mistake_nothing_is_offered),
		cmocka_unit_test(a_selected_device_may_be_left_out),
		cmocka_unit_test(where_a_file_is_expected_others_find_it),
		cmocka_unit_test(every_candidate_of_the_table_has_a_meaning),
	};

	return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
