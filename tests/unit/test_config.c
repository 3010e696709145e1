// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's configuration: what it takes, what it warns of, what it refuses, and which file counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/attempts.h"
#include "daemon/config.h"
#include "format.h"
#include "span.h"
#include "strv.h"

struct parsed {
	struct config config;
	struct config_report report;
	int r;
};

static void parsed_clear(struct parsed *parsed)
{
	config_clear(&parsed->config);
	config_report_clear(&parsed->report);
}

#define _cleanup_parsed_ _cleanup_(parsed_clear)

static struct parsed parse(const char *text)
{
	struct parsed parsed = {};
	FILE *file = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(file);
	config_set_defaults(&parsed.config);
	parsed.r = config_parse(file, "x.conf", &parsed.config, &parsed.report);
	fclose(file);
	return parsed;
}

static void assert_says(const struct parsed *parsed, const char *line)
{
	assert_non_null(parsed->report.lines);
	assert_string_equal(parsed->report.lines[0], line);
	assert_null(parsed->report.lines[1]);
}

static void takes_every_key(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("# a comment\n"
						 "[Recovery]\n"
						 "Reset=yes\n"
						 "  GraceSec = 500ms\n"
						 "Tries=5\n"
						 "PeriodSec=1h 30min\n"
						 "[Hooks]\n"
						 "TimeoutSec=10\n"
						 "fault=/bin/true\n"
						 "overrun-begin=/bin/sh\n"
						 "given-up=/bin/false\n"
						 "any=/bin/cat\n");

	assert_int_equal(p.r, 0);
	assert_null(p.report.lines);
	assert_false(p.report.refused);
	assert_true(p.config.recovery_reset);
	assert_int_equal(p.config.recovery_grace_usec, USEC_PER_SEC / 2);
	assert_int_equal(p.config.recovery_tries, 5);
	assert_int_equal(p.config.recovery_period_usec, 5400 * USEC_PER_SEC);
	assert_int_equal(p.config.hook_timeout_usec, 10 * USEC_PER_SEC);
	assert_string_equal(p.config.hooks[MYDEV_EVENT_TYPE_FAULT], "/bin/true");
	assert_string_equal(p.config.hooks[MYDEV_EVENT_TYPE_OVERRUN_BEGIN], "/bin/sh");
	assert_string_equal(p.config.hooks[CONFIG_HOOK_ANY], "/bin/cat");
	assert_string_equal(p.config.hooks[CONFIG_HOOK_GIVEN_UP], "/bin/false");
}

static void nothing_is_configured_by_default(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("\n");

	assert_false(p.config.recovery_reset);
	for (size_t i = 0; i < CONFIG_N_HOOKS; i++)
		assert_null(p.config.hooks[i]);
}

static void every_event_can_have_a_hook(void **state)
{
	for (size_t i = 0; i < mydev_event_type_names.n_values; i++) {
		const struct mydev_enum_value *type = &mydev_event_type_names.values[i];
		_cleanup_free_ char *text = NULL;
		_cleanup_parsed_ struct parsed p = {};

		assert_int_equal(mydev_asprintf(&text, "[Hooks]\n%s=/bin/true\n", type->name), 0);
		p = parse(text);
		assert_null(p.report.lines);
		assert_string_equal(p.config.hooks[type->value], "/bin/true");
	}
}

static void an_unknown_key_is_a_warning(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("[Recovery]\nReset=yes\nrest=no\n");

	assert_false(p.report.refused);
	assert_true(p.config.recovery_reset);
	assert_says(&p, "x.conf:3: unknown key rest in section [Recovery], ignored");
}

static void a_key_of_another_section_is_unknown(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("[Recovery]\nfault=/x\n");

	assert_false(p.report.refused);
	assert_says(&p, "x.conf:2: unknown key fault in section [Recovery], ignored");
}

static void a_key_before_any_section_is_a_warning(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("Reset=yes\n");

	assert_false(p.report.refused);
	assert_says(&p, "x.conf:1: key Reset before any [Section], ignored");
}

static void a_hook_that_cannot_be_run_is_a_warning(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "[Hooks]\nfault=/nonexistent\n",
		  "x.conf:2: fault=/nonexistent: cannot be run as it is: No such file or directory" },
		{ "[Hooks]\nfault=/bin/echo hello\n",
		  "x.conf:2: fault=/bin/echo hello: cannot be run as it is: No such file or directory" },
		{ "[Hooks]\nany=/tmp\n",
		  "x.conf:2: any=/tmp: cannot be run as it is: it is not a file" },
		{ "[Hooks]\nany=/etc/passwd\n",
		  "x.conf:2: any=/etc/passwd: cannot be run as it is: it is not executable (chmod +x)" },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(bad); i++) {
		_cleanup_parsed_ struct parsed p = parse(bad[i].text);

		assert_false(p.report.refused);
		assert_says(&p, bad[i].says);
	}
}

