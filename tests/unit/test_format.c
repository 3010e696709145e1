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
#include "libmydev.h"

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

static void assert_bytes(uint64_t bytes, const char *rounded, const char *exact)
{
	_cleanup_free_ char *one = NULL, *other = NULL;

	assert_int_equal(mydev_format_bytes(bytes, false, &one), 0);
	assert_string_equal(one, rounded);
	assert_int_equal(mydev_format_bytes(bytes, true, &other), 0);
	assert_string_equal(other, exact);
}

static void amounts_of_data_are_in_binary_units(void **state)
{
	assert_bytes(0, "0 B", "0 B");
	assert_bytes(1023, "1023 B", "1023 B");
	assert_bytes(1024, "1 KiB", "1 KiB");
	assert_bytes(1025, "1.0 KiB", "1.0 KiB (1025 B)");
	assert_bytes(12345, "12.1 KiB", "12.1 KiB (12345 B)");
	assert_bytes(64 << 20, "64 MiB", "64 MiB");
	assert_bytes(UINT64_C(5) << 50, "5 PiB", "5 PiB");
	assert_bytes(UINT64_MAX, "16.0 EiB", "16.0 EiB (18446744073709551615 B)");
}

static void assert_duration(uint64_t ns, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(mydev_format_duration(ns, &text), 0);
	assert_string_equal(text, expected);
}

static void durations_have_the_unit_that_fits(void **state)
{
	assert_duration(0, "0 ns");
	assert_duration(999, "999 ns");
	assert_duration(1000, "1.0 us");
	assert_duration(999999, "999.9 us");
	assert_duration(1000000, "1.0 ms");
	assert_duration(999999999, "999.9 ms");
	assert_duration(1000000000, "1.0 s");
	assert_duration(59999999999, "59.9 s");
	assert_duration(60000000000, "1 min 0 s");
	assert_duration(UINT64_C(3599) * 1000000000, "59 min 59 s");
	assert_duration(UINT64_C(3600) * 1000000000, "1 h 0 min");
	assert_duration(UINT64_MAX, "5124095 h 34 min");
}

static void assert_speed(uint64_t mbps, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(mydev_format_speed(mbps, &text), 0);
	assert_string_equal(text, expected);
}

static void speeds_are_in_the_units_of_the_bus(void **state)
{
	assert_speed(12, "12 Mb/s");
	assert_speed(480, "480 Mb/s");
	assert_speed(999, "999 Mb/s");
	assert_speed(1000, "1 Gb/s");
	assert_speed(2500, "2.5 Gb/s");
	assert_speed(5000, "5 Gb/s");
	assert_speed(20000, "20 Gb/s");
	assert_speed(1050, "1050 Mb/s");
	assert_speed(UINT32_MAX, "4294967295 Mb/s");
}

static void assert_value(const struct mydev_desc *desc, const char *name, const void *obj,
			 const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(mydev_format_value(mydev_field_find(desc, name), obj, true, &text), 0);
	assert_string_equal(text, expected);
}

static struct mydev_register reg(uint64_t value, uint32_t size)
{
	struct mydev_register reg = { .offset = 0x80, .value = value, .size = size };

	MYDEV_SET(&reg, REGISTER, OFFSET);
	MYDEV_SET(&reg, REGISTER, VALUE);
	MYDEV_SET(&reg, REGISTER, SIZE);
	return reg;
}

static void registers_have_the_digits_of_their_size(void **state)
{
	static const struct {
		uint64_t value;
		uint32_t size;
		const char *expected;
	} rows[] = {
		{ 0xc, 1, "0x0c" },
		{ 0xc, 4, "0x0000000c" },
		{ 0, 8, "0x0000000000000000" },
		{ UINT64_MAX, 8, "0xffffffffffffffff" },
		{ 0x100, 1, "0x100" },
		{ 1, 0, "0x1" },
		{ 1, UINT32_MAX, "0x0000000000000001" },
	};
	struct mydev_register one;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(rows); i++) {
		one = reg(rows[i].value, rows[i].size);
		assert_value(&mydev_register_desc, "value", &one, rows[i].expected);
	}
	assert_value(&mydev_register_desc, "offset", &one, "0x80");
	one = reg(0xc, 4);
	one.has &= ~(UINT64_C(1) << MYDEV_A_REGISTER_SIZE);
	assert_value(&mydev_register_desc, "value", &one, "0xc");
}

static void hardware_has_units(void **state)
{
	struct mydev_dev dev = { .link_speed = 480, .dma_bytes = 4096, .interrupts = 7 };

	MYDEV_SET(&dev, DEV, LINK_SPEED);
	MYDEV_SET(&dev, DEV, DMA_BYTES);
	MYDEV_SET(&dev, DEV, INTERRUPTS);
	assert_value(&mydev_dev_desc, "link-speed", &dev, "480 Mb/s");
	assert_value(&mydev_dev_desc, "dma-bytes", &dev, "4 KiB");
	assert_value(&mydev_dev_desc, "interrupts", &dev, "7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_as_long_as_it_must_be),
		cmocka_unit_test(text_that_cannot_be_is_null),
		cmocka_unit_test(amounts_of_data_are_in_binary_units),
		cmocka_unit_test(durations_have_the_unit_that_fits),
		cmocka_unit_test(registers_have_the_digits_of_their_size),
		cmocka_unit_test(hardware_has_units),
		cmocka_unit_test(speeds_are_in_the_units_of_the_bus),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
