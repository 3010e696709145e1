// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words as invocations, against the real command table.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/parse.h"
#include "cli/scoped.h"
#include "cli/tokenize.h"

/* A line that was parsed; fields are valid until line_done(). */
struct line {
	char **words;
	struct invocation inv;
	struct mydev_error error;
	int r;
};

static void line_done(struct line *line)
{
	mydev_strv_free(line->words);
	invocation_done(&line->inv);
	clear_error(&line->error);
}

#define _cleanup_line_ _cleanup_(line_done)

static void parse_line(struct line *line, const char *text, bool in_session)
{
	enum token_end end;

	*line = (struct line){};
	assert_int_equal(tokenize(text, &line->words, &end), 0);
	line->r = parse(line->words, in_session, &line->inv, &line->error);
}

static void assert_parses(struct line *line, const char *text, const char *command)
{
	parse_line(line, text, false);
	if (line->r)
		fail_msg("%s: %s", text, line->error.cause);
	assert_string_equal(line->inv.command->name, command);
}

/* The line is a usage error whose cause has the words in it. */
static void assert_wrong(const char *text, const char *words)
{
	_cleanup_line_ struct line line;

	parse_line(&line, text, false);
	if (line.r != -EINVAL)
		fail_msg("%s: gives %d, not -EINVAL", text, line.r);
	assert_int_equal(line.error.status, MYDEV_EXIT_STATUS_USAGE);
	if (!strstr(line.error.cause, words))
		fail_msg("%s: says \"%s\", not \"%s\"", text, line.error.cause, words);
}

static const char *get(const struct line *line, const char *name)
{
	const struct value *value = invocation_get(&line->inv, name);

	return value ? value->text ?: "" : NULL;
}

/* ---- Commands ---- */

static void a_command_may_be_shortened(void **state)
{
	_cleanup_line_ struct line line;

	assert_parses(&line, "stat", "status");
}

static void a_name_wins_over_a_prefix(void **state)
{
	for_each_command(cmd)
		if (!(cmd->flags & COMMAND_SESSION))
			assert_ptr_equal(command_find(cmd->name, NULL, NULL), cmd);
}

static void an_ambiguous_command_lists_what_it_could_be(void **state)
{
	_cleanup_line_ struct line line;

	parse_line(&line, "re mydev0", false);
	assert_int_equal(line.r, -EINVAL);
	assert_int_equal(mydev_strv_length(line.error.choice), 5);
	assert_string_equal(line.error.choice[0], "reset");
	assert_string_equal(line.error.choice[1], "remove");
	assert_string_equal(line.error.choice[2], "receive");
	assert_string_equal(line.error.choice[3], "registers");
	assert_string_equal(line.error.choice[4], "report");
}

static void a_misspelt_command_is_recognised(void **state)
{
	_cleanup_line_ struct line line;

	parse_line(&line, "stauts", false);
	assert_int_equal(line.r, -EINVAL);
	assert_int_equal(mydev_strv_length(line.error.choice), 1);
	assert_string_equal(line.error.choice[0], "status");
	assert_string_equal(line.error.cure, "did you mean status?");
}

static void what_shares_one_letter_with_a_command_is_no_misspelling(void **state)
{
	_cleanup_line_ struct line foo, ls;

	parse_line(&foo, "foo", false);
	assert_null(foo.error.choice);
	assert_string_equal(foo.error.cure, "'help' lists the commands");
	parse_line(&ls, "ls", false);
	assert_string_equal(ls.error.cure, "did you mean list?");
}

static void an_empty_command_is_unknown(void **state)
{
	assert_wrong("''", "unknown command ''");
}

static void no_command_is_fine_on_the_command_line_only(void **state)
{
	_cleanup_line_ struct line outside = {}, inside = {};

	parse_line(&outside, "", false);
	assert_int_equal(outside.r, 0);
	assert_null(outside.inv.command);
	parse_line(&inside, "--json", true);
	assert_int_equal(inside.r, -EINVAL);
}

static void exit_is_for_sessions_only(void **state)
{
	_cleanup_line_ struct line line;

	assert_wrong("exit", "only the shell");
	parse_line(&line, "exit", true);
	assert_int_equal(line.r, 0);
}

/* ---- Options ---- */

