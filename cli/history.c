// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tree of tracks by the name of the object (tsearch()), so that thousands cost no more than they
 * have to.
 */

#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "history.h"
#include "strv.h"

#define LEVELS 8

/* Of one object. The values of a series are one behind the other, the oldest first. */
struct track {
	char *name;
	bool is_new; /* was added this time */
	uint64_t values[];
};

struct history {
	char **series; /* names of fields */
	size_t n_series;
	void *tracks;
	struct track **gone; /* room for what is forgotten */
	size_t n_tracks, n_gone;
};

static void free_track(void *node)
{
	struct track *track = node;

	free(track->name);
	free(track);
}

int history_new(struct history **ret, const char *columns)
{
	_cleanup_strv_ char **names = NULL;
	struct history *h;
	int r;

	r = mydev_strv_split(columns, ',', &names);
	if (r < 0)
		return r;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	for (char **name = names; name && *name && r >= 0; name++) {
		size_t len = strlen(*name);

		if (len && (*name)[len - 1] == '~')
			r = mydev_strv_append(&h->series, *name, len - 1);
	}
	h->n_series = mydev_strv_length(h->series);
	if (r < 0) {
		history_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	tdestroy(h->tracks, free_track);
	mydev_strv_free(h->series);
	free(h->gone);
	free(h);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct track *)a)->name, ((const struct track *)b)->name);
}

static char *name_of(const struct mydev_desc *desc, const void *obj)
{
	return *(char *const *)mydev_field_ptr(&desc->fields[0], obj);
}

static struct track *find(const struct history *h, char *name)
{
	const struct track key = { .name = name };
	struct track *const *found = tfind(&key, &h->tracks, compare);

	return found ? *found : NULL;
}

static struct track *new_track(struct history *h, const char *name)
{
	struct track *track =
		calloc(1, sizeof(*track) + h->n_series * HISTORY_TIMES * sizeof(uint64_t));

	if (!track)
		return NULL;
	track->name = strdup(name);
	if (!track->name || !tsearch(track, &h->tracks, compare)) {
		free_track(track);
		return NULL;
	}
	h->n_tracks++;
	return track;
}

int history_add(struct history *h, const struct mydev_desc *desc, const void *obj)
{
	char *name = name_of(desc, obj);
	struct track *track = find(h, name) ?: new_track(h, name);

	if (!track)
		return -ENOMEM;
	track->is_new = true;
	for (size_t i = 0; i < h->n_series; i++) {
		const struct mydev_field *field = mydev_field_find(desc, h->series[i]);
		uint64_t *values = track->values + i * HISTORY_TIMES;

		if (!field || field->type != MYDEV_TYPE_U64)
			return -EINVAL;
		memmove(values, values + 1, (HISTORY_TIMES - 1) * sizeof(*values));
		values[HISTORY_TIMES - 1] = *(const uint64_t *)mydev_field_ptr(field, obj);
	}
	return 0;
}

static void look(const void *node, VISIT visit, void *userdata)
{
	struct track *track = *(struct track *const *)node;
	struct history *h = userdata;

	if (visit != postorder && visit != leaf)
		return;
	if (!track->is_new)
		h->gone[h->n_gone++] = track;
	track->is_new = false;
}

void history_step(struct history *h)
{
	struct track **gone = reallocarray(h->gone, h->n_tracks ?: 1, sizeof(*gone));

	/* Then they are forgotten later. */
	if (!gone)
		return;
	h->gone = gone;
	h->n_gone = 0;
	twalk_r(h->tracks, look, h);
	for (size_t i = 0; i < h->n_gone; i++) {
		tdelete(h->gone[i], &h->tracks, compare);
		free_track(h->gone[i]);
	}
	h->n_tracks -= h->n_gone;
}

/* 0: nothing at all; what is not nothing can be seen. */
static size_t level(uint64_t value, uint64_t largest)
{
	return value ? 1 + (size_t)((double)value / (double)largest * (LEVELS - 1)) : 0;
}

static const uint64_t *find_values(const struct history *h, const struct mydev_field *field,
				   char *name)
{
	const struct track *track = find(h, name);

	for (size_t i = 0; track && i < h->n_series; i++)
		if (!strcmp(h->series[i], field->name))
			return track->values + i * HISTORY_TIMES;
	return NULL;
}

char *history_bars(const struct history *h, const struct mydev_desc *desc,
		   const struct mydev_field *field, const void *obj, size_t n, bool ascii)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const characters[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	const uint64_t *values = find_values(h, field, name_of(desc, obj));
	char *text = malloc(HISTORY_TIMES * strlen(blocks[LEVELS]) + 1), *end = text;
	uint64_t largest = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; values && i < HISTORY_TIMES; i++)
		largest = values[i] > largest ? values[i] : largest;
	for (size_t i = n < HISTORY_TIMES ? HISTORY_TIMES - n : 0; values && i < HISTORY_TIMES; i++)
		end = stpcpy(end, (ascii ? characters : blocks)[level(values[i], largest)]);
	*end = '\0';
	return text;
}
