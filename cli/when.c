// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points in time as people write them: the part of systemd.time(7) that one types by hand.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "format.h"
#include "when.h"

/* Local midnight of the day that usec is in, days later. */
static int midnight(uint64_t usec, int days, uint64_t *ret_usec)
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return -EINVAL;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	seconds = mktime(&tm);
	if (seconds < 0)
		return -ERANGE;
	*ret_usec = (uint64_t)seconds * USEC_PER_SEC;
	return 0;
}

static int parse_calendar(const char *text, uint64_t now_usec, uint64_t *ret_usec)
{
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d",	     "%H:%M:%S",	  "%H:%M",
	};
	time_t now = (time_t)(now_usec / USEC_PER_SEC), seconds;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(formats); i++) {
		const char *end;
		struct tm tm;

		if (!localtime_r(&now, &tm))
			return -EINVAL;
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		seconds = mktime(&tm);
		if (seconds < 0)
			return -ERANGE;
		*ret_usec = (uint64_t)seconds * USEC_PER_SEC;
		return 0;
	}
	return -EINVAL;
}

static int parse_past(const char *text, size_t len, uint64_t now_usec, uint64_t *ret_usec)
{
	_cleanup_free_ char *span = strndup(text, len);
	uint64_t usec;
	int r;

	if (!span)
		return -ENOMEM;
	r = mydev_span_parse(span, &usec);
	if (r < 0)
		return r;
	*ret_usec = usec < now_usec ? now_usec - usec : 0;
	return 0;
}

int when_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec)
{
	size_t len = strlen(text);

	if (!strcmp(text, "now")) {
		*ret_usec = now_usec;
		return 0;
	}
	if (!strcmp(text, "today"))
		return midnight(now_usec, 0, ret_usec);
	if (!strcmp(text, "yesterday"))
		return midnight(now_usec, -1, ret_usec);
	if (*text == '-')
		return parse_past(text + 1, len - 1, now_usec, ret_usec);
	if (*text == '@')
		return mydev_span_parse(text + 1, ret_usec);
	if (len > 4 && !strcmp(text + len - 4, " ago"))
		return parse_past(text, len - 4, now_usec, ret_usec);
	return parse_calendar(text, now_usec, ret_usec);
}

uint64_t when_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / NSEC_PER_USEC;
}

char *when_format(uint64_t usec)
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	char date[sizeof("-9223372036854775808-12-31 23:59:60")];
	struct tm tm;
	char *text;

	if (!localtime_r(&seconds, &tm) || !strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm))
		return NULL;
	(void)mydev_asprintf(&text, "%s.%03u", date, (unsigned int)(usec % USEC_PER_SEC / 1000));
	return text;
}
