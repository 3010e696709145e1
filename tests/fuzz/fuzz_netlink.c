// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer entry: arbitrary bytes as what the kernel sends. The first byte picks the decoder, the rest are attributes
 * or a message. To be compiled by clang with -fsanitize=fuzzer,address,undefined, together with every .c of proto/.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "cleanup.h"
#include "extack.h"
#include "libmydev.h"
#include "object.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decodes, and formats what came out: a value must have a text, and that text must give the value again. */
static void fuzz_object(const struct mydev_desc *desc, const void *attrs, size_t len)
{
	_cleanup_free_ void *obj = calloc(1, desc->size), *again = calloc(1, desc->size);

	if (!obj || !again)
		abort();
	mydev_object_from_nl(desc, attrs, len, obj);
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *text = NULL, *back = NULL;

		if (mydev_field_format(field, obj, &text) < 0)
			continue;
		if (mydev_field_parse(field, text, again) < 0 ||
		    mydev_field_format(field, again, &back) < 0)
			abort();
		/* A vector's texts may have commas of their own. */
		if (field->type != MYDEV_TYPE_STRV && strcmp(text, back))
			abort();
	}
	mydev_object_clear(desc, obj);
	mydev_object_clear(desc, again);
}

/* A request with one attribute, for offsets to point to. */
static void fuzz_reply(struct nlmsghdr *reply, size_t len)
{
	struct {
		struct nlmsghdr hdr;
		struct genlmsghdr genl;
		struct nlattr nla;
		uint32_t value;
	} request = { .hdr.nlmsg_len = sizeof(request), .nla = { 8, MYDEV_A_DEV_RX_SIZE } };
	const void *attrs;
	size_t attrs_len;

	if (!nlmsg_ok(reply, (int)len))
		return;
	if (mydev_extack_error(reply) > 0)
		abort();
	free(mydev_extack_text(reply, &request.hdr, &mydev_dev_desc));
	attrs = mydev_genl_attrs(reply, NULL, &attrs_len);
	if (attrs)
		fuzz_object(&mydev_event_desc, attrs, attrs_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ void *copy = NULL;
	struct mydev_family family;
	size_t n_descs = 0;
	uint8_t which;

	if (!size)
		return 0;
	which = data[0];
	size--;
	copy = malloc(size ?: 1);
	if (!copy)
		abort();
	memcpy(copy, data + 1, size);

	while (mydev_descs[n_descs])
		n_descs++;
	which %= n_descs + 2;
	if (which < n_descs)
		fuzz_object(mydev_descs[which], copy, size);
	else if (which == n_descs)
		mydev_family_from_nl(copy, size, &family);
	else
		fuzz_reply(copy, size);
	return 0;
}