static void options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"--json reset --counters mydev0 mydev1",
		"reset mydev0 --counters mydev1 --json",
		"reset mydev0 mydev1 -j --counters",
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(lines); i++) {
		_cleanup_line_ struct line line;
		const struct value *first, *second;

		assert_parses(&line, lines[i], "reset");
		assert_non_null(get(&line, "json"));
		assert_non_null(get(&line, "counters"));
		first = invocation_next(&line.inv, "DEV", NULL);
		second = invocation_next(&line.inv, "DEV", first);
		assert_string_equal(first->text, "mydev0");
		assert_string_equal(second->text, "mydev1");
		assert_null(invocation_next(&line.inv, "DEV", second));
	}
}

static void a_value_follows_in_each_gnu_form(void **state)
{
	static const char *const lines[] = {
		"monitor --count=5",
		"monitor --count 5",
		"monitor -n5",
		"monitor -n 5",
		"monitor --cou 5",
		"monitor -jn5",
		"monitor --count=7 --count=5",
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(lines); i++) {
		_cleanup_line_ struct line line;

		assert_parses(&line, lines[i], "monitor");
		assert_int_equal(invocation_get(&line.inv, "count")->number, 5);
	}
}

static void two_dashes_end_the_options(void **state)
{
	_cleanup_line_ struct line line;

	assert_parses(&line, "inject mydev0 link -- --json", "inject");
	assert_string_equal(get(&line, "MESSAGE"), "--json");
	assert_null(get(&line, "json"));
}

static void a_value_may_look_like_an_option(void **state)
{
	_cleanup_line_ struct line line;

	assert_parses(&line, "events --since -1h", "events");
	assert_string_equal(get(&line, "since"), "-1h");
}

static void json_has_styles(void **state)
{
	_cleanup_line_ struct line plain, pretty;

	assert_parses(&plain, "list --json", "list");
	assert_int_equal(invocation_get(&plain.inv, "json")->number, MYDEV_JSON_STYLE_PLAIN);
	assert_parses(&pretty, "list --json=pretty", "list");
	assert_int_equal(invocation_get(&pretty.inv, "json")->number, MYDEV_JSON_STYLE_PRETTY);
	assert_wrong("list --json=yaml", "there is no 'yaml'");
}

static void json_is_seen_behind_a_mistake(void **state)
{
	_cleanup_line_ struct line line, other;

	parse_line(&line, "bogus --json=pretty", false);
	assert_int_equal(line.r, -EINVAL);
	assert_int_equal(invocation_get(&line.inv, "json")->number, MYDEV_JSON_STYLE_PRETTY);
	parse_line(&other, "bogus -- --json", false);
	assert_null(invocation_get(&other.inv, "json"));
}

static void json_may_be_shortened_and_joined_behind_a_mistake(void **state)
{
	static const struct {
		const char *text;
		bool in_session;
		int style; /* -1: JSON is not asked for */
	} lines[] = {
		{ "foo --js", false, MYDEV_JSON_STYLE_PLAIN },
		{ "foo --js", true, MYDEV_JSON_STYLE_PLAIN },
		{ "foo --jso=pretty", false, MYDEV_JSON_STYLE_PRETTY },
		{ "foo -kj", false, MYDEV_JSON_STYLE_PLAIN },
		{ "foo -kj", true, MYDEV_JSON_STYLE_PLAIN },
		{ "list -zj", false, MYDEV_JSON_STYLE_PLAIN },
		{ "list --bogus --js", false, MYDEV_JSON_STYLE_PLAIN },
		{ "foo -fj", false, -1 },
		{ "events -nj", false, -1 },
		{ "foo -- -kj", false, -1 },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(lines); i++) {
		_cleanup_line_ struct line line;
		const struct value *json;

		parse_line(&line, lines[i].text, lines[i].in_session);
		assert_int_equal(line.r, -EINVAL);
		json = invocation_get(&line.inv, "json");
		if ((json ? (int)json->number : -1) != lines[i].style)
			fail_msg("%s: JSON is taken for %s", lines[i].text,
				 json ? "asked for" : "not asked for");
	}
}

