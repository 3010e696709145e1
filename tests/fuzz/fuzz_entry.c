// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer entry: arbitrary bytes as the attributes of an event, on their way into the journal. Each must become an
 * entry, whose message a terminal can show.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/entry.h"
#include "object.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(mydev_event_clear) struct mydev_event event = {};
	_cleanup_entry_ struct entry entry = {};
	_cleanup_free_ void *copy = malloc(size ?: 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (mydev_object_from_nl(&mydev_event_desc, copy, size, &event) < 0)
		return 0;
	if (entry_of_event(&event, &entry) < 0)
		abort();
	for (const char *p = entry_message(&entry); *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			abort();
	for (size_t i = 0; i < entry.n_fields; i++)
		if (!strchr(entry.fields[i], '='))
			abort();
	return 0;
}
