// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rates out of counters.
 */

#include <errno.h>
#include <string.h>

#include "load.h"
#include "span.h"

/* A counter that is less than it was was cleared, or is another device's of the same number. */
static uint64_t rate(uint64_t before, uint64_t now, uint64_t span_usec)
{
	uint64_t grown = now < before ? now : now - before;

	return (uint64_t)((double)grown * (double)USEC_PER_SEC / (double)span_usec);
}

int load_measure(const struct mydev_dev *before, const struct mydev_dev *now, uint64_t span_usec,
		 struct mydev_load *ret)
{
	static const struct mydev_dev nothing;

	before = before ?: &nothing;
	ret->device = strdup(now->name);
	if (!ret->device)
		return -ENOMEM;
	ret->state = now->state;
	ret->fill = now->rx_size ? (uint32_t)(now->rx_used * UINT64_C(100) / now->rx_size) : 0;
	ret->tx_rate = rate(before->tx_bytes, now->tx_bytes, span_usec);
	ret->rx_rate = rate(before->rx_bytes, now->rx_bytes, span_usec);
	ret->read_rate = rate(before->read_bytes, now->read_bytes, span_usec);
	ret->drop_rate = rate(before->rx_dropped, now->rx_dropped, span_usec);
	ret->rx_dropped = now->rx_dropped;
	ret->rx_used = now->rx_used;
	ret->rx_size = now->rx_size;
	ret->users = now->users;
	ret->span_ns = span_usec * NSEC_PER_USEC;
	mydev_for_each_field(field, &mydev_load_desc)
		mydev_set_attr(ret, field->attr);
	return 0;
}

static int compare_field(const struct mydev_field *field, const void *a, const void *b)
{
	const void *pa = mydev_field_ptr(field, a), *pb = mydev_field_ptr(field, b);
	uint64_t na, nb;

	switch (field->type) {
	case MYDEV_TYPE_STRING:
		return strverscmp(*(char *const *)pa, *(char *const *)pb);
	case MYDEV_TYPE_U64:
		na = *(const uint64_t *)pa;
		nb = *(const uint64_t *)pb;
		break;
	default:
		na = *(const uint32_t *)pa;
		nb = *(const uint32_t *)pb;
	}
	return (na < nb) - (na > nb);
}

int load_compare(const struct mydev_load *a, const struct mydev_load *b, char **columns)
{
	int r = 0;

	for (; columns && *columns && !r; columns++)
		r = compare_field(mydev_field_find(&mydev_load_desc, *columns), a, b);
	return r;
}
