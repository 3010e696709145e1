// SPDX-License-Identifier: GPL-2.0-only
/*
 * The optimal string alignment distance, row by row.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "distance.h"

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t min = a < b ? a : b;

	return min < c ? min : c;
}

size_t edit_distance(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b);
	_cleanup_free_ size_t *rows = calloc(3 * (len_b + 1), sizeof(*rows));
	size_t *before, *above, *row, *spare;

	if (!rows)
		return SIZE_MAX;
	before = rows;
	above = before + len_b + 1;
	row = above + len_b + 1;

	for (size_t j = 0; j <= len_b; j++)
		above[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    row[j] > before[j - 2] + 1)
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[len_b];
}
