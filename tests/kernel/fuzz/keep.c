// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeping programs: see keep.h. A file is written by one call, so that it is not left half.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "keep.h"

#define RECENT_BYTES (256ul * 1024)

static int write_all(int fd, const char *text, size_t size)
{
	ssize_t n = write(fd, text, size);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

static int write_file(const struct keep *keep, const char *name, const char *text, size_t size)
{
	_cleanup_close_ int fd =
		openat(keep->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_DSYNC | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : write_all(fd, text, size);
}

/* Text of programs; an exhausted memory ends the fuzzer at the next fprintf() anyway. */
static FILE *text_open(char **text, size_t *size)
{
	FILE *file = open_memstream(text, size);

	if (!file)
		abort();
	return file;
}

/* ---- What was executed last ---- */

/* What was begun before becomes the old one: also that of a run that a crash has ended. */
static int begin_recent(struct keep *keep)
{
	if (keep->recent >= 0)
		close(keep->recent);
	if (renameat(keep->dir, "recent", keep->dir, "recent.old") < 0 && errno != ENOENT)
		return -errno;
	keep->recent_bytes = 0;
	keep->recent = openat(keep->dir, "recent",
			      O_WRONLY | O_CREAT | O_EXCL | O_DSYNC | O_CLOEXEC, 0644);
	return keep->recent < 0 ? -errno : 0;
}

int keep_open(struct keep *keep, const char *path)
{
	*keep = (struct keep){ .recent = -1 };
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	keep->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keep->dir < 0)
		return -errno;
	if (mkdirat(keep->dir, "corpus", 0755) < 0 && errno != EEXIST)
		return -errno;
	return begin_recent(keep);
}

int keep_before(struct keep *keep, const struct program *program)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file;
	int r = 0;

	keep->last[++keep->n % KEEP_LAST] = *program;
	file = text_open(&text, &size);
	fprintf(file, "# %" PRIu64 "\n", keep->n);
	program_print(program, file);
	fclose(file);
	if (keep->recent_bytes + size > RECENT_BYTES)
		r = begin_recent(keep);
	keep->recent_bytes += size;
	return r < 0 ? r : write_all(keep->recent, text, size);
}

int keep_trouble(struct keep *keep, const char *words, char **ret)
{
	uint64_t first = keep->n >= KEEP_LAST ? keep->n - KEEP_LAST + 1 : 1;
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = text_open(&text, &size);

	fprintf(file, "# %s\n\n", words);
	for (uint64_t i = first; i <= keep->n; i++)
		program_print(&keep->last[i % KEEP_LAST], file);
	fclose(file);
	if (asprintf(ret, "trouble-%" PRIu64, keep->n) < 0)
		return -ENOMEM;
	return write_file(keep, *ret, text, size);
}

/* ---- The corpus ---- */

/* FNV-1a: the same program has the same name. */
static uint64_t hash(const char *text, size_t size)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)text[i]) * 0x100000001b3u;
	return value;
}

int keep_in_corpus(struct keep *keep, const struct program *program)
{
	_cleanup_free_ char *text = NULL;
	char name[32];
	size_t size;
	FILE *file = text_open(&text, &size);

	program_print(program, file);
	fclose(file);
	snprintf(name, sizeof(name), "corpus/%016" PRIx64, hash(text, size));
	return write_file(keep, name, text, size);
}

static int read_programs(int dir, const char *name,
			 int (*fn)(const struct program *program, void *userdata), void *userdata)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct program program;
	unsigned int line = 0;
	int r;

	if (!file)
		return -errno;
	(void)MYDEV_TAKE_FD(fd);
	while ((r = program_parse(&program, file, &line)) > 0) {
		r = fn(&program, userdata);
		if (r)
			return r;
	}
	return r;
}

int keep_for_each(struct keep *keep, int (*fn)(const struct program *program, void *userdata),
		  void *userdata)
{
	int fd = openat(keep->dir, "corpus", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n, r = 0;
	struct dirent **entries;

	if (fd < 0)
		return -errno;
	n = scandirat(fd, ".", &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (r == 0 && entries[i]->d_name[0] != '.')
			r = read_programs(fd, entries[i]->d_name, fn, userdata);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	close(fd);
	return n < 0 ? -errno : r;
}
