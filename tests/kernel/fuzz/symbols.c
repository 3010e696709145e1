// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions from /proc/kallsyms: see symbols.h.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "symbols.h"

/* Neither those that the trace macros make, nor what compilers put in front of or take out of functions. */
static bool is_written(const char *name)
{
	return !strstr(name, "trace") && !strstr(name, "perf") && !strchr(name, '.') &&
	       strncmp(name, "__", 2) && strncmp(name, "_sub_", 5);
}

static bool is_function(char type, const char *module)
{
	return tolower(type) == 't' && !strncmp(module, "[mydev", strlen("[mydev"));
}

static int add(struct symbols *symbols, uint64_t address, const char *name)
{
	struct symbol *all;

	all = realloc(symbols->all, (symbols->n + 1) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	symbols->all = all;
	all[symbols->n] = (struct symbol){ .address = address,
					   .name = strdup(name),
					   .written = is_written(name) };
	return all[symbols->n++].name ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	const struct symbol *one = a, *other = b;

	return (one->address > other->address) - (one->address < other->address);
}

int symbols_read(struct symbols *symbols)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024], name[512], module[64], type;
	uint64_t address;
	int r = 0;

	*symbols = (struct symbols){};
	if (!file)
		return -errno;
	while (r == 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %c %511s %63s", &address, &type, name, module) == 4 &&
		    is_function(type, module))
			r = add(symbols, address, name);
	qsort(symbols->all, symbols->n, sizeof(*symbols->all), compare);
	return r;
}

void symbols_clear(struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->n; i++)
		free(symbols->all[i].name);
	free(symbols->all);
	*symbols = (struct symbols){};
}

/* The last one that begins before it; a point is where the call of the tracer returns to, so never at the begin. */
static struct symbol *symbol_of(const struct symbols *symbols, uint64_t point)
{
	size_t low = 0, high = symbols->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (symbols->all[middle].address < point)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &symbols->all[low - 1] : NULL;
}

void symbols_mark(struct symbols *symbols, const struct points *points)
{
	for (size_t i = 0; i < POINTS_SLOTS; i++) {
		struct symbol *symbol =
			points->slots[i] ? symbol_of(symbols, points->slots[i]) : NULL;

		if (symbol)
			symbol->reached = true;
	}
}
