// SPDX-License-Identifier: GPL-2.0-only
/*
 * UUIDs: see uuid.h. Not their making: the kernel makes them.
 */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "field.h"
#include "uuid.h"

static bool dash_before(unsigned int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void mydev_uuid_from_bytes(const unsigned char *bytes, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned int i = 0; i < MYDEV_UUID_BYTES; i++) {
		if (dash_before(i))
			*text++ = '-';
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 0xf];
	}
	*text = '\0';
}

static int nibble(char digit)
{
	if (!isxdigit((unsigned char)digit))
		return -EINVAL;
	return isdigit((unsigned char)digit) ? digit - '0' :
					       tolower((unsigned char)digit) - 'a' + 10;
}

int mydev_uuid_to_bytes(const char *text, unsigned char *bytes)
{
	unsigned char parsed[MYDEV_UUID_BYTES];
	int high, low;

	for (unsigned int i = 0; i < MYDEV_UUID_BYTES; i++) {
		if (dash_before(i) && *text++ != '-')
			return -EINVAL;
		high = nibble(*text);
		if (high < 0)
			return high;
		low = nibble(*++text);
		if (low < 0)
			return low;
		text++;
		parsed[i] = (unsigned char)(high << 4 | low);
	}
	if (*text)
		return -EINVAL;
	memcpy(bytes, parsed, sizeof(parsed));
	return 0;
}

int mydev_uuid_normalize(const char *text, char *ret)
{
	unsigned char bytes[MYDEV_UUID_BYTES];
	int r;

	r = mydev_uuid_to_bytes(text, bytes);
	if (r < 0)
		return r;
	mydev_uuid_from_bytes(bytes, ret);
	return 0;
}
