// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the parts of a report come from: other commands of this program, sysfs, the module, systemd
 * and the journal.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "format.h"
#include "logs.h"
#include "notice.h"
#include "report_parts.h"
#include "scoped.h"
#include "session.h"
#include "sink.h"
#include "unit.h"

#define EVENTS 100 /* the last so many */
#define HIDDEN_MIN 4 /* characters; what is shorter says nothing, and stands everywhere */
#define SYS_MODULE "/sys/module"

/* ---- Lines ---- */

static __attribute__((format(printf, 2, 0))) int add_text(char ***lines, const char *format,
							  va_list ap)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = mydev_vasprintf(&text, format, ap);
	return r < 0 ? r : mydev_strv_append(lines, text, strlen(text));
}

static __attribute__((format(printf, 2, 3))) int say(struct mydev_report *part, const char *format,
						     ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = add_text(&part->line, format, ap);
	va_end(ap);
	MYDEV_SET(part, REPORT, LINE);
	return r;
}

static __attribute__((format(printf, 2, 3))) int complain(struct mydev_report *part,
							  const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = add_text(&part->problem, format, ap);
	va_end(ap);
	MYDEV_SET(part, REPORT, PROBLEM);
	return r;
}

/* Text that was written for people, as lines. */
static int say_text(struct mydev_report *part, char *text)
{
	char *line;
	int r = 0;

	while (r >= 0 && (line = strsep(&text, "\n")))
		if (*line || text)
			r = say(part, "%s", line);
	return r;
}

/* What a command says on standard error. */
static int complain_text(struct mydev_report *part, char *text)
{
	static const char prefix[] = "mydevctl: ";
	char *line;
	int r = 0;

	while (r >= 0 && (line = strsep(&text, "\n"))) {
		if (!strncmp(line, prefix, strlen(prefix)))
			line += strlen(prefix);
		if (*line)
			r = complain(part, "%s", line);
	}
	return r;
}

/* What a command of this program shows. */
static int run_line(struct mydev_report *part, const char *line)
{
	_cleanup_free_ char *out = NULL, *err = NULL;
	size_t out_size, err_size;
	struct session s = { .anonymous = true };
	int r = 0;

	s.place.out = open_memstream(&out, &out_size);
	s.place.err = s.place.out ? open_memstream(&err, &err_size) : NULL;
	if (s.place.err)
		(void)session_run_line(&s, line);
	session_done(&s);
	if (!s.place.err || fclose(s.place.err))
		r = -ENOMEM;
	if (!s.place.out || fclose(s.place.out))
		r = -ENOMEM;
	if (r >= 0)
		r = say_text(part, out);
	return r < 0 ? r : complain_text(part, err);
}

/* ---- Versions, module ---- */

static int say_distribution(struct mydev_report *part)
{
	_cleanup_fclose_ FILE *file = fopen("/etc/os-release", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "PRETTY_NAME=", strlen("PRETTY_NAME=")))
			return say(part, "Distribution: %s", line + strlen("PRETTY_NAME="));
	}
	return complain(part, "/etc/os-release has no name");
}

/* systemd finds the unit below these two only. */
static int say_daemon_version(struct mydev_report *part)
{
	static const char *const programs[] = { "/usr/local/sbin/mydevd", "/usr/sbin/mydevd" };
	bool found = false;
	int r = 0;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(programs) && r >= 0; i++) {
		_cleanup_free_ char *command = NULL, *line = NULL;
		size_t size = 0;
		FILE *answer;

		if (access(programs[i], X_OK) < 0)
			continue;
		found = true;
		r = mydev_asprintf(&command, "%s --version 2>&1", programs[i]);
		/* NOLINTNEXTLINE(cert-env33-c): one of the programs above, by its path */
		answer = r < 0 ? NULL : popen(command, "re");
		if (!answer)
			return -errno;
		if (getline(&line, &size, answer) > 0)
			r = say(part, "%s: %.*s", programs[i], (int)strcspn(line, "\n"), line);
		(void)pclose(answer);
	}
	return r < 0 || found ? r : complain(part, "mydevd is not installed");
}

static int part_versions(struct reporter *rep, struct mydev_report *part)
{
	struct utsname uts;
	int r;

	r = run_line(part, "version");
	if (r >= 0)
		r = say_daemon_version(part);
	uname(&uts);
	if (r >= 0)
		r = say(part, "Kernel: %s %s %s %s", uts.sysname, uts.release, uts.version,
			uts.machine);
	return r < 0 ? r : say_distribution(part);
}

