// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tones by a table of enumerators; the words and units are libmydev's.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format.h"
#include "libmydev.h"
#include "scoped.h"
#include "style.h"
#include "utf8.h"

#define WIDTH_DEFAULT 80

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

bool style_can_move(FILE *stream)
{
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && term && *term && strcmp(term, "dumb") != 0;
}

bool style_wants_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	return style_can_move(stream) && !(no_color && *no_color);
}

int style_width(FILE *stream)
{
	struct winsize size;

	return ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 || !size.ws_col ? WIDTH_DEFAULT :
									      size.ws_col;
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

char *style_format(const struct mydev_field *field, const void *obj, bool exact)
{
	char *text;

	(void)mydev_format_value(field, obj, exact, &text);
	return text;
}

static void write_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

char *style_quote(const char *text)
{
	_cleanup_free_ char *quoted = NULL;
	FILE *out;
	size_t size;

	if (!text[strcspn(text, " \"\\")])
		return mydev_utf8_escape(text);
	out = open_memstream(&quoted, &size);
	if (!out)
		return NULL;
	write_quoted(out, text);
	if (fclose(out))
		return NULL;
	return mydev_utf8_escape(quoted);
}
