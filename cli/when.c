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

#define READINGS 3 /* of the clocks, of which the best counts */

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

uint64_t when_in_boot(uint64_t boot_usec)
{
	uint64_t narrowest = UINT64_MAX, ret = 0;

	/* Two clocks cannot be read at once, and whoever is held up in between gets it wrong. */
	for (int i = 0; i < READINGS; i++) {
		uint64_t before = when_now(CLOCK_BOOTTIME), real = when_now(CLOCK_REALTIME),
			 after = when_now(CLOCK_BOOTTIME);

		if (after - before >= narrowest)
			continue;
		narrowest = after - before;
		ret = real - (after - boot_usec);
	}
	return ret;
}

static char *format_date(const struct tm *tm, char separator, uint64_t usec, const char *zone)
{
	char *text;

	(void)mydev_asprintf(&text, "%04d-%02d-%02d%c%02d:%02d:%02d.%03u%s", tm->tm_year + 1900,
			     tm->tm_mon + 1, tm->tm_mday, separator, tm->tm_hour, tm->tm_min,
			     tm->tm_sec, (unsigned int)(usec % USEC_PER_SEC / 1000), zone);
	return text;
}

char *when_format(uint64_t usec)
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	struct tm tm;

	return localtime_r(&seconds, &tm) ? format_date(&tm, ' ', usec, "") : NULL;
}

char *when_format_exact(uint64_t usec)
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	struct tm tm;

	return gmtime_r(&seconds, &tm) ? format_date(&tm, 'T', usec, "Z") : NULL;
}

int when_parse_exact(const char *text, uint64_t *ret_usec)
{
	struct tm tm = {};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	char msec[4];
	time_t seconds;
	int n = 0;

	if (!rest || sscanf(rest, ".%3[0-9]Z%n", msec, &n) != 1 || !n || rest[n])
		return -EINVAL;
	seconds = timegm(&tm);
	if (seconds < 0)
		return -EINVAL;
	*ret_usec = (uint64_t)seconds * USEC_PER_SEC + strtoul(msec, NULL, 10) * UINT64_C(1000);
	return 0;
}
