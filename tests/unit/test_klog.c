// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which lines of the kernel's log a report has.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/klog.h"
#include "cli/scoped.h"

/* What is kept of the lines must be want. */
static void assert_kept(const char *lines, const char *want)
{
	_cleanup_(klog_done) struct klog log = {};
	_cleanup_strv_ char **list = NULL;
	_cleanup_free_ char *kept = NULL;

	assert_int_equal(mydev_strv_split(lines, '\n', &list), 0);
	for (char **line = list; line && *line; line++)
		assert_int_equal(klog_add(&log, *line, *line), 0);
	assert_int_equal(klog_end(&log), 0);
	kept = mydev_strv_join(log.kept, "\n");
	assert_string_equal(kept, want);
}

static void lines_that_name_mydev_are_kept(void **state)
{
	assert_kept("usb 1-1: new device\nmydev: loading out-of-tree module\neth0: up\n"
		    "virt mydev0: gone\nmydev_virt: x\nnotmydev: x\nx_mydev: x",
		    "mydev: loading out-of-tree module\nvirt mydev0: gone\nmydev_virt: x");
}

#define OOPS(where)                                                                       \
	"------------[ cut here ]------------\nWARNING: CPU: 0 PID: 1 at " where          \
	"\nModules linked in: mydev_virt mydev\nCall Trace:\n dump_stack\n---[ end trace" \
	" 0 ]---"

static void a_report_that_names_mydev_is_kept_whole(void **state)
{
	assert_kept("a\n" OOPS("mydev_read+0x1/0x2 [mydev]") "\nb",
		    OOPS("mydev_read+0x1/0x2 [mydev]"));
	assert_kept(
		"BUG: unable to handle page fault\nRIP: 0010:mydev_write+0x1/0x2 [mydev]\nCode:",
		"BUG: unable to handle page fault\nRIP: 0010:mydev_write+0x1/0x2 [mydev]\n"
		"Code:");
}

static void a_report_of_something_else_is_not(void **state)
{
	assert_kept(OOPS("ext4_read+0x1/0x2 [ext4]") "\nmydev: x", "mydev: x");
}

static void the_last_lines_count(void **state)
{
	_cleanup_(klog_done) struct klog log = {};
	_cleanup_free_ char *last = NULL;

	for (int i = 0; i < 1000; i++) {
		_cleanup_free_ char *line = NULL;

		assert_true(asprintf(&line, "mydev: %d", i) > 0);
		assert_int_equal(klog_add(&log, line, line), 0);
	}
	assert_int_equal(mydev_strv_length(log.kept), 500);
	assert_string_equal(log.kept[0], "mydev: 500");
	assert_string_equal(log.kept[499], "mydev: 999");
}

static void a_report_without_end_ends(void **state)
{
	_cleanup_(klog_done) struct klog log = {};

	assert_int_equal(klog_add(&log, "Oops", "Oops"), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(klog_add(&log, "x", "x"), 0);
	assert_int_equal(klog_add(&log, "mydev: x", "mydev: x"), 0);
	assert_int_equal(klog_end(&log), 0);
	assert_int_equal(mydev_strv_length(log.kept), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_name_mydev_are_kept),
		cmocka_unit_test(a_report_that_names_mydev_is_kept_whole),
		cmocka_unit_test(a_report_of_something_else_is_not),
		cmocka_unit_test(the_last_lines_count),
		cmocka_unit_test(a_report_without_end_ends),
	};

	return cmocka_run_group_tests_name("klog", tests, NULL, NULL);
}
