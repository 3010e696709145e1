// SPDX-License-Identifier: GPL-2.0-only
/*
 * Items and errors as text and as JSON, byte for byte; the exit status; output that cannot be
 * written.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/lost.h"
#include "cli/result.h"
#include "cli/scoped.h"
#include "cli/sink.h"
#include "cli/tokenize.h"

/* A result of a command line, and what it wrote. */
struct run {
	char **words;
	struct invocation inv;
	struct mydev_error error;
	struct result_place place;
	struct result *res;
	char *out, *err;
	size_t out_size, err_size;
	enum mydev_exit_status status;
};

/* out: where items go; NULL: into run->out. */
static void begin_to(struct run *run, const char *line, FILE *out)
{
	enum token_end end;

	*run = (struct run){};
	assert_int_equal(tokenize(line, &run->words, &end), 0);
	assert_int_equal(parse(run->words, false, &run->inv, &run->error), 0);
	run->place.out = out ?: open_memstream(&run->out, &run->out_size);
	run->place.err = open_memstream(&run->err, &run->err_size);
	assert_int_equal(result_new(&run->res, &run->inv, &run->place), 0);
}

static void begin(struct run *run, const char *line)
{
	begin_to(run, line, NULL);
}

static void end(struct run *run)
{
	run->status = result_finish(run->res, 0);
	fclose(run->place.out);
	assert_int_equal(fclose(run->place.err), 0);
}

static void run_done(struct run *run)
{
	mydev_strv_free(run->words);
	invocation_done(&run->inv);
	clear_error(&run->error);
	free(run->out);
	free(run->err);
}

#define _cleanup_run_ _cleanup_(run_done)

static void add_device(struct run *run, const char *name, uint64_t tx_bytes)
{
	_scoped_(dev) struct mydev_dev dev = { .state = MYDEV_DEV_STATE_FAULTED, .rx_size = 65536 };

	dev.name = strdup(name);
	dev.tx_bytes = tx_bytes;
	MYDEV_SET(&dev, DEV, NAME);
	MYDEV_SET(&dev, DEV, STATE);
	MYDEV_SET(&dev, DEV, RX_SIZE);
	MYDEV_SET(&dev, DEV, TX_BYTES);
	assert_int_equal(result_add(run->res, &mydev_dev_desc, &dev, 0), 0);
}

static void add_failure(struct run *run, const char *device)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_NO_DEVICE, -ENODEV, "no such device");
	error_set_device(&error, device);
	error_set_cure(&error, "there are none");
	assert_int_equal(result_fail(run->res, &error), 0);
}

#define ERROR_JSON(device)                                              \
	"{\"message\":\"status " device                                 \
	": no such device (there are none)\",\"status\":\"no-device\"," \
	"\"exit_status\":4,\"command\":\"status\",\"device\":\"" device \
	"\",\"cause\":\"no such device\","                              \
	"\"errno_name\":\"ENODEV\",\"cure\":\"there are none\"}"

static void json_is_one_document(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status --json");
	add_device(&run, "mydev0", 5);
	add_device(&run, "mydev1", 6);
	end(&run);
	assert_string_equal(
		run.out,
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev0\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":5},"
		"{\"name\":\"mydev1\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":6}]}\n");
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
}

static void json_of_nothing_has_its_kind(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "list --json");
	end(&run);
	assert_string_equal(run.out, "{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":[]}\n");
	assert_string_equal(run.err, "");
}

static void json_of_failure_alone_is_of_kind_error(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status --json a b");
	add_failure(&run, "a");
	add_failure(&run, "b");
	end(&run);
	assert_string_equal(run.out,
			    "{\"format\":\"mydev/1\",\"kind\":\"error\",\"items\":[" ERROR_JSON(
				    "a") "," ERROR_JSON("b") "]}\n");
	assert_int_equal(run.status, MYDEV_EXIT_STATUS_NO_DEVICE);
}

static void json_of_part_has_items_and_errors(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status --json a mydev0");
	add_failure(&run, "a");
	add_device(&run, "mydev0", 5);
	end(&run);
	assert_string_equal(
		run.out,
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev0\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":5}],"
		"\"errors\":[" ERROR_JSON("a") "]}\n");
	assert_string_equal(run.err, "mydevctl: status a: no such device (there are none)\n");
}

