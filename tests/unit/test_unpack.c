// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes from another mydevctl, in pieces of any size and amid other things, as objects again.
 */

#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/scoped.h"
#include "cli/sink.h"
#include "cli/unpack.h"

MYDEV_DEFINE_CLEANUP(struct unpack *, unpack_free);

/* Writes "KIND:ITEM " for each. */
static int note(const char *kind, struct json_object *item, void *userdata)
{
	if (!item)
		return 0;
	fprintf(userdata, "%s:%s ", kind,
		json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN));
	return 0;
}

/* text in pieces of that size; what was found must be want. */
static void assert_unpacks(const char *text, size_t piece, int r, bool whole, const char *want)
{
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	_cleanup_free_ char *found = NULL;
	size_t size, len = strlen(text);
	FILE *out = open_memstream(&found, &size);
	int got = 0;

	assert_int_equal(unpack_new(&u, note, out), 0);
	for (size_t i = 0; i < len && got >= 0; i += piece)
		got = unpack_feed(u, text + i, piece < len - i ? piece : len - i);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(got, r);
	assert_string_equal(found, want);
	if (!r)
		assert_int_equal(unpack_is_whole(u), whole);
}

static void assert_finds(const char *text, bool whole, const char *want)
{
	assert_unpacks(text, 1, 0, whole, want);
	assert_unpacks(text, 7, 0, whole, want);
	assert_unpacks(text, SIZE_MAX, 0, whole, want);
}

#define HEAD(kind) "{\"format\":\"mydev/1\",\"kind\":\"" kind "\",\"items\":["

static void items_are_found(void **state)
{
	assert_finds(HEAD("dev") "]}\n", true, "");
	assert_finds(HEAD("dev") "{\"name\":\"a\"},{\"name\":\"b\"}]}\n", true,
		     "dev:{\"name\":\"a\"} dev:{\"name\":\"b\"} ");
	assert_finds(HEAD("dev") "{\"a\":1}]}\n" HEAD("sync") "{}]}\n", true,
		     "dev:{\"a\":1} sync:{} ");
}

static int note_kind(const char *kind, struct json_object *item, void *userdata)
{
	if (!item)
		fprintf(userdata, "%s ", kind);
	return 0;
}

