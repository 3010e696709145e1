// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: what the library that draws them makes of the text in their cells.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/command.h"
#include "cli/sink.h"
#include "libmydev.h"

static char *draw(const char *columns, bool headings, const struct mydev_desc *desc,
		  const void *obj)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	struct sink *sink = sink_new_table(out, false, columns, headings);

	assert_non_null(sink);
	assert_int_equal(sink->item(sink, desc, obj, 0), 0);
	assert_int_equal(sink->end(sink), 0);
	sink_free(sink);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void what_others_wrote_is_escaped_once(void **state)
{
	struct mydev_dev dev = { .fault_msg = (char *)"\xff\x1b[31m back\\slash" };
	_cleanup_free_ char *text = NULL;

	MYDEV_SET(&dev, DEV, FAULT_MSG);
	text = draw("fault-msg", false, &mydev_dev_desc, &dev);
	assert_string_equal(text, "\\xff\\x1b[31m back\\slash\n");
}

static void registers_are_as_wide_as_they_are(void **state)
{
	struct mydev_register reg = { .device = (char *)"mydev0",
				      .name = (char *)"status",
				      .offset = 0x20,
				      .size = 2,
				      .value = 0x80,
				      .doc = (char *)"bit 7: ready" };
	_cleanup_free_ char *text = NULL;

	MYDEV_SET(&reg, REGISTER, DEVICE);
	MYDEV_SET(&reg, REGISTER, NAME);
	MYDEV_SET(&reg, REGISTER, OFFSET);
	MYDEV_SET(&reg, REGISTER, SIZE);
	MYDEV_SET(&reg, REGISTER, VALUE);
	MYDEV_SET(&reg, REGISTER, DOC);
	text = draw(command_find("registers", NULL, NULL)->columns, true, &mydev_register_desc,
		    &reg);
	assert_string_equal(text, "DEVICE NAME   OFFSET SIZE  VALUE DOC\n"
				  "mydev0 status   0x20  2 B 0x0080 bit 7: ready\n");
}

/* What a screen of 24 lines shows of n devices, without what moves the cursor. */
static char *draw_screen(bool headings, unsigned int n)
{
	size_t size;
	char *text, *to;
	FILE *out = open_memstream(&text, &size);
	struct sink *sink = sink_new_screen(out, false, "device,fill", headings);
	struct mydev_load load = { .device = (char *)"mydev" };

	assert_non_null(sink);
	MYDEV_SET(&load, LOAD, DEVICE);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(sink->item(sink, &mydev_load_desc, &load, 0), 0);
	assert_int_equal(sink->picture(sink), 0);
	sink_free(sink);
	assert_int_equal(fclose(out), 0);
	to = text;
	for (const char *from = text; *from; from++)
		if (*from == '\x1b')
			from += strcspn(from, "HJKm");
		else
			*to++ = *from;
	*to = '\0';
	return text;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

static void a_screen_may_have_no_headings(void **state)
{
	_cleanup_free_ char *with = draw_screen(true, 2), *without = draw_screen(false, 2);
	_cleanup_free_ char *full = draw_screen(true, 22), *more = draw_screen(true, 23);
	_cleanup_free_ char *bare_full = draw_screen(false, 23),
			    *bare_more = draw_screen(false, 24);
	_cleanup_free_ char *nothing = draw_screen(false, 0);

	assert_string_equal(with, "DEVICE FILL\nmydev\nmydev\n");
	assert_string_equal(without, "mydev\nmydev\n");
	assert_string_equal(nothing, "no devices\n");
	assert_int_equal(count_lines(full), 23);
	assert_null(strstr(full, "more"));
	assert_non_null(strstr(more, "mydev\n2 more\n"));
	assert_int_equal(count_lines(bare_full), 23);
	assert_null(strstr(bare_full, "more"));
	assert_int_equal(count_lines(bare_more), 23);
	assert_non_null(strstr(bare_more, "mydev\n2 more\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_wrote_is_escaped_once),
		cmocka_unit_test(registers_are_as_wide_as_they_are),
		cmocka_unit_test(a_screen_may_have_no_headings),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