/* As on a terminal, where output and errors are one. */
static void begin_in_one(struct run *run, const char *line)
{
	begin(run, line);
	fclose(run->place.err);
	run->place.err = run->place.out;
}

static void end_in_one(struct run *run)
{
	run->status = result_finish(run->res, 0);
	fclose(run->place.out);
}

static void errors_stand_behind_a_document(void **state)
{
	_cleanup_run_ struct run run;

	begin_in_one(&run, "status --json mydev0 a mydev1");
	add_device(&run, "mydev0", 5);
	add_failure(&run, "a");
	add_device(&run, "mydev1", 6);
	end_in_one(&run);
	assert_string_equal(
		run.out,
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev0\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":5},"
		"{\"name\":\"mydev1\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":6}],"
		"\"errors\":[" ERROR_JSON(
			"a") "]}\nmydevctl: status a: no such device (there are none)\n");
}

static void errors_stand_behind_a_table(void **state)
{
	_cleanup_run_ struct run run;

	begin_in_one(&run, "list --columns name");
	add_failure(&run, "a");
	add_device(&run, "mydev0", 5);
	end_in_one(&run);
	assert_string_equal(run.out, "NAME\nmydev0\n"
				     "mydevctl: list a: no such device (there are none)\n");
}

static void errors_stand_where_they_happened_among_records_and_in_a_stream(void **state)
{
	_cleanup_run_ struct run records, stream;

	begin_in_one(&records, "status a mydev0");
	add_failure(&records, "a");
	add_device(&records, "mydev0", 5);
	end_in_one(&records);
	assert_int_equal(strncmp(records.out, "mydevctl: status a: ", 20), 0);
	begin_in_one(&stream, "monitor --json");
	add_failure(&stream, "a");
	add_device(&stream, "mydev0", 5);
	end_in_one(&stream);
	assert_int_equal(strncmp(stream.out, "mydevctl: monitor a: ", 21), 0);
}

static void json_has_items_of_one_kind(void **state)
{
	struct mydev_gap gap = { .gap_first = 5 };
	_cleanup_run_ struct run run;

	MYDEV_SET(&gap, GAP, GAP_FIRST);
	begin(&run, "status --json");
	add_device(&run, "mydev0", 5);
	assert_int_equal(result_add(run.res, &mydev_gap_desc, &gap, 0), -EINVAL);
	end(&run);
	assert_string_equal(
		run.out,
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev0\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":5}]}\n");
}

static void add_load(struct run *run, const char *device)
{
	struct mydev_load load = { .device = (char *)device };

	MYDEV_SET(&load, LOAD, DEVICE);
	assert_int_equal(result_add(run->res, &mydev_load_desc, &load, 0), 0);
}

static void assert_gap_fails(uint64_t first, uint64_t last, const char *words)
{
	struct mydev_gap gap = { .gap_first = first, .gap_last = last };
	_cleanup_free_ char *line = NULL;
	_cleanup_run_ struct run run;

	MYDEV_SET(&gap, GAP, GAP_FIRST);
	if (last)
		MYDEV_SET(&gap, GAP, GAP_LAST);
	assert_true(asprintf(&line, "mydevctl: events: %s\n", words) > 0);
	begin(&run, "events --json");
	assert_int_equal(lost_fail_gap(run.res, &gap), 0);
	end(&run);
	assert_string_equal(run.err, line);
	assert_non_null(strstr(run.out, "\"kind\":\"error\",\"items\":[{"));
	assert_non_null(strstr(run.out, "\"status\":\"lost\",\"exit_status\":8,"));
	assert_int_equal(run.status, MYDEV_EXIT_STATUS_LOST);
}

static void a_gap_is_an_error_with_its_range(void **state)
{
	const char *cure =
		"(a longer event log keeps more: parameter event_log of the module mydev)";
	_cleanup_free_ char *several = NULL, *one = NULL;

	assert_true(asprintf(&several, "events 5 to 9 are lost %s", cure) > 0);
	assert_true(asprintf(&one, "event 5 is lost %s", cure) > 0);
	assert_gap_fails(5, 9, several);
	assert_gap_fails(5, 5, one);
	assert_gap_fails(5, 0, "events from 5 on, if any, are lost");
}

