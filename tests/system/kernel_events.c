// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the kernel's event log, an event a line: its attributes by their journal fields, sorted, with tabs between.
 * What mydevd wrote to the journal can be compared with it line by line.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "libmydev.h"

static int compare(const void *a, const void *b)
{
	const struct mydev_field *const *x = a, *const *y = b;

	return strcmp((*x)->journal, (*y)->journal);
}

static int print_event(const struct mydev_event *event, void *userdata)
{
	const struct mydev_field **fields = userdata;
	const char *separator = "";

	for (size_t i = 0; i < mydev_event_desc.n_fields; i++) {
		_cleanup_free_ char *value = NULL;
		int r;

		if (!mydev_has_attr(event, fields[i]->attr))
			continue;
		r = mydev_field_format(fields[i], event, &value);
		if (r < 0)
			return r;
		printf("%s%s=%s", separator, fields[i]->journal, value);
		separator = "\t";
	}
	putchar('\n');
	return 0;
}

int main(void)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	_cleanup_free_ const struct mydev_field **fields = NULL;
	size_t n = 0;
	int r;

	fields = calloc(mydev_event_desc.n_fields, sizeof(const struct mydev_field *));
	if (!fields)
		return EXIT_FAILURE;
	mydev_for_each_field(field, &mydev_event_desc)
		fields[n++] = field;
	qsort(fields, n, sizeof(const struct mydev_field *), compare);

	r = mydev_client_new(&client);
	if (r == 0)
		r = mydev_event_dump(client, NULL, 0, print_event, fields);
	if (r < 0) {
		fprintf(stderr, "kernel_events: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
