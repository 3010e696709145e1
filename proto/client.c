// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of libmydev.h, typed: which command, which object goes out, which comes back. How a request travels is
 * in request.c.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "object.h"
#include "request.h"

int mydev_client_new(struct mydev_client **ret)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *c = NULL;
	int r;

	r = mydev_client_open(&c);
	if (r < 0)
		return r;
	r = mydev_client_resolve(c);
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(c);
	return 0;
}

const char *mydev_client_error(const struct mydev_client *c)
{
	return c->error;
}

/* ---- One object out, one back ---- */

struct answer {
	const struct mydev_desc *desc;
	void *obj;
	bool got;
};

static int take_object(const void *attrs, size_t len, void *userdata)
{
	struct answer *answer = userdata;

	mydev_object_clear(answer->desc, answer->obj);
	answer->got = true;
	return mydev_object_from_nl(answer->desc, attrs, len, answer->obj);
}

/* what: NULL, or an object of desc. ret: NULL, or an object of desc that is left empty on failure. */
static int transact(struct mydev_client *c, uint8_t cmd, const struct mydev_desc *desc,
		    const void *what, void *ret)
{
	struct answer answer = { .desc = desc, .obj = ret };
	struct mydev_request req = {
		.cmd = cmd,
		.desc = what ? desc : NULL,
		.obj = what,
		.reply = ret ? take_object : NULL,
		.userdata = &answer,
	};
	int r;

	r = mydev_request(c, &req);
	if (r == 0 && ret && !answer.got)
		r = -EPROTO;
	if (r < 0 && ret)
		mydev_object_clear(desc, ret);
	return r;
}

int mydev_info_get(struct mydev_client *c, struct mydev_info *ret)
{
	return transact(c, MYDEV_CMD_INFO_GET, &mydev_info_desc, NULL, ret);
}

int mydev_dev_get(struct mydev_client *c, const struct mydev_dev *which, struct mydev_dev *ret)
{
	return transact(c, MYDEV_CMD_DEV_GET, &mydev_dev_desc, which, ret);
}

int mydev_dev_set(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret)
{
	return transact(c, MYDEV_CMD_DEV_SET, &mydev_dev_desc, want, ret);
}

int mydev_dev_new(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret)
{
	return transact(c, MYDEV_CMD_DEV_NEW, &mydev_dev_desc, want, ret);
}

int mydev_dev_del(struct mydev_client *c, const struct mydev_dev *which)
{
	return transact(c, MYDEV_CMD_DEV_DEL, &mydev_dev_desc, which, NULL);
}

int mydev_reset(struct mydev_client *c, const struct mydev_dev *which, struct mydev_dev *ret)
{
	return transact(c, MYDEV_CMD_RESET, &mydev_dev_desc, which, ret);
}

/* The device is named by attributes of the same numbers in both sets. */
static_assert((int)MYDEV_A_SELFTEST_ID == (int)MYDEV_A_DEV_ID, "see above");
static_assert((int)MYDEV_A_SELFTEST_NAME == (int)MYDEV_A_DEV_NAME, "see above");

int mydev_selftest(struct mydev_client *c, const struct mydev_dev *which,
		   struct mydev_selftest *ret)
{
	struct mydev_selftest request = { .id = which->id, .name = which->name };

	request.has = which->has;
	return transact(c, MYDEV_CMD_SELFTEST, &mydev_selftest_desc, &request, ret);
}

int mydev_fault_inject(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret)
{
	return transact(c, MYDEV_CMD_FAULT_INJECT, &mydev_dev_desc, want, ret);
}

/* ---- Dumps into an array ---- */

struct array {
	const struct mydev_desc *desc;
	char *objs;
	size_t n, allocated;
};

static void objects_free(const struct mydev_desc *desc, void *objs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mydev_object_clear(desc, (char *)objs + i * desc->size);
	free(objs);
}

static void array_clear(struct array *array)
{
	objects_free(array->desc, array->objs, array->n);
	*array = (struct array){ .desc = array->desc };
}