static void json_may_be_pretty(void **state)
{
	_cleanup_run_ struct run run, empty;

	begin(&run, "status --json=pretty");
	add_device(&run, "mydev0", 5);
	end(&run);
	assert_string_equal(run.out, "{\n"
				     "  \"format\": \"mydev/1\",\n"
				     "  \"kind\": \"dev\",\n"
				     "  \"items\": [\n"
				     "    {\n"
				     "      \"name\": \"mydev0\",\n"
				     "      \"state\": \"faulted\",\n"
				     "      \"rx_size\": 65536,\n"
				     "      \"tx_bytes\": 5\n"
				     "    }\n"
				     "  ]\n"
				     "}\n");
	begin(&empty, "status --json=pretty");
	end(&empty);
	assert_string_equal(empty.out, "{\n"
				       "  \"format\": \"mydev/1\",\n"
				       "  \"kind\": \"dev\",\n"
				       "  \"items\": []\n"
				       "}\n");
}

static void json_of_a_stream_is_a_document_each(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "monitor --json");
	add_device(&run, "mydev0", 5);
	add_device(&run, "mydev1", 6);
	add_failure(&run, "a");
	end(&run);
	assert_string_equal(
		run.out,
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev0\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":5}]}\n"
		"{\"format\":\"mydev/1\",\"kind\":\"dev\",\"items\":["
		"{\"name\":\"mydev1\",\"state\":\"faulted\",\"rx_size\":65536,\"tx_bytes\":6}]}\n"
		"{\"format\":\"mydev/1\",\"kind\":\"error\",\"items\":["
		"{\"message\":\"monitor a: no such device (there are none)\",\"status\":\"no-device\","
		"\"exit_status\":4,\"command\":\"monitor\",\"device\":\"a\",\"cause\":\"no such device\","
		"\"errno_name\":\"ENODEV\",\"cure\":\"there are none\"}]}\n");
}

static void large_numbers_have_a_twin(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status --json");
	add_device(&run, "a", UINT64_C(1) << 53);
	add_device(&run, "b", (UINT64_C(1) << 53) + 1);
	add_device(&run, "c", UINT64_MAX);
	end(&run);
	assert_non_null(strstr(run.out, "\"tx_bytes\":9007199254740992}"));
	assert_non_null(strstr(
		run.out, "\"tx_bytes\":9007199254740993,\"tx_bytes_str\":\"9007199254740993\"}"));
	assert_non_null(strstr(
		run.out,
		"\"tx_bytes\":18446744073709551615,\"tx_bytes_str\":\"18446744073709551615\"}"));
}

static void what_others_chose_cannot_break_the_output(void **state)
{
	_cleanup_run_ struct run json, text;

	begin(&json, "status --json");
	add_device(&json, "a\"b\n\xff", 0);
	end(&json);
	assert_non_null(strstr(json.out, "\"name\":\"a\\\"b\\n\xef\xbf\xbd\""));

	begin(&text, "status");
	add_device(&text, "a\x1b[2J\n\xff", 0);
	end(&text);
	assert_non_null(strstr(text.out, "a\\x1b[2J\\x0a\\xff\n"));
}

static void text_is_aligned_and_has_units(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status");
	add_device(&run, "mydev0", 12345);
	add_device(&run, "mydev1", 0);
	end(&run);
	assert_string_equal(run.out, "Name:      mydev0\n"
				     "State:     faulted\n"
				     "RX size:   64 KiB\n"
				     "TX bytes:  12.1 KiB (12345 B)\n"
				     "\n"
				     "Name:      mydev1\n"
				     "State:     faulted\n"
				     "RX size:   64 KiB\n"
				     "TX bytes:  0 B\n");
}

static void assert_message(const char *message, const char *word)
{
	struct mydev_event event = { .event = MYDEV_EVENT_TYPE_FAULT };
	_cleanup_run_ struct run run;

	event.device = (char *)"mydev0";
	event.fault_msg = (char *)message;
	MYDEV_SET(&event, EVENT, DEVICE);
	MYDEV_SET(&event, EVENT, EVENT);
	MYDEV_SET(&event, EVENT, FAULT_MSG);
	begin(&run, "monitor");
	assert_int_equal(result_add(run.res, &mydev_event_desc, &event, 1), 0);
	end(&run);
	assert_non_null(strstr(run.out, "  mydev0  fault  "));
	assert_string_equal(strstr(run.out, "  fault-msg=") + strlen("  fault-msg="), word);
}