static void json_of_an_unknown_style_is_json(void **state)
{
	_cleanup_line_ struct line line, styled;

	parse_line(&line, "--json=ugly list", false);
	assert_int_equal(line.r, -EINVAL);
	assert_string_equal(line.error.attribute, "json");
	assert_int_equal(invocation_get(&line.inv, "json")->number, MYDEV_JSON_STYLE_PLAIN);
	parse_line(&styled, "--json=ugly list --json=pretty", false);
	assert_int_equal(invocation_get(&styled.inv, "json")->number, MYDEV_JSON_STYLE_PRETTY);
}

static void wrong_options_are_told(void **state)
{
	assert_wrong("list --bogus", "unknown option '--bogus'");
	assert_wrong("list -x", "unknown option '-x'");
}

static void an_option_that_wants_a_value_says_so(void **state)
{
	assert_wrong("monitor --count", "option '--count' needs a value");
	assert_wrong("monitor -n", "option '--count' needs a value");
	assert_wrong("reset --counters=yes mydev0", "takes no value");
}

static void options_of_the_program_stand_before_the_command(void **state)
{
	_cleanup_line_ struct line line = {};

	parse_line(&line, "-kf script", false);
	assert_int_equal(line.r, 0);
	assert_string_equal(get(&line, "file"), "script");
	assert_non_null(get(&line, "keep-going"));
	assert_wrong("list --file x", "unknown option '--file'");
}

static void hosts_may_stand_anywhere_outside_of_sessions(void **state)
{
	_cleanup_line_ struct line line = {}, session = {}, version;

	parse_line(&line, "-H web1 list --host=root@web2 -Hweb3", false);
	assert_int_equal(line.r, 0);
	assert_int_equal(line.inv.n_values, 3);
	assert_string_equal(line.inv.values[0].text, "web1");
	assert_string_equal(line.inv.values[1].text, "root@web2");
	assert_string_equal(line.inv.values[2].text, "web3");
	assert_parses(&version, "-H web1 --version", "version");
	assert_string_equal(get(&version, "host"), "web1");
	parse_line(&session, "list -H web1", true);
	assert_int_equal(session.r, -EINVAL);
}

static void what_ssh_would_take_for_an_option_is_no_host(void **state)
{
	assert_wrong("-H -oProxyCommand=x list", "'-oProxyCommand=x' is not the name of a host");
	assert_wrong("--host= list", "'' is not the name of a host");
	assert_wrong("list -H", "option '--host' needs a value");
}

static void help_and_version_are_commands_in_disguise(void **state)
{
	_cleanup_line_ struct line help, about, version;

	assert_parses(&help, "--help", "help");
	assert_null(get(&help, "COMMAND"));
	assert_parses(&about, "set --json --help", "help");
	assert_string_equal(get(&about, "COMMAND"), "set");
	assert_non_null(get(&about, "json"));
	assert_parses(&version, "-V", "version");
}

/* ---- Arguments ---- */

static void a_device_may_be_its_node(void **state)
{
	_cleanup_line_ struct line line;

	assert_parses(&line, "status /dev/mydev3", "status");
	assert_string_equal(get(&line, "DEV"), "mydev3");
	assert_wrong("status ''", "empty");
	assert_wrong("status /dev/", "empty");
}

static void a_device_may_be_a_link_to_its_node(void **state)
{
	char link[] = "/dev/shm/mydev-XXXXXX/link", *slash = strrchr(link, '/');
	_cleanup_free_ char *text = NULL, *text_help = NULL;
	_cleanup_line_ struct line line, help;

	*slash = '\0';
	assert_non_null(mkdtemp(link));
	*slash = '/';
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_true(asprintf(&text, "status %s /dev/null", link) > 0);
	assert_true(asprintf(&text_help, "status %s --help", link) > 0);
	assert_parses(&line, text, "status");
	assert_parses(&help, text_help, "help");
	assert_int_equal(unlink(link), 0);
	*slash = '\0';
	assert_int_equal(rmdir(link), 0);
	assert_string_equal(line.inv.values[0].text, "null");
	assert_string_equal(line.inv.values[1].text, "null");
}

static void what_is_missing_is_named(void **state)
{
	assert_wrong("reset", "DEV is missing");
	assert_wrong("inject mydev0", "FAULT is missing");
	assert_wrong("set mydev0", "KEY=VALUE is missing");
	assert_wrong("set rx-size=64K", "DEV is missing");
}