static int append_object(const void *attrs, size_t len, void *userdata)
{
	struct array *array = userdata;
	size_t size = array->desc->size;
	void *obj;

	if (array->n == array->allocated) {
		size_t allocated = array->allocated ? 2 * array->allocated : 16;
		char *grown = reallocarray(array->objs, allocated, size);

		if (!grown)
			return -ENOMEM;
		array->objs = grown;
		array->allocated = allocated;
	}

	obj = memset(array->objs + array->n++ * size, 0, size);
	return mydev_object_from_nl(array->desc, attrs, len, obj);
}

/* what: NULL, or an object of desc. */
static int dump(struct mydev_client *c, uint8_t cmd, const struct mydev_desc *desc,
		const void *what, void **ret, size_t *ret_n)
{
	_cleanup_(array_clear) struct array array = { .desc = desc };
	struct mydev_request req = {
		.cmd = cmd,
		.dump = true,
		.desc = what ? desc : NULL,
		.obj = what,
		.reply = append_object,
		.userdata = &array,
	};
	int64_t deadline = mydev_now_ms() + MYDEV_TIMEOUT_MS;
	int r;

	do {
		array_clear(&array);
		r = mydev_request(c, &req);
		if (r < 0)
			return r;
	} while (req.interrupted && mydev_now_ms() < deadline);
	if (req.interrupted)
		return -EAGAIN;

	*ret_n = array.n;
	*ret = MYDEV_TAKE(array.objs);
	array.n = 0;
	return 0;
}

int mydev_dev_dump(struct mydev_client *c, struct mydev_dev **ret, size_t *ret_n)
{
	void *devs;
	int r;

	r = dump(c, MYDEV_CMD_DEV_GET, &mydev_dev_desc, NULL, &devs, ret_n);
	if (r == 0)
		*ret = devs;
	return r;
}

void mydev_devs_free(struct mydev_dev *devs, size_t n)
{
	objects_free(&mydev_dev_desc, devs, n);
}

/* As in a self-test. */
static_assert((int)MYDEV_A_REGISTER_DEV_ID == (int)MYDEV_A_DEV_ID, "see above");
static_assert((int)MYDEV_A_REGISTER_DEVICE == (int)MYDEV_A_DEV_NAME, "see above");

int mydev_register_dump(struct mydev_client *c, const struct mydev_dev *which,
			struct mydev_register **ret, size_t *ret_n)
{
	struct mydev_register request = { .dev_id = which->id, .device = which->name };
	void *registers;
	int r;

	request.has = which->has & MYDEV_REQUEST_REGISTER_GET;
	r = dump(c, MYDEV_CMD_REGISTER_GET, &mydev_register_desc, &request, &registers, ret_n);
	if (r == 0)
		*ret = registers;
	return r;
}

void mydev_registers_free(struct mydev_register *registers, size_t n)
{
	objects_free(&mydev_register_desc, registers, n);
}

/* ---- Events of the log ---- */

struct event_sink {
	mydev_event_fn fn;
	void *userdata;
};

static int pass_event(const void *attrs, size_t len, void *userdata)
{
	_cleanup_(mydev_event_clear) struct mydev_event event = {};
	struct event_sink *sink = userdata;
	int r;

	r = mydev_object_from_nl(&mydev_event_desc, attrs, len, &event);
	if (r < 0)
		return r;
	return sink->fn(&event, sink->userdata);
}

int mydev_event_dump(struct mydev_client *c, const char *epoch, uint64_t from_seq,
		     mydev_event_fn fn, void *userdata)
{
	struct event_sink sink = { .fn = fn, .userdata = userdata };
	struct mydev_event from = {};
	struct mydev_request req = {
		.cmd = MYDEV_CMD_EVENT_GET,
		.dump = true,
		.desc = &mydev_event_desc,
		.obj = &from,
		.reply = pass_event,
		.userdata = &sink,
	};
	int r;

	if (epoch) {
		r = mydev_field_parse(mydev_field_find(&mydev_event_desc, "epoch"), epoch, &from);
		if (r < 0)
			return r;
	}
	if (from_seq) {
		from.seq = from_seq;
		MYDEV_SET(&from, EVENT, SEQ);
	}
	return mydev_request(c, &req);
}