static void text_in_a_line_is_quoted_if_it_must(void **state)
{
	assert_message("hot", "hot\n");
	assert_message("too hot", "\"too hot\"\n");
	assert_message("cable \"out\"", "\"cable \\\"out\\\"\"\n");
	assert_message("a\\b", "\"a\\\\b\"\n");
	assert_message("a\x1b", "a\\x1b\n");
	assert_message("a \n\"", "\"a \\x0a\\\"\"\n");
}

static void a_picture_of_nothing_is_said_once_and_an_empty_document_each_time(void **state)
{
	_cleanup_run_ struct run text, json;

	begin(&text, "top");
	assert_int_equal(result_picture(text.res), 0);
	assert_int_equal(result_picture(text.res), 0);
	end(&text);
	assert_string_equal(text.out, "");
	assert_string_equal(text.err, "mydevctl: no devices; 'add' makes one\n");

	begin(&json, "top --json");
	assert_int_equal(result_picture(json.res), 0);
	add_load(&json, "mydev0");
	assert_int_equal(result_picture(json.res), 0);
	assert_int_equal(result_picture(json.res), 0);
	end(&json);
	assert_string_equal(
		json.out,
		"{\"format\":\"mydev/1\",\"kind\":\"load\",\"items\":[]}\n"
		"{\"format\":\"mydev/1\",\"kind\":\"load\",\"items\":[{\"device\":\"mydev0\"}]}\n"
		"{\"format\":\"mydev/1\",\"kind\":\"load\",\"items\":[]}\n");
}

static void what_was_ended_before_it_looked_says_nothing(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "top");
	end(&run);
	assert_string_equal(run.err, "");
}

static void tables_show_the_columns_asked_for(void **state)
{
	_cleanup_run_ struct run run, bare;

	begin(&run, "list --columns tx-bytes,name");
	add_device(&run, "mydev0", 12345);
	end(&run);
	assert_string_equal(run.out, "TX-BYTES NAME\n12.1 KiB mydev0\n");
	begin(&bare, "reset mydev0 --columns name --noheadings");
	add_device(&bare, "mydev0", 0);
	end(&bare);
	assert_string_equal(bare.out, "mydev0\n");
}

static void lines_in_place_of_a_screen_show_the_columns_asked_for(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "top --columns fill,device");
	add_load(&run, "mydev0");
	end(&run);
	assert_string_equal(strstr(run.out, "  "), "  mydev0\n");
}

static void of_a_new_device_the_name_is_shown(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "add");
	add_device(&run, "mydev7", 0);
	end(&run);
	assert_string_equal(run.out, "mydev7\n");
}

static void add_data(struct run *run, const char *hex)
{
	_scoped_(data) struct mydev_data data = { .hex = strdup(hex) };

	assert_non_null(data.hex);
	MYDEV_SET(&data, DATA, HEX);
	assert_int_equal(result_add(run->res, &mydev_data_desc, &data, 0), 0);
}

static void data_is_written_byte_for_byte(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "receive a");
	add_data(&run, "00ff0a");
	add_data(&run, "1b5b");
	end(&run);
	assert_int_equal(run.out_size, 5);
	assert_memory_equal(run.out, "\x00\xff\n\x1b[", 5);
}

static void data_in_hexadecimal_is_for_people(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "receive a --hex");
	add_data(&run, "000102030405060708090a0b0c0d0e0f10");
	add_data(&run, "ff");
	end(&run);
	assert_string_equal(run.out, "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n10\nff\n");
}

/* What a terminal would get: the sink itself, since no terminal is there to ask. */
static void assert_shown(const char *hex, const char *want)
{
	_scoped_(data) struct mydev_data data = { .hex = strdup(hex) };
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct sink *sink = sink_new_bytes(out, "hex", BYTES_FOR_TERMINAL);

	MYDEV_SET(&data, DATA, HEX);
	assert_int_equal(sink->item(sink, &mydev_data_desc, &data, 0), 0);
	assert_int_equal(sink->end(sink), 0);
	sink_free(sink);
	fclose(out);
	assert_string_equal(text, want);
}