static void a_document_says_its_kind_also_when_it_is_empty(void **state)
{
	static const char text[] = HEAD("check") "]}\n" HEAD("dev") "{},{}],\"errors\":[{}]}\n";
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	_cleanup_free_ char *kinds = NULL;
	size_t size;
	FILE *out = open_memstream(&kinds, &size);

	assert_int_equal(unpack_new(&u, note_kind, out), 0);
	assert_int_equal(unpack_feed(u, text, strlen(text)), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(kinds, "check dev ");
}

static void errors_are_items_of_their_own_kind(void **state)
{
	assert_finds(HEAD("dev") "{\"a\":1}],\"errors\":[{\"cause\":\"x\"}]}\n", true,
		     "dev:{\"a\":1} error:{\"cause\":\"x\"} ");
	assert_finds(HEAD("error") "{\"cause\":\"x\"}]}\n", true, "error:{\"cause\":\"x\"} ");
}

static void brackets_in_strings_and_within_items_are_no_end(void **state)
{
	assert_finds(HEAD("dev") "{\"a\":\"]}\\\"[{\",\"b\":[{\"c\":[]}],\"d\":\"\\\\\"}]}\n", true,
		     "dev:{\"a\":\"]}\\\"[{\",\"b\":[{\"c\":[]}],\"d\":\"\\\\\"} ");
}

static void what_a_later_version_adds_is_passed_over(void **state)
{
	assert_finds("{\"format\":\"mydev/1\",\"new\":{\"a\":[1]},\"kind\":\"dev\",\"items\":[{}]"
		     ",\"more\":2}\n",
		     true, "dev:{} ");
}

static void other_lines_are_passed_over(void **state)
{
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	const char *text = "Welcome to {\"format\":\"mydev/1\"\n\n{\"format\":\"x\"}\n";

	assert_finds("Hello\n\n" HEAD("dev") "{}]}\nbye\n", true, "dev:{} ");
	assert_finds(text, false, "");
	assert_int_equal(unpack_new(&u, note, NULL), 0);
	assert_null(unpack_other_line(u));
	assert_int_equal(unpack_feed(u, text, strlen(text)), 0);
	assert_string_equal(unpack_other_line(u), "Welcome to {\"format\":\"mydev/1\"");
}

static void what_ends_early_is_not_whole(void **state)
{
	assert_finds("", false, "");
	assert_finds("{\"form", false, "");
	assert_finds(HEAD("dev") "{},{\"a", false, "dev:{} ");
	assert_finds(HEAD("dev") "]}\n" HEAD("dev") "{}", false, "dev:{} ");
}

static void what_is_broken_is_told(void **state)
{
	static const char *const broken[] = {
		"{\"format\":\"mydev/2\",\"kind\":\"dev\",\"items\":[",
		"{\"format\":\"mydev/1\",\"items\":[",
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"what\":[",
		"{\"format\":\"mydev/1\",\"kind\":[",
		HEAD("dev") "1",
		HEAD("dev") "{]",
		HEAD("dev") "{\"a\":nonsense}",
		HEAD("dev") "]} ",
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(broken); i++)
		assert_unpacks(broken[i], SIZE_MAX, -EPROTO, false, "");
}

static void an_item_without_end_does_not_eat_the_memory(void **state)
{
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	char text[4096];
	int r;

	memset(text, 'x', sizeof(text));
	assert_int_equal(unpack_new(&u, note, NULL), 0);
	r = unpack_feed(u, HEAD("dev") "{\"a\":\"", strlen(HEAD("dev") "{\"a\":\""));
	for (int i = 0; i < 64 * 1024 && r >= 0; i++)
		r = unpack_feed(u, text, sizeof(text));
	assert_int_equal(r, -EPROTO);
}

/* Compares what it gets with the object in userdata. */
static int compare(const char *kind, struct json_object *item, void *userdata)
{
	const struct mydev_event *want = userdata;
	_scoped_(event) struct mydev_event event = {};
	bool foreign;

	assert_string_equal(kind, "event");
	if (!item)
		return 0;
	assert_int_equal(unpack_object(&mydev_event_desc, item, &event, &foreign), 0);
	assert_false(foreign);
	assert_int_equal(event.has, want->has);
	assert_int_equal(event.seq, want->seq);
	assert_int_equal(event.event, want->event);
	assert_string_equal(event.epoch, want->epoch);
	assert_string_equal(event.fault_msg, want->fault_msg);
	assert_int_equal(unpack_time(item), UINT64_C(1763877600123000));
	return 0;
}

static void an_object_comes_back_as_it_was_written(void **state)
{
	_scoped_(event) struct mydev_event event = {
		.seq = UINT64_MAX,
		.event = MYDEV_EVENT_TYPE_FAULT,
		.epoch = "4ca56d48-9c2e-4881-a1ae-e3e4d149d8e7",
		.fault_msg = strdup("it's \"here\" \\ \x1b\n\xc3\xbc"),
	};
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MYDEV_SET(&event, EVENT, SEQ);
	MYDEV_SET(&event, EVENT, EVENT);
	MYDEV_SET(&event, EVENT, EPOCH);
	MYDEV_SET(&event, EVENT, FAULT_MSG);
	sink = sink_new_json_stream(out, NULL, false);
	assert_int_equal(sink->item(sink, &mydev_event_desc, &event, UINT64_C(1763877600123456)),
			 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(unpack_new(&u, compare, &event), 0);
	assert_int_equal(unpack_feed(u, text, size), 0);
	assert_true(unpack_is_whole(u));
}

static int read_info(const char *kind, struct json_object *item, void *userdata)
{
	bool *foreign = userdata;
	_scoped_(dev) struct mydev_dev dev = {};

	if (!item)
		return 0;
	assert_int_equal(unpack_object(&mydev_dev_desc, item, &dev, foreign), 0);
	assert_true(MYDEV_HAS(&dev, DEV, NAME));
	assert_false(MYDEV_HAS(&dev, DEV, STATE));
	return 0;
}

static void assert_reads(const char *item, bool foreign)
{
	_cleanup_(unpack_free_p) struct unpack *u = NULL;
	bool is_foreign;

	assert_int_equal(unpack_new(&u, read_info, &is_foreign), 0);
	assert_int_equal(unpack_feed(u, HEAD("dev"), strlen(HEAD("dev"))), 0);
	assert_int_equal(unpack_feed(u, item, strlen(item)), 0);
	assert_int_equal(is_foreign, foreign);
}

static void values_that_are_of_no_use_are_left_out_and_told(void **state)
{
	assert_reads("{\"name\":\"a\",\"new\":1}", false);
	assert_reads("{\"name\":\"a\",\"state\":\"dreaming\"}", true);
	assert_reads("{\"name\":\"a\",\"state\":null}", true);
	assert_reads("{\"name\":\"a\",\"rx_size\":-1}", true);
	assert_reads("{\"name\":\"a\",\"rx_size\":{}}", true);
}

static int read_report(const char *kind, struct json_object *item, void *userdata)
{
	_scoped_(report) struct mydev_report report = {};
	bool foreign;

	if (!item)
		return 0;
	assert_int_equal(unpack_object(&mydev_report_desc, item, &report, &foreign), 0);
	assert_int_equal(report.has & ~(UINT64_C(1) << MYDEV_A_REPORT_NAME), 0);
	assert_true(foreign);
	return 0;
}

/* What is not in the report is the value that the table has another type for. */
static void assert_no_report(const char *item)
{
	_cleanup_(unpack_free_p) struct unpack *u = NULL;

	assert_int_equal(unpack_new(&u, read_report, NULL), 0);
	assert_int_equal(unpack_feed(u, HEAD("report"), strlen(HEAD("report"))), 0);
	assert_int_equal(unpack_feed(u, item, strlen(item)), 0);
}

static void values_of_another_type_are_of_no_use(void **state)
{
	assert_reads("{\"name\":\"a\",\"users\":\"12\"}", true);
	assert_reads("{\"name\":\"a\",\"users\":12.0}", true);
	assert_reads("{\"name\":\"a\",\"users\":true}", true);
	assert_reads("{\"name\":\"a\",\"fault_msg\":[\"x\"]}", true);
	assert_reads("{\"name\":\"a\",\"fault_msg\":1}", true);
	assert_reads("{\"name\":\"a\",\"state\":0}", true);
	assert_no_report("{\"name\":\"a\",\"line\":\"x\"}");
	assert_no_report("{\"name\":\"a\",\"line\":[\"x\",1]}");
	assert_no_report("{\"name\":\"a\",\"line\":[\"x\",null]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_found),
		cmocka_unit_test(a_document_says_its_kind_also_when_it_is_empty),
		cmocka_unit_test(errors_are_items_of_their_own_kind),
		cmocka_unit_test(brackets_in_strings_and_within_items_are_no_end),
		cmocka_unit_test(what_a_later_version_adds_is_passed_over),
		cmocka_unit_test(other_lines_are_passed_over),
		cmocka_unit_test(what_ends_early_is_not_whole),
		cmocka_unit_test(what_is_broken_is_told),
		cmocka_unit_test(an_item_without_end_does_not_eat_the_memory),
		cmocka_unit_test(an_object_comes_back_as_it_was_written),
		cmocka_unit_test(values_that_are_of_no_use_are_left_out_and_told),
		cmocka_unit_test(values_of_another_type_are_of_no_use),
	};

	return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