/* A file of sysfs, which has one line; one that is not there has nothing to say. */
static int say_file(struct mydev_report *part, const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL, *line = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	size_t size = 0;

	if (mydev_asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	file = fopen(path, "re");
	if (!file && errno != ENOENT)
		return complain(part, "%s: %s", path, strerror(errno));
	if (!file || getline(&line, &size, file) < 0)
		return 0;
	return say(part, "%s: %.*s", path, (int)strcspn(line, "\n"), line);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_our_module(const struct dirent *entry)
{
	size_t len = strlen("mydev");

	return !strncmp(entry->d_name, "mydev", len) && strchr("_", entry->d_name[len]);
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return is_visible(entry) && dot && !strcmp(dot, ".conf");
}

/* fn for each that filter takes, by name; a folder that is not there has none. */
static int for_each_entry(const char *folder, int (*filter)(const struct dirent *entry),
			  int (*fn)(struct reporter *rep, struct mydev_report *part,
				    const char *folder, const char *name),
			  struct reporter *rep, struct mydev_report *part)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, filter, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : complain(part, "%s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r >= 0)
			r = fn(rep, part, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int say_parameter(struct reporter *rep, struct mydev_report *part, const char *folder,
			 const char *name)
{
	return say_file(part, folder, name);
}

static int say_module(struct reporter *rep, struct mydev_report *part, const char *folder,
		      const char *name)
{
	static const char *const files[] = { "version", "srcversion", "taint", "refcnt" };
	_cleanup_free_ char *path = NULL, *parameters = NULL;
	int r;

	r = mydev_asprintf(&path, "%s/%s", folder, name);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(files) && r >= 0; i++)
		r = say_file(part, path, files[i]);
	if (r >= 0)
		r = mydev_asprintf(&parameters, "%s/parameters", path);
	return r < 0 ? r : for_each_entry(parameters, is_visible, say_parameter, rep, part);
}

/* The sink writes to *ret_text, which is the caller's, once *ret_out is closed. */
static int open_text(char **ret_text, size_t *ret_size, FILE **ret_out)
{
	*ret_out = open_memstream(ret_text, ret_size);
	return *ret_out ? 0 : -ENOMEM;
}

static int say_info(struct reporter *rep, struct mydev_report *part)
{
	_scoped_(info) struct mydev_info info = {};
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	_cleanup_free_ char *text = NULL;
	FILE *out;
	size_t size;
	int r;

	r = mydev_info_get(rep->ctx->client, &info);
	if (r < 0)
		return complain(part, "the module does not answer: %s", strerror(-r));
	r = open_text(&text, &size, &out);
	if (r < 0)
		return r;
	sink = sink_new_record(out, false);
	r = sink ? sink->item(sink, &mydev_info_desc, &info, 0) : -ENOMEM;
	if (fclose(out) || r < 0)
		return r < 0 ? r : -ENOMEM;
	return say_text(part, text);
}

/* NULL: the module does not answer. */
static struct mydev_client *get_client(struct reporter *rep)
{
	if (!rep->ctx->client && mydev_client_new(&rep->ctx->client) < 0)
		rep->ctx->client = NULL;
	return rep->ctx->client;
}

static int part_module(struct reporter *rep, struct mydev_report *part)
{
	int r;

	r = get_client(rep) ? say_info(rep, part) : complain(part, "the module does not answer");
	if (r >= 0)
		r = for_each_entry(SYS_MODULE, is_our_module, say_module, rep, part);
	return r < 0 ? r : say_file(part, "/proc/sys/kernel", "tainted");
}

/* ---- Devices, events ---- */

static int part_devices(struct reporter *rep, struct mydev_report *part)
{
	return run_line(part, "status");
}

static int part_registers(struct reporter *rep, struct mydev_report *part)
{
	return run_line(part, "registers");
}

static int write_event(const struct mydev_event *event, void *userdata)
{
	struct sink *sink = userdata;

	return sink->item(sink, &mydev_event_desc, event, notice_event_time(event));
}

/* Who may not read the journal sees them here. */
static int part_kernel_events(struct reporter *rep, struct mydev_report *part)
{
	_scoped_(info) struct mydev_info info = {};
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	_cleanup_free_ char *text = NULL;
	uint64_t first;
	FILE *out;
	size_t size;
	int r;

	if (!get_client(rep))
		return complain(part, "the module does not answer");
	r = mydev_info_get(rep->ctx->client, &info);
	if (r < 0)
		return complain(part, "the module does not answer: %s", strerror(-r));
	first = info.event_last > EVENTS ? info.event_last - EVENTS + 1 : 0;
	r = open_text(&text, &size, &out);
	if (r < 0)
		return r;
	sink = sink_new_line(out, false, NULL);
	r = sink ? mydev_event_dump(rep->ctx->client, NULL, first, write_event, sink) : -ENOMEM;
	if (fclose(out))
		return -ENOMEM;
	if (r < 0)
		return r == -ENOMEM ? r : complain(part, "asking for events: %s", strerror(-r));
	return say_text(part, text);
}

static int part_journal_events(struct reporter *rep, struct mydev_report *part)
{
	_cleanup_free_ char *line = NULL;
	int r;

	r = mydev_asprintf(&line, "events --lines %d", EVENTS);
	return r < 0 ? r : run_line(part, line);
}

static int part_doctor(struct reporter *rep, struct mydev_report *part)
{
	return run_line(part, "doctor");
}

/* ---- Configuration ---- */

/* Their values are numbers, spans of time and yes or no. */
static bool is_harmless(const char *key, size_t len)
{
	static const char *const keys[] = { "Reset", "GraceSec", "Tries", "PeriodSec",
					    "TimeoutSec" };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(keys); i++)
		if (strlen(keys[i]) == len && !strncmp(keys[i], key, len))
			return true;
	return false;
}

/* What is quoted in a log, as the name of a program, is to be hidden there too. */
static int remember_hidden(struct reporter *rep, const char *value)
{
	size_t len = strcspn(value, " \t");

	return len < HIDDEN_MIN ? 0 : mydev_strv_append(&rep->hidden, value, len);
}

static int say_setting(struct reporter *rep, struct mydev_report *part, const char *line)
{
	const char *value = strchr(line, '=');
	size_t len = value ? (size_t)(value - line) : 0;
	int r;

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	if (is_harmless(line, len))
		return say(part, "%s", line);
	value = value ? value + 1 : line;
	r = remember_hidden(rep, value + strspn(value, " \t"));
	return r < 0 ? r : say(part, "%.*s%s" REPORT_HIDDEN, (int)len, line, len ? "=" : "");
}

static int say_config_line(struct reporter *rep, struct mydev_report *part, char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#' || *line == ';')
		return 0;
	return *line == '[' ? say(part, "%s", line) : say_setting(rep, part, line);
}

static int say_config(struct reporter *rep, struct mydev_report *part, const char *folder,
		      const char *name)
{
	_cleanup_free_ char *path = NULL, *line = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	size_t size = 0;
	int r;

	if (mydev_asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : complain(part, "%s: %s", path, strerror(errno));
	r = say(part, "# %s", path);
	while (r >= 0 && getline(&line, &size, file) > 0)
		r = say_config_line(rep, part, line);
	return r;
}

static int part_config(struct reporter *rep, struct mydev_report *part)
{
	static const char *const folders[] = { "/etc/mydev", "/run/mydev", "/usr/local/lib/mydev",
					       "/usr/lib/mydev" };
	int r = 0;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(folders) && r >= 0; i++) {
		_cleanup_free_ char *more = NULL;

		r = say_config(rep, part, folders[i], "mydevd.conf");
		if (r >= 0)
			r = mydev_asprintf(&more, "%s/mydevd.conf.d", folders[i]);
		if (r >= 0)
			r = for_each_entry(more, is_conf, say_config, rep, part);
	}
	return r;
}

/* ---- The daemon, logs ---- */

/* lines: taken. r: how they were got. */
static int take_lines(struct mydev_report *part, char **lines, int r)
{
	if (r >= 0) {
		part->line = lines;
		if (lines)
			MYDEV_SET(part, REPORT, LINE);
		return 0;
	}
	if (r == -ENOMEM)
		return r;
	if (r == -EACCES)
		return complain(part, "the journal may not be read (run it as root, or join the "
				      "group systemd-journal)");
	if (r == -ESRCH)
		return complain(part, "there is no user mydev, whom mydevd runs as");
	return complain(part, "cannot be had: %s", strerror(-r));
}

static int part_unit(struct reporter *rep, struct mydev_report *part)
{
	char **lines = NULL;
	int r;

	r = unit_describe(DAEMON_UNIT, &lines);
	return take_lines(part, lines, r);
}

static int part_daemon_log(struct reporter *rep, struct mydev_report *part)
{
	char **lines = NULL;
	int r;

	r = logs_daemon(&lines);
	return take_lines(part, lines, r);
}

static int part_kernel_log(struct reporter *rep, struct mydev_report *part)
{
	char **lines = NULL;
	int r;

	r = logs_kernel(&lines);
	return take_lines(part, lines, r);
}

/* ---- All of them ---- */

const struct report_part report_parts[] = {
	{ "versions", part_versions },
	{ "doctor", part_doctor },
	{ "module", part_module },
	{ "devices", part_devices },
	{ "registers", part_registers },
	{ "configuration", part_config }, /* before what may quote it */
	{ "service", part_unit },
	{ "log of mydevd", part_daemon_log },
	{ "events in the journal", part_journal_events },
	{ "events in the kernel", part_kernel_events },
	{ "kernel log", part_kernel_log },
	{},
};