static void bad_values_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "[Recovery]\n\nReset=perhaps\n", "x.conf:3: Reset=perhaps: must be yes or no" },
		{ "[Recovery]\nGraceSec=-1\n",
		  "x.conf:2: GraceSec=-1: must be a span of time, as 500ms, 2s or 10min" },
		{ "[Recovery]\nGraceSec=999999999999999999999\n",
		  "x.conf:2: GraceSec=999999999999999999999: must be a span of time, as 500ms, 2s or 10min" },
		{ "[Recovery]\nPeriodSec=0\n",
		  "x.conf:2: PeriodSec=0: must be a span of time above 0, as 500ms, 2s or 10min" },
		{ "[Recovery]\nTries=0\n", "x.conf:2: Tries=0: must be a number from 1 to 1000" },
		{ "[Recovery]\nTries=3x\n", "x.conf:2: Tries=3x: must be a number from 1 to 1000" },
		{ "[Hooks]\nfault=page-me\n",
		  "x.conf:2: fault=page-me: must be the absolute path of a program, without arguments" },
		{ "[Hooks\n", "x.conf:1: neither [Section] nor Key=value" },
		{ "[Hooks]\nfault\n", "x.conf:2: neither [Section] nor Key=value" },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(bad); i++) {
		_cleanup_parsed_ struct parsed p = parse(bad[i].text);

		assert_true(p.report.refused);
		assert_says(&p, bad[i].says);
	}
}

static void an_indented_line_is_a_line_of_its_own(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("[Recovery]\nReset=yes\n\tTries=7\n");

	assert_null(p.report.lines);
	assert_int_equal(p.config.recovery_tries, 7);
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	char text[1024];

	snprintf(text, sizeof(text), "[Hooks]\nfault=/%0500d\nany=/bin/true\n", 0);
	_cleanup_parsed_ struct parsed p = parse(text);

	assert_true(p.report.refused);
	assert_null(p.config.hooks[MYDEV_EVENT_TYPE_FAULT]);
	assert_string_equal(p.config.hooks[CONFIG_HOOK_ANY], "/bin/true");
	assert_int_equal(mydev_strv_length(p.report.lines), 1);
}

static void an_empty_value_takes_a_hook_back(void **state)
{
	_cleanup_parsed_ struct parsed p = parse("[Hooks]\nfault=/bin/true\nfault=\n");

	assert_null(p.report.lines);
	assert_null(p.config.hooks[MYDEV_EVENT_TYPE_FAULT]);
}

/* ---- Files ---- */

struct tree {
	char path[32];
	char etc[64], lib[64];
	const char *folders[3];
};

static int make_tree(void **state)
{
	static struct tree tree;

	strcpy(tree.path, "/tmp/mydev-config-XXXXXX");
	if (!mkdtemp(tree.path))
		return -1;
	snprintf(tree.etc, sizeof(tree.etc), "%s/etc", tree.path);
	snprintf(tree.lib, sizeof(tree.lib), "%s/lib", tree.path);
	tree.folders[0] = tree.etc;
	tree.folders[1] = tree.lib;
	*state = &tree;
	return 0;
}

static int remove_one(const char *path, const struct stat *what, int type, struct FTW *where)
{
	return remove(path);
}

