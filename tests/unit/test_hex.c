// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as hexadecimal digits, and back, in parts of any length.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/hex.h"

static void every_byte_comes_back(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct hex_reader reader = {};
	uint8_t all[256], back[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	text = hex_encode(all, sizeof(all));
	assert_int_equal(strlen(text), 512);
	assert_int_equal(hex_read(&reader, text, strlen(text), back), 256);
	assert_memory_equal(all, back, sizeof(all));
}

static void nothing_is_an_empty_text(void **state)
{
	_cleanup_free_ char *text = hex_encode("", 0);
	struct hex_reader reader = {};

	assert_string_equal(text, "");
	assert_int_equal(hex_read(&reader, "", 0, text), 0);
	assert_int_equal(hex_end(&reader), 0);
}

static void white_space_and_case_mean_nothing(void **state)
{
	const char *text = " 4 8\n6F\t7a ";
	struct hex_reader reader = {};
	char out[8];

	assert_int_equal(hex_read(&reader, text, strlen(text), out), 3);
	assert_memory_equal(out, "Hoz", 3);
	assert_int_equal(hex_end(&reader), 0);
}

static void a_byte_may_come_in_two_parts(void **state)
{
	struct hex_reader reader = {};
	char part[] = "486", out[2];

	assert_int_equal(hex_read(&reader, part, 3, part), 1);
	assert_int_equal(part[0], 'H');
	assert_int_equal(hex_end(&reader), -EINVAL);
	assert_int_equal(hex_read(&reader, "f", 1, out), 1);
	assert_int_equal(out[0], 'o');
	assert_int_equal(hex_end(&reader), 0);
}

static void what_is_no_digit_is_found(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint64_t position;
	} bad[] = { { "48 6x", 5, 4 }, { "0x48", 4, 1 }, { "48\0", 3, 2 }, { "\xff", 1, 0 } };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(bad); i++) {
		struct hex_reader reader = {};
		char out[8];

		assert_int_equal(hex_read(&reader, bad[i].text, bad[i].len, out), -EINVAL);
		assert_int_equal(reader.position, bad[i].position);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(nothing_is_an_empty_text),
		cmocka_unit_test(white_space_and_case_mean_nothing),
		cmocka_unit_test(a_byte_may_come_in_two_parts),
		cmocka_unit_test(what_is_no_digit_is_found),
	};

	return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