static void data_cannot_reach_the_terminal(void **state)
{
	assert_shown("68690a09c3bc0a", "hi\n\t\xc3\xbc\n");
	assert_shown("6869", "hi\n");
	assert_shown("1b5b324a000007ff", "\\x1b[2J\\x00\\x00\\x07\\xff\n");
	assert_shown("", "");
}

static void people_are_told_that_there_is_nothing(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "list");
	end(&run);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "mydevctl: no devices; 'add' makes one\n");
	assert_int_equal(run.status, 0);
}

static void the_highest_status_wins(void **state)
{
	_scoped_(error) struct mydev_error error = {};
	_cleanup_run_ struct run run;

	begin(&run, "status a b c");
	add_failure(&run, "a");
	error_set(&error, MYDEV_EXIT_STATUS_REFUSED, 0, "no");
	result_fail(run.res, &error);
	add_failure(&run, "c");
	end(&run);
	assert_int_equal(run.status, MYDEV_EXIT_STATUS_REFUSED);
}

static void an_error_of_a_script_names_its_place(void **state)
{
	_cleanup_run_ struct run run;

	begin(&run, "status --json a");
	run.place.file = "setup";
	run.place.line = 7;
	add_failure(&run, "a");
	end(&run);
	assert_string_equal(run.err,
			    "mydevctl: setup:7: status a: no such device (there are none)\n");
	assert_non_null(strstr(run.out, "\"file\":\"setup\",\"line\":7}"));
}

static void output_that_cannot_be_written_is_told(void **state)
{
	static const char *const lines[] = { "list", "list --json", "status", "monitor --json",
					     "monitor" };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(lines); i++) {
		_scoped_(dev) struct mydev_dev dev = { .name = strdup("mydev0") };
		_cleanup_run_ struct run run;

		begin_to(&run, lines[i], fopen("/dev/full", "we"));
		MYDEV_SET(&dev, DEV, NAME);
		(void)result_add(run.res, &mydev_dev_desc, &dev, 0);
		end(&run);
		assert_int_equal(run.status, MYDEV_EXIT_STATUS_FAILED);
		assert_non_null(
			strstr(run.err, "the output cannot be written: No space left on device"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_one_document),
		cmocka_unit_test(json_of_nothing_has_its_kind),
		cmocka_unit_test(json_of_failure_alone_is_of_kind_error),
		cmocka_unit_test(json_of_part_has_items_and_errors),
		cmocka_unit_test(errors_stand_behind_a_document),
		cmocka_unit_test(errors_stand_behind_a_table),
		cmocka_unit_test(errors_stand_where_they_happened_among_records_and_in_a_stream),
		cmocka_unit_test(json_has_items_of_one_kind),
		cmocka_unit_test(a_gap_is_an_error_with_its_range),
		cmocka_unit_test(json_may_be_pretty),
		cmocka_unit_test(json_of_a_stream_is_a_document_each),
		cmocka_unit_test(large_numbers_have_a_twin),
		cmocka_unit_test(what_others_chose_cannot_break_the_output),
		cmocka_unit_test(text_is_aligned_and_has_units),
		cmocka_unit_test(text_in_a_line_is_quoted_if_it_must),
		cmocka_unit_test(a_picture_of_nothing_is_said_once_and_an_empty_document_each_time),
		cmocka_unit_test(what_was_ended_before_it_looked_says_nothing),
		cmocka_unit_test(tables_show_the_columns_asked_for),
		cmocka_unit_test(lines_in_place_of_a_screen_show_the_columns_asked_for),
		cmocka_unit_test(of_a_new_device_the_name_is_shown),
		cmocka_unit_test(data_is_written_byte_for_byte),
		cmocka_unit_test(data_in_hexadecimal_is_for_people),
		cmocka_unit_test(data_cannot_reach_the_terminal),
		cmocka_unit_test(people_are_told_that_there_is_nothing),
		cmocka_unit_test(the_highest_status_wins),
		cmocka_unit_test(an_error_of_a_script_names_its_place),
		cmocka_unit_test(output_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
