/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as hexadecimal digits, and back.
 */
#ifndef MYDEVCTL_HEX_H
#define MYDEVCTL_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Two lower-case digits a byte. NULL: no memory. */
char *hex_encode(const void *data, size_t len);

/* Where a text that comes in parts has been read up to. All zeros at its beginning. */
struct hex_reader {
	uint64_t position; /* characters so far */
	uint8_t high; /* of a byte that has one digit so far */
	bool half; /* there is one */
};

/*
 * The bytes of another part of the text go to out, which has room for (len + 1) / 2, and may be the
 * text itself. White space between digits means nothing. Returns how many they are; -EINVAL: the
 * character at reader->position is no digit.
 */
ssize_t hex_read(struct hex_reader *reader, const char *text, size_t len, void *out);

/* Whether the text may end here: -EINVAL when a byte has one digit only. */
int hex_end(const struct hex_reader *reader);

#endif
