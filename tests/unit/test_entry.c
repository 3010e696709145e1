// SPDX-License-Identifier: GPL-2.0-only
/*
 * Journal entries: their fields, and that the catalog and the manual explain each MESSAGE_ID. Run from the top of the
 * tree, as make does.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "daemon/entry.h"

#define EPOCH "0f8fad5b-d9cb-469f-a165-70867728950e"

/* The value of a field, or NULL; fails when there is more than one. */
static const char *value(const struct entry *entry, const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (size_t i = 0; i < entry->n_fields; i++) {
		const char *field = entry->fields[i];

		if (strncmp(field, name, len) == 0 && field[len] == '=') {
			assert_null(found);
			found = field + len + 1;
		}
	}
	return found;
}

static void assert_value(const struct entry *entry, const char *name, const char *expected)
{
	const char *actual = value(entry, name);

	if (!expected) {
		assert_null(actual);
		return;
	}
	assert_non_null(actual);
	assert_string_equal(actual, expected);
}

static struct mydev_event sample(uint32_t type)
{
	struct mydev_event event = {
		.seq = 42,
		.epoch = EPOCH,
		.event = type,
		.device = (char *)"mydev0",
	};

	MYDEV_SET(&event, EVENT, SEQ);
	MYDEV_SET(&event, EVENT, EPOCH);
	MYDEV_SET(&event, EVENT, EVENT);
	MYDEV_SET(&event, EVENT, DEVICE);
	return event;
}

static void an_event_is_recorded_with_what_identifies_it(void **state)
{
	struct mydev_event event = sample(MYDEV_EVENT_TYPE_RESET);
	_cleanup_entry_ struct entry entry = {};

	assert_int_equal(entry_of_event(&event, &entry), 0);
	assert_string_equal(entry_message(&entry), "mydev0: reset");
	assert_value(&entry, "MESSAGE", "mydev0: reset");
	assert_value(&entry, "PRIORITY", "5");
	assert_value(&entry, "SYSLOG_IDENTIFIER", "mydevd");
	assert_value(&entry, "MYDEV_EVENT", "reset");
	assert_value(&entry, "MYDEV_DEVICE", "mydev0");
	assert_value(&entry, "MYDEV_SEQ", "42");
	assert_value(&entry, "MYDEV_EPOCH", EPOCH);
	assert_value(&entry, "MYDEV_PID", NULL);
}

static void an_event_is_recorded_with_every_attribute_it_has(void **state)
{
	struct mydev_event event = sample(MYDEV_EVENT_TYPE_FAULT);
	_cleanup_entry_ struct entry entry = {};

	event.has = 0;
	mydev_for_each_field(field, &mydev_event_desc)
		mydev_set_attr(&event, field->attr);
	event.fault_msg = (char *)"fan 2\nstands still";
	event.kind = event.comm = (char *)"x";
	event.fault = MYDEV_FAULT_CODE_OVERHEAT;

	assert_int_equal(entry_of_event(&event, &entry), 0);
	mydev_for_each_field(field, &mydev_event_desc)
		assert_non_null(value(&entry, field->journal));
	assert_value(&entry, "MYDEV_FAULT", "overheat");
	assert_value(&entry, "MYDEV_FAULT_MSG", "fan 2\nstands still");
	assert_string_equal(
		entry_message(&entry),
		"mydev0: fault (overheat): fan 2\\x0astands still (process x, pid 0, uid 0)");
}

static void an_overrun_says_what_it_cost(void **state)
{
	struct mydev_event event = sample(MYDEV_EVENT_TYPE_OVERRUN_END);
	_cleanup_entry_ struct entry entry = {};

	event.lost = 1234567;
	event.duration_ns = 1200000000;
	MYDEV_SET(&event, EVENT, LOST);
	MYDEV_SET(&event, EVENT, DURATION_NS);
	assert_int_equal(entry_of_event(&event, &entry), 0);
	assert_string_equal(entry_message(&entry),
			    "mydev0: overrun over after 1.2 s, 1.2 MiB (1234567 B) lost");
	assert_value(&entry, "MYDEV_LOST", "1234567");
	assert_int_equal(entry.priority, LOG_WARNING);
}

