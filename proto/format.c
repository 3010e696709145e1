// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text out of values: see format.h.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "format.h"
#include "utf8.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS (1000 * NS_PER_US)
#define NS_PER_S (1000 * NS_PER_MS)
#define S_PER_MIN UINT64_C(60)
#define S_PER_H (60 * S_PER_MIN)
#define MB_PER_GB UINT64_C(1000)

int mydev_vasprintf(char **ret, const char *format, va_list ap)
{
	if (vasprintf(ret, format, ap) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

int mydev_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = mydev_vasprintf(ret, format, ap);
	va_end(ap);
	return r;
}

int mydev_format_bytes(uint64_t bytes, bool exact, char **ret)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;
	uint64_t size = 1;

	while (unit + 1 < MYDEV_ARRAY_SIZE(units) && bytes / size >= 1024) {
		size *= 1024;
		unit++;
	}
	if (bytes % size == 0)
		return mydev_asprintf(ret, "%" PRIu64 " %s", bytes / size, units[unit]);
	if (exact)
		return mydev_asprintf(ret, "%.1f %s (%" PRIu64 " B)", (double)bytes / (double)size,
				      units[unit], bytes);
	return mydev_asprintf(ret, "%.1f %s", (double)bytes / (double)size, units[unit]);
}

/* With a tenth of the unit. */
static int format_tenths(uint64_t value, uint64_t size, const char *unit, char **ret)
{
	return mydev_asprintf(ret, "%" PRIu64 ".%" PRIu64 " %s", value / size,
			      value % size / (size / 10), unit);
}

int mydev_format_duration(uint64_t ns, char **ret)
{
	uint64_t s = ns / NS_PER_S;

	if (ns < NS_PER_US)
		return mydev_asprintf(ret, "%" PRIu64 " ns", ns);
	if (ns < NS_PER_MS)
		return format_tenths(ns, NS_PER_US, "us", ret);
	if (ns < NS_PER_S)
		return format_tenths(ns, NS_PER_MS, "ms", ret);
	if (s < S_PER_MIN)
		return format_tenths(ns, NS_PER_S, "s", ret);
	if (s < S_PER_H)
		return mydev_asprintf(ret, "%" PRIu64 " min %" PRIu64 " s", s / S_PER_MIN,
				      s % S_PER_MIN);
	return mydev_asprintf(ret, "%" PRIu64 " h %" PRIu64 " min", s / S_PER_H,
			      s % S_PER_H / S_PER_MIN);
}

int mydev_format_speed(uint64_t mbps, char **ret)
{
	if (mbps < MB_PER_GB || mbps % (MB_PER_GB / 10))
		return mydev_asprintf(ret, "%" PRIu64 " Mb/s", mbps);
	if (mbps % MB_PER_GB)
		return format_tenths(mbps, MB_PER_GB, "Gb/s", ret);
	return mydev_asprintf(ret, "%" PRIu64 " Gb/s", mbps / MB_PER_GB);
}

int mydev_format_hex(uint64_t value, uint64_t bytes, char **ret)
{
	int digits = bytes < sizeof(value) ? 2 * (int)bytes : 2 * (int)sizeof(value);

	return mydev_asprintf(ret, "0x%0*" PRIx64, digits, value);
}

static uint64_t number(const struct mydev_field *field, const void *obj)
{
	const void *p = mydev_field_ptr(field, obj);

	return field->type == MYDEV_TYPE_U64 ? *(const uint64_t *)p : *(const uint32_t *)p;
}

static int format_hex(const struct mydev_field *field, const void *obj, char **ret)
{
	bool has_width = field->width && mydev_has_attr(obj, field->width->attr);

	return mydev_format_hex(number(field, obj), has_width ? number(field->width, obj) : 0, ret);
}

int mydev_format_value(const struct mydev_field *field, const void *obj, bool exact, char **ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	*ret = NULL;
	if (!mydev_has_attr(obj, field->attr))
		return -ENODATA;
	switch (field->unit) {
	case MYDEV_UNIT_BYTES:
		return mydev_format_bytes(number(field, obj), exact, ret);
	case MYDEV_UNIT_NS:
		return mydev_format_duration(number(field, obj), ret);
	case MYDEV_UNIT_MBPS:
		return mydev_format_speed(number(field, obj), ret);
	case MYDEV_UNIT_HEX:
		return format_hex(field, obj, ret);
	case MYDEV_UNIT_NONE:
		break;
	}
	r = mydev_field_format(field, obj, &text);
	if (r < 0)
		return r;
	*ret = mydev_utf8_escape(text);
	return *ret ? 0 : -ENOMEM;
}
