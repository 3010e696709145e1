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
#include "strv.h"
#include "tracks.h"

#define LEVELS 8

/* Of one object. The values of a series are one behind the other, the oldest first. */
struct track {
	char *name;
	bool is_new; /* was added this time */
	uint64_t values[];
};

struct tracks {
	char **series; /* names of fields */
	size_t n_series;
	void *tree; /* of them */
	struct track **gone; /* room for what is forgotten */
	size_t n_tracks, n_gone;
};

static void free_track(void *node)
{
	struct track *track = node;

	free(track->name);
	free(track);
}

int tracks_new(struct tracks **ret, const char *columns)
{
	_cleanup_strv_ char **names = NULL;
	struct tracks *t;
	int r;

	r = mydev_strv_split(columns, ',', &names);
	if (r < 0)
		return r;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	for (char **name = names; name && *name && r >= 0; name++) {
		size_t len = strlen(*name);

		if (len && (*name)[len - 1] == '~')
			r = mydev_strv_append(&t->series, *name, len - 1);
	}
	t->n_series = mydev_strv_length(t->series);
	if (r < 0) {
		tracks_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void tracks_free(struct tracks *t)
{
	if (!t)
		return;
	tdestroy(t->tree, free_track);
	mydev_strv_free(t->series);
	free(t->gone);
	free(t);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct track *)a)->name, ((const struct track *)b)->name);
}

static char *name_of(const struct mydev_desc *desc, const void *obj)
{
	return *(char *const *)mydev_field_ptr(&desc->fields[0], obj);
}

static struct track *find(const struct tracks *t, char *name)
{
	const struct track key = { .name = name };
	struct track *const *found = tfind(&key, &t->tree, compare);

	return found ? *found : NULL;
}

static struct track *new_track(struct tracks *t, const char *name)
{
	struct track *track =
		calloc(1, sizeof(*track) + t->n_series * TRACKS_TIMES * sizeof(uint64_t));

	if (!track)
		return NULL;
	track->name = strdup(name);
	if (!track->name || !tsearch(track, &t->tree, compare)) {
		free_track(track);
		return NULL;
	}
	t->n_tracks++;
	return track;
}

int tracks_add(struct tracks *t, const struct mydev_desc *desc, const void *obj)
{
	char *name = name_of(desc, obj);
	struct track *track = find(t, name) ?: new_track(t, name);

	if (!track)
		return -ENOMEM;
	track->is_new = true;
	for (size_t i = 0; i < t->n_series; i++) {
		const struct mydev_field *field = mydev_field_find(desc, t->series[i]);
		uint64_t *values = track->values + i * TRACKS_TIMES;

		if (!field || field->type != MYDEV_TYPE_U64)
			return -EINVAL;
		memmove(values, values + 1, (TRACKS_TIMES - 1) * sizeof(*values));
		values[TRACKS_TIMES - 1] = *(const uint64_t *)mydev_field_ptr(field, obj);
	}
	return 0;
}

static void look(const void *node, VISIT visit, void *userdata)
{
	struct track *track = *(struct track *const *)node;
	struct tracks *t = userdata;

	if (visit != postorder && visit != leaf)
		return;
	if (!track->is_new)
		t->gone[t->n_gone++] = track;
	track->is_new = false;
}

void tracks_step(struct tracks *t)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is meant */
	struct track **gone = reallocarray(t->gone, t->n_tracks ?: 1, sizeof(*gone));

	/* Then they are forgotten later. */
	if (!gone)
		return;
	t->gone = gone;
	t->n_gone = 0;
	twalk_r(t->tree, look, t);
	for (size_t i = 0; i < t->n_gone; i++) {
		tdelete(t->gone[i], &t->tree, compare);
		free_track(t->gone[i]);
	}
	t->n_tracks -= t->n_gone;
}

/* 0: nothing at all; what is not nothing can be seen. */
static size_t level(uint64_t value, uint64_t largest)
{
	return value ? 1 + (size_t)((double)value / (double)largest * (LEVELS - 1)) : 0;
}

static const uint64_t *find_values(const struct tracks *t, const struct mydev_field *field,
				   char *name)
{
	const struct track *track = find(t, name);

	for (size_t i = 0; track && i < t->n_series; i++)
		if (!strcmp(t->series[i], field->name))
			return track->values + i * TRACKS_TIMES;
	return NULL;
}

char *tracks_bars(const struct tracks *t, const struct mydev_desc *desc,
		  const struct mydev_field *field, const void *obj, size_t n, bool ascii)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const characters[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	const uint64_t *values = find_values(t, field, name_of(desc, obj));
	char *text = malloc(TRACKS_TIMES * strlen(blocks[LEVELS]) + 1), *end = text;
	uint64_t largest = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; values && i < TRACKS_TIMES; i++)
		largest = values[i] > largest ? values[i] : largest;
	for (size_t i = n < TRACKS_TIMES ? TRACKS_TIMES - n : 0; values && i < TRACKS_TIMES; i++)
		end = stpcpy(end, (ascii ? characters : blocks)[level(values[i], largest)]);
	*end = '\0';
	return text;
}