static void every_event_type_has_an_id_of_its_own(void **state)
{
	char ids[32][33] = {};

	assert_true(mydev_event_type_names.n_values < MYDEV_ARRAY_SIZE(ids));
	for (size_t i = 0; i < mydev_event_type_names.n_values; i++) {
		struct mydev_event event = sample(mydev_event_type_names.values[i].value);
		_cleanup_entry_ struct entry entry = {};

		assert_int_equal(entry_of_event(&event, &entry), 0);
		snprintf(ids[i], sizeof(ids[i]), "%s", value(&entry, "MESSAGE_ID"));
		assert_int_equal(strlen(ids[i]), 32);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

static void an_event_of_a_newer_module_is_recorded_all_the_same(void **state)
{
	struct mydev_event event = sample(4711);
	_cleanup_entry_ struct entry entry = {};

	assert_int_equal(entry_of_event(&event, &entry), 0);
	assert_value(&entry, "MYDEV_EVENT", "4711");
	assert_value(&entry, "MYDEV_SEQ", "42");
	assert_non_null(strstr(entry_message(&entry), "4711"));
}

static void a_gap_has_its_range(void **state)
{
	_cleanup_entry_ struct entry entry = {};

	assert_int_equal(entry_of_gap(EPOCH, 17, 420, &entry), 0);
	assert_value(&entry, "MYDEV_GAP_FIRST", "17");
	assert_value(&entry, "MYDEV_GAP_LAST", "420");
	assert_value(&entry, "MYDEV_GAP_COUNT", "404");
	assert_value(&entry, "MYDEV_EPOCH", EPOCH);
	assert_value(&entry, "MYDEV_SEQ", NULL);
	assert_non_null(strstr(entry_message(&entry), "404 events, number 17 to 420"));
	assert_int_equal(entry.priority, LOG_ERR);
}

static void an_open_gap_claims_no_end(void **state)
{
	_cleanup_entry_ struct entry entry = {};

	assert_int_equal(entry_of_gap(EPOCH, 17, MYDEV_SEQ_UNKNOWN, &entry), 0);
	assert_value(&entry, "MYDEV_GAP_FIRST", "17");
	assert_value(&entry, "MYDEV_GAP_LAST", NULL);
	assert_value(&entry, "MYDEV_GAP_COUNT", NULL);
}

static void the_module_is_described(void **state)
{
	static const enum entry_type types[] = { ENTRY_MODULE_UP, ENTRY_MODULE_DOWN,
						 ENTRY_OTHER_VERSION };
	struct mydev_info info = { .version = (char *)"9.9", .epoch = EPOCH };

	MYDEV_SET(&info, INFO, VERSION);
	MYDEV_SET(&info, INFO, EPOCH);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(types); i++) {
		_cleanup_entry_ struct entry entry = {};

		assert_int_equal(entry_of_module(types[i], &info, &entry), 0);
		assert_value(&entry, "MYDEV_VERSION", "9.9");
		assert_value(&entry, "MYDEV_EPOCH", EPOCH);
		/* The daemon resumes from entries that have these. */
		assert_value(&entry, "MYDEV_SEQ", NULL);
		assert_value(&entry, "MYDEV_GAP_LAST", NULL);
	}
}

static void words_of_the_daemon_stand_as_they_are(void **state)
{
	_cleanup_entry_ struct entry entry = {};

	assert_int_equal(entry_of_text(ENTRY_DAEMON, LOG_ERR, "100 % {of} [it]", &entry), 0);
	assert_string_equal(entry_message(&entry), "100 % {of} [it]");
	assert_value(&entry, "PRIORITY", "3");
	assert_value(&entry, "MESSAGE_ID", NULL);
}

static char *read_file(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		fail_msg("%s: %s; run from the top of the tree", path, strerror(errno));
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	return text;
}

static void assert_explained(const char *id, const char *catalog, const char *manual)
{
	_cleanup_free_ char *heading = NULL;

	assert_non_null(id);
	assert_true(asprintf(&heading, "\n-- %s\n", id) > 0);
	if (!strstr(catalog, heading))
		fail_msg("systemd/mydev.catalog does not explain %s", id);
	if (!strstr(manual, id))
		fail_msg("docs/man/mydevd.8 does not list %s", id);
}

static void catalog_and_manual_know_every_message_id(void **state)
{
	_cleanup_free_ char *catalog = read_file("systemd/mydev.catalog");
	_cleanup_free_ char *manual = read_file("docs/man/mydevd.8");
	static const struct mydev_info info = {};

	/* One past the last is of a type that nobody knows. */
	for (uint32_t type = 1; type <= mydev_event_type_names.n_values + 1; type++) {
		struct mydev_event event = sample(type);
		_cleanup_entry_ struct entry entry = {};

		assert_int_equal(entry_of_event(&event, &entry), 0);
		assert_explained(value(&entry, "MESSAGE_ID"), catalog, manual);
	}
	for (enum entry_type type = 0; type < ENTRY_DAEMON; type++) {
		_cleanup_entry_ struct entry entry = {};

		if (type == ENTRY_GAP || type == ENTRY_OPEN_GAP)
			assert_int_equal(entry_of_gap(EPOCH, 1,
						      type == ENTRY_GAP ? 2 : MYDEV_SEQ_UNKNOWN,
						      &entry),
					 0);
		else if (type == ENTRY_MODULE_UP || type == ENTRY_MODULE_DOWN ||
			 type == ENTRY_OTHER_VERSION)
			assert_int_equal(entry_of_module(type, &info, &entry), 0);
		else
			assert_int_equal(entry_of_text(type, ENTRY_PRIORITY_USUAL, "", &entry), 0);
		assert_explained(value(&entry, "MESSAGE_ID"), catalog, manual);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_recorded_with_what_identifies_it),
		cmocka_unit_test(an_event_is_recorded_with_every_attribute_it_has),
		cmocka_unit_test(an_overrun_says_what_it_cost),
		cmocka_unit_test(every_event_type_has_an_id_of_its_own),
		cmocka_unit_test(an_event_of_a_newer_module_is_recorded_all_the_same),
		cmocka_unit_test(a_gap_has_its_range),
		cmocka_unit_test(an_open_gap_claims_no_end),
		cmocka_unit_test(the_module_is_described),
		cmocka_unit_test(words_of_the_daemon_stand_as_they_are),
		cmocka_unit_test(catalog_and_manual_know_every_message_id),
	};

	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
