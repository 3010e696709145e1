// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that look at devices time after time: watch and top.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "load.h"
#include "scoped.h"
#include "span.h"
#include "wait.h"
#include "when.h"

#define INTERVAL_USEC USEC_PER_SEC
#define INTERVAL_MIN_USEC UINT64_C(10000)

/* The devices at one moment, by ascending number. */
struct look {
	struct mydev_dev *devs;
	size_t n;
	uint64_t when_usec; /* of CLOCK_BOOTTIME */
};

static void look_done(struct look *look)
{
	mydev_devs_free(look->devs, look->n);
	*look = (struct look){};
}

/* The loads of all devices between two looks. */
struct loads {
	struct mydev_load *list;
	size_t n;
};

static void loads_done(struct loads *loads)
{
	for (size_t i = 0; i < loads->n; i++)
		clear_load(&loads->list[i]);
	free(loads->list);
}

struct sampling {
	struct context *ctx;
	const struct invocation *inv;
	struct result *res;
	char **sort; /* names of fields; NULL: as they come */
	uint64_t interval_usec;
	uint64_t count; /* times that are left; 0: no limit */
};

static int look(struct sampling *s, struct look *ret)
{
	int r;

	r = mydev_dev_dump(s->ctx->client, &ret->devs, &ret->n);
	ret->when_usec = when_now(CLOCK_BOOTTIME);
	return r;
}

static int compare_id(const void *id, const void *dev)
{
	uint32_t a = *(const uint32_t *)id, b = ((const struct mydev_dev *)dev)->id;

	return (a > b) - (a < b);
}

static const struct mydev_dev *find(const struct look *look, uint32_t id)
{
	return look->n ? bsearch(&id, look->devs, look->n, sizeof(look->devs[0]), compare_id) :
			 NULL;
}

static int compare(const void *a, const void *b, void *columns)
{
	return load_compare(a, b, columns);
}

static int measure(const struct sampling *s, const struct look *before, const struct look *now,
		   struct loads *ret)
{
	int r = 0;

	ret->list = calloc(now->n ?: 1, sizeof(ret->list[0]));
	if (!ret->list)
		return -ENOMEM;
	for (size_t i = 0; i < now->n && r >= 0; i++) {
		const struct mydev_dev *dev = &now->devs[i];

		if (invocation_wants_device(s->inv, "DEV", dev->id, dev->name))
			r = load_measure(find(before, dev->id), dev,
					 now->when_usec - before->when_usec, &ret->list[ret->n++]);
	}
	if (s->sort)
		qsort_r(ret->list, ret->n, sizeof(ret->list[0]), compare, s->sort);
	return r;
}

static int show(const struct sampling *s, const struct look *before, const struct look *now)
{
	_cleanup_(loads_done) struct loads loads = {};
	int r;

	r = measure(s, before, now, &loads);
	for (size_t i = 0; i < loads.n && r >= 0; i++)
		r = result_add(s->res, &mydev_load_desc, &loads.list[i], 0);
	return r < 0 ? r : result_picture(s->res);
}

/* A device that is named must be there, at each time. */
static int check_named(const struct sampling *s, const struct look *look)
{
	invocation_for_each(value, s->inv, "DEV") {
		_scoped_(dev) struct mydev_dev which = {};
		bool found = false;

		for (size_t i = 0; i < look->n && !found; i++)
			found = !strcmp(look->devs[i].name, value->text) ||
				(device_identify(value->text, &which) >= 0 &&
				 MYDEV_HAS(&which, DEV, ID) && which.id == look->devs[i].id);
		if (!found) {
			(void)context_fail(s->ctx, s->res, value->text, -ENODEV);
			return -ENODEV;
		}
	}
	return 0;
}

/* 0: it was told what went wrong, or Ctrl-C; 1: go on. */
static int step(struct sampling *s, struct look *before)
{
	_cleanup_(look_done) struct look now = {};
	int r;

	r = wait_ready(-1, 0, wait_deadline(s->interval_usec), s->ctx->in_shell);
	if (r != -ETIMEDOUT)
		return r == -EINTR ? 0 : r;
	r = look(s, &now);
	if (r < 0) {
		(void)context_fail(s->ctx, s->res, NULL, r);
		return 0;
	}
	if (check_named(s, &now) < 0)
		return 0;
	r = show(s, before, &now);
	if (r < 0)
		return r;
	look_done(before);
	*before = now;
	now = (struct look){};
	return 1;
}

static int sample(struct sampling *s)
{
	_cleanup_(look_done) struct look before = {};
	struct mydev_client *client;
	int r;

	if (context_client(s->ctx, s->res, &client) < 0)
		return 0;
	r = look(s, &before);
	if (r < 0) {
		(void)context_fail(s->ctx, s->res, NULL, r);
		return 0;
	}
	if (check_named(s, &before) < 0)
		return 0;
	do {
		r = step(s, &before);
	} while (r > 0 && (!s->count || --s->count));
	return r < 0 ? r : 0;
}

static struct sampling begin(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *interval = invocation_get(inv, "interval"),
			   *count = invocation_get(inv, "count");
	uint64_t usec = interval ? interval->number : INTERVAL_USEC;

	return (struct sampling){
		.ctx = ctx,
		.inv = inv,
		.res = res,
		.interval_usec = usec > INTERVAL_MIN_USEC ? usec : INTERVAL_MIN_USEC,
		.count = count ? count->number : 0,
	};
}

int cmd_watch(struct context *ctx, const struct invocation *inv, struct result *res)
{
	struct sampling s = begin(ctx, inv, res);

	return sample(&s);
}

int cmd_top(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *sort = invocation_get(inv, "sort");
	struct sampling s = begin(ctx, inv, res);
	_cleanup_strv_ char **columns = NULL;
	int r;

	r = sort ? mydev_strv_split(sort->text, ',', &columns) : 0;
	if (r < 0)
		return r;
	s.sort = columns;
	return sample(&s);
}
