// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command report: everything that whoever looks into a bug asks for first, in a file. What is
 * in it, is in report_parts.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "report_parts.h"
#include "scoped.h"
#include "sink.h"

struct report {
	struct reporter reporter;
	struct result *res;
	struct sink *sink; /* into a file; NULL: to the result */
};

/* Replaces the value wherever it stands in the line. */
static int hide(char **line, const char *value)
{
	_cleanup_free_ char *text = NULL;
	const char *rest = *line, *found;
	FILE *out;
	size_t size;

	if (!strstr(rest, value))
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	for (; (found = strstr(rest, value)); rest = found + strlen(value))
		fprintf(out, "%.*s" REPORT_HIDDEN, (int)(found - rest), rest);
	fputs(rest, out);
	if (fclose(out))
		return -ENOMEM;
	free(*line);
	*line = MYDEV_TAKE(text);
	return 0;
}

static int hide_all(const struct report *report, char **lines)
{
	int r = 0;

	for (; lines && *lines && r >= 0; lines++)
		for (char **value = report->reporter.hidden; value && *value && r >= 0; value++)
			r = hide(lines, *value);
	return r;
}

static int show_part(struct report *report, const struct mydev_report *part)
{
	if (report->sink)
		return report->sink->item(report->sink, &mydev_report_desc, part, 0);
	return result_add(report->res, &mydev_report_desc, part, 0);
}

static int show_all(struct report *report)
{
	int r = 0;

	for (const struct report_part *each = report_parts; each->name && r >= 0; each++) {
		_scoped_(report) struct mydev_report part = {};

		part.name = strdup(each->name);
		if (!part.name)
			return -ENOMEM;
		MYDEV_SET(&part, REPORT, NAME);
		MYDEV_SET(&part, REPORT, LINE);
		r = each->run(&report->reporter, &part);
		if (r >= 0)
			r = hide_all(report, part.line);
		if (r >= 0)
			r = hide_all(report, part.problem);
		if (r >= 0)
			r = show_part(report, &part);
	}
	return r;
}

/* ---- The file ---- */

static char *default_path(void)
{
	char path[sizeof("mydev-report-20261123-060000.txt") + 16]; /* of years to come */
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) ||
	    !strftime(path, sizeof(path), "mydev-report-%Y%m%d-%H%M%S.txt", &tm))
		return NULL;
	return strdup(path);
}

/* What exists is left as it is, and what cannot be written whole is not left behind. */
static int write_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600), r = 0;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < size && r >= 0;) {
		ssize_t n = write(fd, text + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			r = -errno;
	}
	if (close(fd) < 0 && r >= 0)
		r = -errno;
	if (r < 0)
		(void)unlink(path);
	return r;
}

static int fail_file(struct result *res, const char *path, int err)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "cannot write %s: %s", path,
		  strerror(-err));
	if (err == -EEXIST)
		error_set_cure(&error, "name another file");
	else
		error_set_cure(&error, "name another file, or - for standard output");
	return result_fail(res, &error);
}

static int add_file(struct result *res, const char *path)
{
	_scoped_(report) struct mydev_report where = { .file = strdup(path) };

	if (!where.file)
		return -ENOMEM;
	MYDEV_SET(&where, REPORT, FILE);
	return result_add(res, &mydev_report_desc, &where, 0);
}

static int report_to_file(struct report *report, const char *path)
{
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	_cleanup_free_ char *text = NULL;
	FILE *out;
	size_t size;
	int r;

	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	report->sink = sink = sink_new_section(out, false);
	r = sink ? show_all(report) : -ENOMEM;
	if (fclose(out) || r < 0)
		return r < 0 ? r : -ENOMEM;
	r = write_file(path, text, size);
	return r < 0 ? fail_file(report->res, path, r) : add_file(report->res, path);
}

int cmd_report(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *file = invocation_get(inv, "FILE");
	_cleanup_free_ char *path = file ? strdup(file->text) : default_path();
	struct report report = { .reporter = { .ctx = ctx }, .res = res };
	int r;

	if (!path)
		return -ENOMEM;
	if (file ? !strcmp(path, "-") : result_is_json(res))
		r = show_all(&report);
	else
		r = report_to_file(&report, path);
	mydev_strv_free(report.reporter.hidden);
	return r;
}
