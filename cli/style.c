// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units by the field table, tones by a table of enumerators.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "libmydev.h"
#include "scoped.h"
#include "style.h"
#include "utf8.h"

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC (1000 * NSEC_PER_USEC)
#define NSEC_PER_SEC (1000 * NSEC_PER_MSEC)

/* Enumerators that are better or worse than others. */
static const struct {
	const struct mydev_enum *values;
	uint32_t value;
	enum tone tone;
} tones[] = {
	{ &mydev_dev_state_names, MYDEV_DEV_STATE_RUNNING, TONE_GOOD },
	{ &mydev_dev_state_names, MYDEV_DEV_STATE_FAULTED, TONE_BAD },
	{ &mydev_fault_code_names, MYDEV_FAULT_CODE_HARDWARE, TONE_BAD },
	{ &mydev_fault_code_names, MYDEV_FAULT_CODE_TIMEOUT, TONE_BAD },
	{ &mydev_fault_code_names, MYDEV_FAULT_CODE_DMA, TONE_BAD },
	{ &mydev_fault_code_names, MYDEV_FAULT_CODE_LINK, TONE_BAD },
	{ &mydev_fault_code_names, MYDEV_FAULT_CODE_OVERHEAT, TONE_BAD },
	{ &mydev_event_type_names, MYDEV_EVENT_TYPE_FAULT, TONE_BAD },
	{ &mydev_event_type_names, MYDEV_EVENT_TYPE_OVERRUN_BEGIN, TONE_WARNING },
	{ &mydev_check_result_names, MYDEV_CHECK_RESULT_OK, TONE_GOOD },
	{ &mydev_check_result_names, MYDEV_CHECK_RESULT_WARNING, TONE_WARNING },
	{ &mydev_check_result_names, MYDEV_CHECK_RESULT_FAILED, TONE_BAD },
	{ &mydev_check_result_names, MYDEV_CHECK_RESULT_SKIPPED, TONE_ASIDE },
};

static const char *const sequences[] = {
	[TONE_PLAIN] = "",	   [TONE_GOOD] = "\x1b[32m",   [TONE_WARNING] = "\x1b[33m",
	[TONE_BAD] = "\x1b[1;31m", [TONE_HEADING] = "\x1b[1m", [TONE_ASIDE] = "\x1b[2m",
};

bool style_wants_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(stream)) && !(no_color && *no_color) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

enum tone style_tone(const struct mydev_field *field, const void *obj)
{
	if (!field->values || !mydev_has_attr(obj, field->attr))
		return TONE_PLAIN;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(tones); i++)
		if (tones[i].values == field->values &&
		    tones[i].value == *(const uint32_t *)mydev_field_ptr(field, obj))
			return tones[i].tone;
	return TONE_PLAIN;
}

const char *style_begin(enum tone tone)
{
	return sequences[tone];
}

const char *style_end(enum tone tone)
{
	return tone == TONE_PLAIN ? "" : "\x1b[0m";
}

static uint64_t number(const struct mydev_field *field, const void *obj)
{
	const void *p = mydev_field_ptr(field, obj);

	return field->type == MYDEV_TYPE_U64 ? *(const uint64_t *)p : *(const uint32_t *)p;
}

static char *format_bytes(uint64_t bytes, bool exact)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;
	uint64_t size = 1;
	char *text;

	while (unit + 1 < MYDEV_ARRAY_SIZE(units) && bytes / size >= 1024) {
		size *= 1024;
		unit++;
	}
	if (bytes % size == 0)
		(void)mydev_asprintf(&text, "%" PRIu64 " %s", bytes / size, units[unit]);
	else if (exact)
		(void)mydev_asprintf(&text, "%.1f %s (%" PRIu64 " B)", (double)bytes / (double)size,
				     units[unit], bytes);
	else
		(void)mydev_asprintf(&text, "%.1f %s", (double)bytes / (double)size, units[unit]);
	return text;
}

static char *format_ns(uint64_t ns)
{
	char *text;

	if (ns < NSEC_PER_USEC)
		(void)mydev_asprintf(&text, "%" PRIu64 " ns", ns);
	else if (ns < NSEC_PER_MSEC)
		(void)mydev_asprintf(&text, "%.1f us", (double)ns / (double)NSEC_PER_USEC);
	else if (ns < NSEC_PER_SEC)
		(void)mydev_asprintf(&text, "%.1f ms", (double)ns / (double)NSEC_PER_MSEC);
	else
		(void)mydev_asprintf(&text, "%" PRIu64 ".%03" PRIu64 " s", ns / NSEC_PER_SEC,
				     ns % NSEC_PER_SEC / NSEC_PER_MSEC);
	return text;
}

char *style_format(const struct mydev_field *field, const void *obj, bool exact)
{
	_cleanup_free_ char *text = NULL;

	if (!mydev_has_attr(obj, field->attr))
		return NULL;
	if (field->unit == MYDEV_UNIT_BYTES)
		return format_bytes(number(field, obj), exact);
	if (field->unit == MYDEV_UNIT_NS)
		return format_ns(number(field, obj));
	if (mydev_field_format(field, obj, &text) < 0)
		return NULL;
	return utf8_escape_for_terminal(text);
}
