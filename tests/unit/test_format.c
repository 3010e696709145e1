// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text out of values.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "format.h"

static void text_is_as_long_as_it_must_be(void **state)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(mydev_asprintf(&text, "%s-%*d", "a", 1000, 7), 0);
	assert_int_equal(strlen(text), 1002);
	assert_string_equal(text + 1001, "7");
}

static void text_that_cannot_be_is_null(void **state)
{
	char *text = (char *)"untouched";

	/* The C locale has no such character. */
	assert_int_equal(mydev_asprintf(&text, "%ls", L"\x7fffffff"), -ENOMEM);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_as_long_as_it_must_be),
		cmocka_unit_test(text_that_cannot_be_is_null),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
