// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration files: read line by line by libinih, checked against the table of keys. Which file counts where there are
 * several is the rule of systemd's own (systemd-system.conf(5)).
 */
#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format.h"
#include "span.h"
#include "strv.h"

#define CONFIG_NAME "mydevd.conf"

const char *const config_folders[] = { "/etc/mydev", "/run/mydev", "/usr/local/lib/mydev",
				       "/usr/lib/mydev", NULL };

static_assert(CONFIG_HOOK_GIVEN_UP > MYDEV_EVENT_TYPE_SELFTEST_FAILED, "a hook for each event");

void config_clear(struct config *config)
{
	for (size_t i = 0; i < CONFIG_N_HOOKS; i++)
		free(config->hooks[i]);
	*config = (struct config){};
}

void config_set_defaults(struct config *config)
{
	*config = (struct config){
		.recovery_grace_usec = 2 * USEC_PER_SEC,
		.recovery_tries = 3,
		.recovery_period_usec = 600 * USEC_PER_SEC,
		.hook_timeout_usec = 30 * USEC_PER_SEC,
	};
}

void config_report_clear(struct config_report *report)
{
	mydev_strv_free(report->lines);
	mydev_strv_free(report->files);
	*report = (struct config_report){};
}

__attribute__((format(printf, 2, 3))) static int say(struct config_report *report, const char *fmt,
						     ...)
{
	_cleanup_free_ char *line = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = mydev_vasprintf(&line, fmt, ap);
	va_end(ap);
	return r < 0 ? r : mydev_strv_append(&report->lines, line, strlen(line));
}

/* ---- Values: each parser writes to its member, or says what it wants to see ---- */

/* NULL: it was taken. */
typedef const char *(*value_fn)(const char *value, void *member);

static const char *parse_bool(const char *value, void *member)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(words); i++) {
		for (int b = 0; b < 2; b++) {
			if (strcasecmp(value, words[i][b]) != 0)
				continue;
			*(bool *)member = b;
			return NULL;
		}
	}
	return "yes or no";
}

static const char *parse_span(const char *value, void *member)
{
	uint64_t usec;

	if (mydev_span_parse(value, &usec) < 0 || usec > USEC_PER_SEC * 86400 * 365)
		return "a span of time, as 500ms, 2s or 10min";
	*(uint64_t *)member = usec;
	return NULL;
}

static const char *parse_limit(const char *value, void *member)
{
	uint64_t usec;

	if (parse_span(value, &usec) || !usec)
		return "a span of time above 0, as 500ms, 2s or 10min";
	*(uint64_t *)member = usec;
	return NULL;
}

static const char *parse_tries(const char *value, void *member)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || n < 1 || n > 1000)
		return "a number from 1 to 1000";
	*(uint64_t *)member = n;
	return NULL;
}

/* An empty value takes back what another file said. */
static const char *parse_program(const char *value, void *member)
{
	char **program = member;
	char *copy = NULL;

	if (*value && *value != '/')
		return "the absolute path of a program, without arguments";
	if (*value) {
		copy = strdup(value);
		if (!copy)
			return "more memory";
	}
	free(*program);
	*program = copy;
	return NULL;
}

static const struct key {
	const char *section, *name;
	value_fn parse;
	size_t offset;
} keys[] = {
	{ "Recovery", "Reset", parse_bool, offsetof(struct config, recovery_reset) },
	{ "Recovery", "GraceSec", parse_span, offsetof(struct config, recovery_grace_usec) },
	{ "Recovery", "Tries", parse_tries, offsetof(struct config, recovery_tries) },
	{ "Recovery", "PeriodSec", parse_limit, offsetof(struct config, recovery_period_usec) },
	{ "Hooks", "TimeoutSec", parse_limit, offsetof(struct config, hook_timeout_usec) },
	{ "Hooks", "any", parse_program, offsetof(struct config, hooks[CONFIG_HOOK_ANY]) },
	{ "Hooks", "given-up", parse_program,
	  offsetof(struct config, hooks[CONFIG_HOOK_GIVEN_UP]) },
};

/* The hooks have a key for each event type. */
static bool find_hook(const char *name, size_t *ret_offset)
{
	for (size_t i = 0; i < mydev_event_type_names.n_values; i++) {
		const struct mydev_enum_value *type = &mydev_event_type_names.values[i];

		if (strcmp(type->name, name) != 0)
			continue;
		*ret_offset = offsetof(struct config, hooks) + type->value * sizeof(char *);
		return true;
	}
	return false;
}

static value_fn find_key(const char *section, const char *name, size_t *ret_offset)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0)
			continue;
		*ret_offset = keys[i].offset;
		return keys[i].parse;
	}
	return !strcmp(section, "Hooks") && find_hook(name, ret_offset) ? parse_program : NULL;
}

/* ---- One file ---- */

struct parser {
	FILE *file;
	const char *name;
	struct config *config;
	struct config_report *report;
	char *line;
	size_t line_size;
	unsigned int number; /* of the line */
	int error;
};

static void parser_clear(struct parser *parser)
{
	free(parser->line);
}

static void note(struct parser *parser, int r)
{
	if (r < 0 && !parser->error)
		parser->error = r;
}

/*
 * As fgets(), for libinih; counts the lines, which libinih's handler is not told. A line is begun with its first
 * character, so that none is taken for more of the value of the line before it.
 */
