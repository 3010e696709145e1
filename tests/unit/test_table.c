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
#include "cli/sink.h"
#include "libmydev.h"

static char *draw(const char *columns, const struct mydev_dev *dev)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	struct sink *sink = sink_new_table(out, false, columns, false);

	assert_non_null(sink);
	assert_int_equal(sink->item(sink, &mydev_dev_desc, dev, 0), 0);
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
	text = draw("fault-msg", &dev);
	assert_string_equal(text, "\\xff\\x1b[31m back\\slash\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_wrote_is_escaped_once),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