static void a_setting_without_sign_is_explained(void **state)
{
	_cleanup_line_ struct line line;

	parse_line(&line, "set mydev0 rx-size 64K", false);
	assert_int_equal(line.r, -EINVAL);
	assert_string_equal(line.error.cure, "write rx-size=VALUE");
	/* Also where it is not the only one: nothing may be tried. */
	assert_wrong("set mydev0 watermark 5 rx-size=8K", "'watermark' is a setting, not a device");
}

static void too_much_is_told(void **state)
{
	assert_wrong("list mydev0", "what is 'mydev0' for? list takes no argument");
	assert_wrong("inject mydev0 link too hot", "what is 'hot' for?");
	assert_wrong("add virt virt", "what is 'virt' for?");
}

static void settings_are_read_by_the_field_table(void **state)
{
	_cleanup_line_ struct line line;

	assert_parses(&line, "set rx-size=64K mydev0 rx-policy=drop watermark=0x1000", "set");
	assert_int_equal(line.inv.settings.rx_size, 65536);
	assert_int_equal(line.inv.settings.rx_policy, MYDEV_RX_POLICY_DROP);
	assert_int_equal(line.inv.settings.watermark, 4096);
	assert_false(MYDEV_HAS(&line.inv.settings, DEV, NAME));
}

static void only_what_a_request_takes_is_a_setting(void **state)
{
	_cleanup_line_ struct line line;

	assert_wrong("set mydev0 id=3", "there is no setting 'id'");
	assert_wrong("set mydev0 tx-bytes=3", "there is no setting 'tx-bytes'");
	assert_parses(&line, "add id=3", "add");
	assert_int_equal(line.inv.settings.id, 3);
}

static void wrong_settings_are_told(void **state)
{
	assert_wrong("set mydev0 rx-size=", "'' is not a size");
	assert_wrong("set mydev0 rx-size=-1", "'-1' is not a size");
	assert_wrong("set mydev0 rx-size=4.5K", "is not a size");
	assert_wrong("set mydev0 rx-size=64KB", "is not a size");
	assert_wrong("set mydev0 rx-size=4G", "'4G' is too large");
	assert_wrong("set mydev0 rx-size=99999999999999999999999", "too large");
	assert_wrong("set mydev0 rx-policy=1", "there is no '1'");
	assert_wrong("set mydev0 rx-policy=Drop", "there is no 'Drop'");
	assert_wrong("set mydev0 =5", "there is no setting ''");
	assert_wrong("set mydev0 rx-size=4K rx-size=8K", "given twice");
	assert_wrong("add id=x", "'x' is not a number");
	assert_wrong("add ''", "empty");
}

static void wrong_values_are_told(void **state)
{
	assert_wrong("monitor --count 0", "'0' is not a number from 1 on");
	assert_wrong("monitor --count -1", "'-1' is not a number");
	assert_wrong("monitor --count 1x", "'1x' is not a number");
	assert_wrong("monitor --count ''", "'' is not a number");
	assert_wrong("monitor --count 99999999999999999999999", "too large");
	assert_wrong("monitor --timeout soon", "'soon' is not a span");
	assert_wrong("monitor --timeout -1", "'-1' is not a span");
	assert_wrong("top --interval 0", "'0' is no time at all");
	assert_wrong("watch mydev0 --interval 0ms", "'0ms' is no time at all");
	assert_wrong("monitor --until bang", "there is no 'bang'");
	assert_wrong("inject mydev0 bang", "there is no 'bang'");
	assert_wrong("events --since tomorrow", "'tomorrow' is not a time");
	assert_wrong("list --columns name,bogus", "there is no column 'bogus'");
	assert_wrong("list --columns ''", "column");
	assert_wrong("list --columns counters", "there is no column 'counters'");
	assert_wrong("top --columns name", "there is no column 'name'");
	assert_wrong("add --columns name", "unknown option '--columns'");
	assert_wrong("doctor --noheadings", "unknown option '--noheadings'");
}

static void an_unknown_value_lists_the_valid_ones(void **state)
{
	_cleanup_line_ struct line line;

	parse_line(&line, "set mydev0 rx-policy=bang", false);
	assert_int_equal(line.r, -EINVAL);
	assert_string_equal(line.error.attribute, "rx-policy");
	assert_int_equal(mydev_strv_length(line.error.choice), mydev_rx_policy_names.n_values);
}

