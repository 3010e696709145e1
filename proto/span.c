// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spans of time: the part of systemd.time(7) that one types by hand.
 */
#include "span.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

struct unit {
	const char *name;
	uint64_t usec;
};

static const struct unit units[] = {
	{ "", USEC_PER_SEC },
	{ "us", 1 },
	{ "usec", 1 },
	{ "ms", 1000 },
	{ "msec", 1000 },
	{ "s", USEC_PER_SEC },
	{ "sec", USEC_PER_SEC },
	{ "second", USEC_PER_SEC },
	{ "seconds", USEC_PER_SEC },
	{ "m", MINUTE },
	{ "min", MINUTE },
	{ "minute", MINUTE },
	{ "minutes", MINUTE },
	{ "h", HOUR },
	{ "hour", HOUR },
	{ "hours", HOUR },
	{ "d", DAY },
	{ "day", DAY },
	{ "days", DAY },
	{ "w", WEEK },
	{ "week", WEEK },
	{ "weeks", WEEK },
};

static const struct unit *find_unit(const char *text, size_t len)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && !strncmp(units[i].name, text, len))
			return &units[i];
	return NULL;
}

static const char *skip_blanks(const char *p)
{
	while (isblank((unsigned char)*p))
		p++;
	return p;
}

/*
 * The digits behind a decimal point at *text, as a part of unit. What is below a microsecond is cut
 * off.
 */
static uint64_t take_fraction(const char **text, uint64_t unit)
{
	uint64_t usec = 0, scale = 10;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (scale > unit)
			continue;
		usec += (uint64_t)(**text - '0') * unit / scale;
		scale *= 10;
	}
	return usec;
}

/* One number with its unit. */
static int take_part(const char **text, uint64_t *total)
{
	const char *p = *text, *fraction = NULL, *name;
	const struct unit *unit;
	uint64_t number, usec;
	char *end;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	errno = 0;
	number = strtoull(p, &end, 10);
	if (errno)
		return -errno;
	p = end;
	if (*p == '.') {
		fraction = ++p;
		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		while (isdigit((unsigned char)*p))
			p++;
	}
	name = p = skip_blanks(p);
	while (isalpha((unsigned char)*p))
		p++;
	unit = find_unit(name, (size_t)(p - name));
	if (!unit)
		return -EINVAL;

	if (__builtin_mul_overflow(number, unit->usec, &usec) ||
	    (fraction &&
	     __builtin_add_overflow(usec, take_fraction(&fraction, unit->usec), &usec)) ||
	    __builtin_add_overflow(*total, usec, total))
		return -ERANGE;
	*text = skip_blanks(p);
	return 0;
}

int mydev_span_parse(const char *text, uint64_t *ret_usec)
{
	uint64_t total = 0;
	int r;

	text = skip_blanks(text);
	do {
		r = take_part(&text, &total);
		if (r < 0)
			return r;
	} while (*text);
	*ret_usec = total;
	return 0;
}