static char *read_line(char *buf, int size, void *userdata)
{
	struct parser *parser = userdata;
	const char *text;
	ssize_t len;

	errno = 0;
	len = getline(&parser->line, &parser->line_size, parser->file);
	if (len < 0) {
		if (ferror(parser->file))
			note(parser, errno ? -errno : -EIO);
		return NULL;
	}
	parser->number++;
	if (strlen(parser->line) != (size_t)len) {
		parser->report->refused = true;
		note(parser, say(parser->report, "%s:%u: the line has a NUL byte in it",
				 parser->name, parser->number));
	}
	text = parser->line + strspn(parser->line, " \t");
	if (strlen(text) >= (size_t)size) {
		parser->report->refused = true;
		note(parser, say(parser->report, "%s:%u: the line is longer than %d bytes",
				 parser->name, parser->number, size - 2));
		text = "\n";
	}
	return memcpy(buf, text, strlen(text) + 1);
}

/* A program may still be on its way: that it cannot be run now is a warning. */
static int warn_of_program(struct parser *parser, const char *name, const char *path)
{
	const char *why = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is not a file";
	else if (access(path, X_OK) < 0)
		why = errno == EACCES ? "it is not executable (chmod +x)" : strerror(errno);
	return why ? say(parser->report, "%s:%u: %s=%s: cannot be run as it is: %s", parser->name,
			 parser->number, name, path, why) :
		     0;
}

/* For libinih: everything is dealt with here, so there never is an error. */
static int on_value(void *userdata, const char *section, const char *name, const char *value)
{
	struct parser *parser = userdata;
	size_t offset;
	value_fn parse = find_key(section, name, &offset);
	const char *wanted;

	if (!parse) {
		note(parser,
		     *section ?
			     say(parser->report, "%s:%u: unknown key %s in section [%s], ignored",
				 parser->name, parser->number, name, section) :
			     say(parser->report, "%s:%u: key %s before any [Section], ignored",
				 parser->name, parser->number, name));
		return 1;
	}
	wanted = parse(value, (char *)parser->config + offset);
	if (wanted) {
		parser->report->refused = true;
		note(parser, say(parser->report, "%s:%u: %s=%s: must be %s", parser->name,
				 parser->number, name, value, wanted));
	} else if (parse == parse_program && *value) {
		note(parser, warn_of_program(parser, name, value));
	}
	return 1;
}

int config_parse(FILE *file, const char *name, struct config *config, struct config_report *report)
{
	_cleanup_(parser_clear) struct parser parser = {
		.file = file,
		.name = name,
		.config = config,
		.report = report,
	};
	int line = ini_parse_stream(read_line, &parser, on_value, &parser);

	if (line > 0) {
		report->refused = true;
		note(&parser, say(report, "%s:%d: neither [Section] nor Key=value", name, line));
	} else if (line < 0) {
		note(&parser, -ENOMEM);
	}
	return parser.error;
}

/* ---- All files ---- */

static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int load_file(const char *path, struct config *config, struct config_report *report)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	int r;

	r = file ? mydev_strv_append(&report->files, path, strlen(path)) : -errno;
	if (r >= 0)
		r = config_parse(file, path, config, report);
	if (r < 0) {
		report->refused = true;
		(void)say(report, "%s: cannot be read: %s", path, strerror(-r));
	}
	return r;
}

static int load_main(const char *const *folders, struct config *config,
		     struct config_report *report)
{
	for (; *folders; folders++) {
		_cleanup_free_ char *path = NULL;

		if (mydev_asprintf(&path, "%s/" CONFIG_NAME, *folders) < 0)
			return -ENOMEM;
		if (access(path, F_OK) == 0 || !is_absent(errno))
			return load_file(path, config, report);
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(basename(*x), basename(*y));
}

static int is_drop_in(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".conf");
}

/* Adds a drop-in, but not one whose name another has already. */
static int add_drop_in(const char *folder, const char *name, char ***paths)
{
	_cleanup_free_ char *path = NULL;

	if (mydev_asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	for (char **known = *paths; known && *known; known++)
		if (!strcmp(basename(*known), name))
			return 0;
	return mydev_strv_append(paths, path, strlen(path));
}

static int add_drop_ins(const char *folder, char ***paths, struct config_report *report)
{
	_cleanup_free_ struct dirent **entries = NULL;
	_cleanup_free_ char *path = NULL;
	int n, r = 0;

	if (mydev_asprintf(&path, "%s/" CONFIG_NAME ".d", folder) < 0)
		return -ENOMEM;
	n = scandir(path, &entries, is_drop_in, NULL);
	if (n < 0 && !is_absent(errno)) {
		r = -errno;
		report->refused = true;
		(void)say(report, "%s: cannot be read: %s", path, strerror(-r));
	}
	for (int i = 0; i < n; i++) {
		if (r >= 0)
			r = add_drop_in(path, entries[i]->d_name, paths);
		free(entries[i]);
	}
	return r;
}

static int load_drop_ins(const char *const *folders, struct config *config,
			 struct config_report *report)
{
	_cleanup_strv_ char **paths = NULL;
	int r = 0;

	for (; *folders && r >= 0; folders++)
		r = add_drop_ins(*folders, &paths, report);
	if (paths)
		qsort(paths, mydev_strv_length(paths), sizeof(*paths), by_name);
	for (char **path = paths; path && *path && r >= 0; path++)
		r = load_file(*path, config, report);
	return r;
}

int config_load(const char *const *folders, struct config *ret, struct config_report *report)
{
	_cleanup_config_ struct config config = {};
	int r;

	config_set_defaults(&config);
	r = load_main(folders, &config, report);
	if (r >= 0)
		r = load_drop_ins(folders, &config, report);
	if (r >= 0 && report->refused)
		r = -EINVAL;
	if (r < 0)
		return r;
	*ret = config;
	config = (struct config){};
	return 0;
}