static void what_may_not_stand_there_is_not_offered(void **state)
{
	_cleanup_line_ struct line line;

	parse_line(&line, "inject mydev0 none", false);
	assert_int_equal(line.r, -EINVAL);
	assert_string_equal(line.error.cause, "there is no 'none'");
	assert_int_equal(mydev_strv_length(line.error.choice), mydev_fault_code_names.n_values - 1);
	assert_string_equal(line.error.choice[0], "hardware");
}

/* ---- The table itself ---- */

static void every_row_is_whole(void **state)
{
	for_each_command(cmd) {
		assert_non_null(cmd->summary);
		assert_non_null(cmd->description);
		assert_non_null(cmd->examples);
		assert_non_null(cmd->kind);
		assert_non_null(cmd->run);
		for_each_param(arg, cmd->args)
			assert_non_null(arg->doc);
		for_each_param(option, cmd->options) {
			assert_non_null(option->doc);
			assert_true(!option->metavar == (option->type == VALUE_NONE));
		}
	}
}

/* Fields are separated by commas, or by a plus where they share a column; bars have a ~. */
static int split_columns(const char *columns, char ***ret)
{
	_cleanup_free_ char *own = strdup(columns);

	for (char *p = own; *p; p++)
		if (*p == '+')
			*p = ',';
	for (char *p = own; (p = strchr(p, '~'));)
		memmove(p, p + 1, strlen(p));
	return mydev_strv_split(own, ',', ret);
}

static void columns_of_the_table_are_fields(void **state)
{
	for_each_command(cmd) {
		_cleanup_strv_ char **names = NULL;

		if (!cmd->columns)
			continue;
		assert_int_equal(split_columns(cmd->columns, &names), 0);
		for (char **name = names; name && *name; name++)
			if (!mydev_field_find(cmd->kind, *name))
				fail_msg("%s: there is no column %s", cmd->name, *name);
	}
}

static void examples_of_the_table_parse(void **state)
{
	for_each_command(cmd) {
		for (const char *const *example = cmd->examples; *example; example++) {
			_cleanup_free_ char *text = strndup(*example, strcspn(*example, "|"));
			_cleanup_line_ struct line line;

			parse_line(&line, text, cmd->flags & COMMAND_SESSION);
			if (line.r)
				fail_msg("%s: %s", text, line.error.cause);
			assert_ptr_equal(line.inv.command, cmd);
		}
	}
}

/* The devices and other arguments of the line, joined by blanks, where mydev7 is selected. */
static void assert_selected(const char *text, const char *want)
{
	_cleanup_free_ char *got = NULL;
	_cleanup_line_ struct line line = {};
	enum token_end end;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_int_equal(tokenize(text, &line.words, &end), 0);
	line.r = parse_selected(line.words, true, "mydev7", &line.inv, &line.error);
	if (line.r)
		fail_msg("%s: %s", text, line.error.cause);
	for_each_param(arg, line.inv.command->args)
		invocation_for_each(value, &line.inv, arg->name)
			fprintf(out, "%s%s", ftell(out) ? " " : "", value->text);
	assert_int_equal(fclose(out), 0);
	if (strcmp(got, want) != 0)
		fail_msg("'%s' is about '%s', not '%s'", text, got, want);
}

static void the_selected_device_stands_for_one_left_out(void **state)
{
	assert_selected("status", "mydev7");
	assert_selected("reset --counters", "mydev7");
	assert_selected("set rx-size=64K", "mydev7 rx-size=64K");
	assert_selected("inject overheat 'too hot'", "mydev7 overheat too hot");
	assert_selected("send hello", "mydev7 hello");
	assert_selected("send -- -x", "mydev7 -x");
	assert_selected("receive --count 3", "mydev7");
}

static void a_device_that_is_named_needs_no_other(void **state)
{
	assert_selected("status mydev0", "mydev0");
	assert_selected("reset mydev0 nosuch", "mydev0 nosuch");
	assert_selected("set 3 rx-size=64K", "3 rx-size=64K");
	assert_selected("set rx-size=64K mydev0", "mydev0 rx-size=64K");
	assert_selected("inject /dev/mydev0 overheat", "mydev0 overheat");
	assert_selected("send mydev0 hello", "mydev0 hello");
	assert_selected("send mydevil", "mydev7 mydevil");
}

