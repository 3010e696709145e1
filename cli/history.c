// SPDX-License-Identifier: GPL-2.0-only
/*
 * History by readline's own functions. The file is written anew for each line, out of what it has
 * by then, so that several shells at a time lose nothing and a killed one neither.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <readline/history.h>

#include "format.h"
#include "history.h"
#include "scoped.h"

#define LINES_MAX 1000

static char *join(const char *folder, const char *name)
{
	char *path;

	(void)mydev_asprintf(&path, "%s/%s", folder, name);
	return path;
}

/* $XDG_STATE_HOME, or what the specification has in its place. */
static char *state_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return strdup(state);
	return home && *home == '/' ? join(home, ".local/state") : NULL;
}

static int make_folders(const char *folder)
{
	_cleanup_free_ char *path = strdup(folder);

	if (!path)
		return -ENOMEM;
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (!slash)
			return 0;
		*slash = '/';
	}
}

char *history_path(void)
{
	_cleanup_free_ char *state = state_folder(), *folder = NULL;

	folder = state ? join(state, "mydev") : NULL;
	if (!folder || make_folders(folder) < 0)
		return NULL;
	return join(folder, "history");
}

/* Drops all entries with that text. */
static void forget(const char *line)
{
	for (int i = history_length - 1; i >= 0; i--) {
		HIST_ENTRY *entry = history_get(history_base + i);

		if (!entry || strcmp(entry->line, line) != 0)
			continue;
		entry = remove_history(i);
		free_history_entry(entry);
	}
}

static void add(const char *line)
{
	forget(line);
	add_history(line);
}

void history_load(const char *path)
{
	using_history();
	clear_history();
	stifle_history(LINES_MAX);
	if (path)
		read_history(path);
}

int history_add(const char *path, const char *line)
{
	_cleanup_close_ int lock = -1;
	_cleanup_free_ char *lock_path = NULL;

	if (!path) {
		add(line);
		return 0;
	}
	if (mydev_asprintf(&lock_path, "%s.lock", path) >= 0)
		lock = open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock >= 0)
		flock(lock, LOCK_EX);
	/* What other shells have added since is taken along. */
	if (!access(path, R_OK)) {
		clear_history();
		read_history(path);
	}
	add(line);
	using_history();
	return -write_history(path);
}