static int remove_tree(void **state)
{
	const struct tree *tree = *state;

	return nftw(tree->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(const char *path)
{
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static void put(const char *folder, const char *name, const char *text)
{
	_cleanup_free_ char *drop_ins = NULL, *path = NULL;
	FILE *file;

	make_folder(folder);
	assert_int_equal(mydev_asprintf(&drop_ins, "%s/mydevd.conf.d", folder), 0);
	make_folder(drop_ins);
	assert_int_equal(mydev_asprintf(&path, "%s/%s", folder, name), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct parsed load(const struct tree *tree)
{
	struct parsed parsed = {};

	parsed.r = config_load(tree->folders, &parsed.config, &parsed.report);
	return parsed;
}

static void without_files_the_defaults_hold(void **state)
{
	_cleanup_parsed_ struct parsed p = load(*state);

	assert_int_equal(p.r, 0);
	assert_null(p.report.lines);
	assert_int_equal(p.config.recovery_tries, 3);
}

static void the_first_folder_with_the_file_wins(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};

	put(tree->lib, "mydevd.conf", "[Recovery]\nTries=1\nReset=yes\n");
	put(tree->etc, "mydevd.conf", "[Recovery]\nTries=2\n");
	p = load(tree);
	assert_int_equal(p.config.recovery_tries, 2);
	assert_false(p.config.recovery_reset);
}

static void drop_ins_come_after_the_file_and_by_name(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};

	put(tree->etc, "mydevd.conf", "[Recovery]\nTries=2\nReset=yes\n");
	put(tree->lib, "mydevd.conf.d/20-b.conf", "[Recovery]\nTries=20\n");
	put(tree->etc, "mydevd.conf.d/10-a.conf", "[Recovery]\nTries=10\n");
	put(tree->etc, "mydevd.conf.d/30-c.conf~", "[Recovery]\nTries=30\n");
	p = load(tree);
	assert_int_equal(p.config.recovery_tries, 20);
	assert_true(p.config.recovery_reset);
}

static void a_drop_in_hides_its_namesake_in_a_later_folder(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};

	put(tree->lib, "mydevd.conf.d/a.conf", "[Recovery]\nReset=yes\n");
	put(tree->etc, "mydevd.conf.d/a.conf", "");
	p = load(tree);
	assert_false(p.config.recovery_reset);
}

static void one_bad_value_refuses_all_of_it(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};

	put(tree->etc, "mydevd.conf", "[Recovery]\nReset=yes\n");
	put(tree->etc, "mydevd.conf.d/a.conf", "[Recovery]\nTries=many\n");
	p = load(tree);
	assert_int_equal(p.r, -EINVAL);
	assert_non_null(strstr(p.report.lines[0], "/etc/mydevd.conf.d/a.conf:2: Tries=many: "));
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};
	_cleanup_free_ char *path = NULL;

	put(tree->etc, "mydevd.conf.d/a.conf", "");
	assert_int_equal(mydev_asprintf(&path, "%s/mydevd.conf", tree->etc), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	p = load(tree);
	assert_true(p.r < 0);
	assert_non_null(strstr(p.report.lines[0], "/etc/mydevd.conf: cannot be read: "));
}

static void what_is_there_and_cannot_be_read_is_refused(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};
	_cleanup_free_ char *path = NULL;

	/* A folder of drop-ins that is none, as root may enter any. */
	put(tree->etc, "mydevd.conf", "[Recovery]\nReset=yes\n");
	assert_int_equal(mydev_asprintf(&path, "%s/mydevd.conf.d", tree->etc), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("mydevd.conf.d", path), 0);
	p = load(tree);
	assert_int_equal(p.r, -ELOOP);
	assert_non_null(strstr(p.report.lines[0], "/etc/mydevd.conf.d: cannot be read: "));
}

static void the_files_that_count_are_listed(void **state)
{
	const struct tree *tree = *state;
	_cleanup_parsed_ struct parsed p = {};

	put(tree->etc, "mydevd.conf", "");
	put(tree->lib, "mydevd.conf", "");
	put(tree->lib, "mydevd.conf.d/a.conf", "");
	p = load(tree);
	assert_int_equal(mydev_strv_length(p.report.files), 2);
	assert_non_null(strstr(p.report.files[0], "/etc/mydevd.conf"));
	assert_non_null(strstr(p.report.files[1], "/lib/mydevd.conf.d/a.conf"));
}

/* ---- Attempts ---- */

static void attempts_are_counted_within_a_period(void **state)
{
	struct attempts attempts = {};

	for (uint64_t t = 10; t < 15; t++)
		assert_int_equal(attempts_add(&attempts, t), 0);
	attempts_expire(&attempts, 20, 10);
	assert_int_equal(attempts.n, 4);
	attempts_expire(&attempts, 23, 10);
	assert_int_equal(attempts.n, 1);
	assert_int_equal(attempts.usec[0], 14);
	attempts_expire(&attempts, 24, 10);
	assert_int_equal(attempts.n, 0);
	attempts_clear(&attempts);
}

#define on_tree(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_key),
		cmocka_unit_test(nothing_is_configured_by_default),
		cmocka_unit_test(every_event_can_have_a_hook),
		cmocka_unit_test(an_unknown_key_is_a_warning),
		cmocka_unit_test(a_key_of_another_section_is_unknown),
		cmocka_unit_test(a_key_before_any_section_is_a_warning),
		cmocka_unit_test(a_hook_that_cannot_be_run_is_a_warning),
		cmocka_unit_test(bad_values_are_refused),
		cmocka_unit_test(an_indented_line_is_a_line_of_its_own),
		cmocka_unit_test(a_line_that_is_too_long_is_refused),
		cmocka_unit_test(an_empty_value_takes_a_hook_back),
		on_tree(without_files_the_defaults_hold),
		on_tree(the_first_folder_with_the_file_wins),
		on_tree(drop_ins_come_after_the_file_and_by_name),
		on_tree(a_drop_in_hides_its_namesake_in_a_later_folder),
		on_tree(one_bad_value_refuses_all_of_it),
		on_tree(a_file_that_cannot_be_read_is_named),
		on_tree(what_is_there_and_cannot_be_read_is_refused),
		on_tree(the_files_that_count_are_listed),
		cmocka_unit_test(attempts_are_counted_within_a_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