static void what_takes_no_device_is_not_given_one(void **state)
{
	assert_selected("select", "");
	assert_selected("list", "");
	assert_selected("add virt", "virt");
	assert_selected("help reset", "reset");
}

static void a_misspelt_device_is_not_the_selected_one(void **state)
{
	_cleanup_line_ struct line line = {};
	enum token_end end;

	assert_int_equal(tokenize("remove nosuch", &line.words, &end), 0);
	assert_int_equal(parse_selected(line.words, true, "mydev7", &line.inv, &line.error),
			 -EINVAL);
}

static void assert_wants(const char *text, const char *param, uint32_t id, const char *name,
			 bool want)
{
	_cleanup_line_ struct line line;

	parse_line(&line, text, false);
	assert_int_equal(line.r, 0);
	if (invocation_wants_device(&line.inv, param, id, name) != want)
		fail_msg("%s: %s%s", text, want ? "not " : "", name);
}

static void devices_are_chosen_by_name_number_and_node(void **state)
{
	assert_wants("monitor", "DEV", 7, "mydev7", true);
	assert_wants("monitor mydev7", "DEV", 7, "mydev7", true);
	assert_wants("monitor 3 7", "DEV", 7, "mydev7", true);
	assert_wants("monitor /dev/mydev7", "DEV", 7, "mydev7", true);
	assert_wants("monitor mydev", "DEV", 7, "mydev7", false);
	assert_wants("monitor 7x 77 -- -7", "DEV", 7, "mydev7", false);
	assert_wants("events", "device", 7, "mydev7", true);
	assert_wants("events --device 7", "device", 7, "mydev7", true);
	assert_wants("events -d mydev3 -d 7", "device", 7, "mydev7", true);
	assert_wants("events --device 3", "device", 7, "mydev7", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_may_be_shortened),
		cmocka_unit_test(a_name_wins_over_a_prefix),
		cmocka_unit_test(an_ambiguous_command_lists_what_it_could_be),
		cmocka_unit_test(a_misspelt_command_is_recognised),
		cmocka_unit_test(what_shares_one_letter_with_a_command_is_no_misspelling),
		cmocka_unit_test(an_empty_command_is_unknown),
		cmocka_unit_test(no_command_is_fine_on_the_command_line_only),
		cmocka_unit_test(exit_is_for_sessions_only),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(a_value_follows_in_each_gnu_form),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(json_has_styles),
		cmocka_unit_test(json_is_seen_behind_a_mistake),
		cmocka_unit_test(json_may_be_shortened_and_joined_behind_a_mistake),
		cmocka_unit_test(json_of_an_unknown_style_is_json),
		cmocka_unit_test(wrong_options_are_told),
		cmocka_unit_test(an_option_that_wants_a_value_says_so),
		cmocka_unit_test(options_of_the_program_stand_before_the_command),
		cmocka_unit_test(hosts_may_stand_anywhere_outside_of_sessions),
		cmocka_unit_test(what_ssh_would_take_for_an_option_is_no_host),
		cmocka_unit_test(help_and_version_are_commands_in_disguise),
		cmocka_unit_test(a_device_may_be_its_node),
		cmocka_unit_test(a_device_may_be_a_link_to_its_node),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_setting_without_sign_is_explained),
		cmocka_unit_test(too_much_is_told),
		cmocka_unit_test(settings_are_read_by_the_field_table),
		cmocka_unit_test(only_what_a_request_takes_is_a_setting),
		cmocka_unit_test(wrong_settings_are_told),
		cmocka_unit_test(wrong_values_are_told),
		cmocka_unit_test(an_unknown_value_lists_the_valid_ones),
		cmocka_unit_test(what_may_not_stand_there_is_not_offered),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(columns_of_the_table_are_fields),
		cmocka_unit_test(examples_of_the_table_parse),
		cmocka_unit_test(the_selected_device_stands_for_one_left_out),
		cmocka_unit_test(a_device_that_is_named_needs_no_other),
		cmocka_unit_test(what_takes_no_device_is_not_given_one),
		cmocka_unit_test(a_misspelt_device_is_not_the_selected_one),
		cmocka_unit_test(devices_are_chosen_by_name_number_and_node),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
