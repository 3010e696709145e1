// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of mydevctl whose libraries take longer to load than most commands do: each is a shared
 * object beside the program (mydevctl-PART.so, in the Makefile), loaded when it is called. Here is
 * what each is called by; programs that are linked with all of it, as the tests are, do without
 * this file.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "context.h"
#include "format.h"
#include "scoped.h"
#include "shell.h"
#include "sink.h"

/* Where parts are, seen from the program: where it is built, and installed. */
static const char *const folders[] = { "parts", "../lib/mydev" };

/* By way of the path: where the linker has to search, it does so for each library at each start. */
static void *open_part(const char *object)
{
	_cleanup_free_ char *program = realpath("/proc/self/exe", NULL);
	const char *slash = program ? strrchr(program, '/') : NULL;
	void *part = NULL;

	for (size_t i = 0; slash && !part && i < MYDEV_ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *path = NULL;

		if (mydev_asprintf(&path, "%.*s/%s/%s", (int)(slash - program), program, folders[i],
				   object) < 0)
			break;
		if (i == MYDEV_ARRAY_SIZE(folders) - 1 || access(path, F_OK) == 0)
			part = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	}
	return part;
}

/*
 * The function of that name; NULL: it cannot be had, and *ret_why (if not NULL) is why, until the
 * next call.
 */
static void *find(const char *object, const char *name, const char **ret_why)
{
	void *part = open_part(object);
	void *found = part ? dlsym(part, name) : NULL;

	if (!found && ret_why)
		*ret_why = dlerror() ?: "nobody knows where";
	return found;
}

static int run_command(const char *name, struct context *ctx, const struct invocation *inv,
		       struct result *res)
{
	_scoped_(error) struct mydev_error error = {};
	__typeof__(&cmd_monitor) run;
	const char *why;

	run = find("mydevctl-systemd.so", name, &why);
	if (run)
		return run(ctx, inv, res);
	error_set_missing_part(&error, why);
	return result_fail(res, &error);
}

/* ---- mydevctl-systemd.so: the journal, the bus, events ---- */

int cmd_monitor(struct context *ctx, const struct invocation *inv, struct result *res)
{
	return run_command(__func__, ctx, inv, res);
}

int cmd_events(struct context *ctx, const struct invocation *inv, struct result *res)
{
	return run_command(__func__, ctx, inv, res);
}

int cmd_doctor(struct context *ctx, const struct invocation *inv, struct result *res)
{
	return run_command(__func__, ctx, inv, res);
}

int cmd_report(struct context *ctx, const struct invocation *inv, struct result *res)
{
	return run_command(__func__, ctx, inv, res);
}

/* ---- mydevctl-readline.so: the shell ---- */

enum mydev_exit_status shell_run(struct session *s)
{
	static const struct invocation nothing;
	_scoped_(error) struct mydev_error error = {};
	__typeof__(&shell_run) run;
	const char *why;

	run = find("mydevctl-readline.so", __func__, &why);
	if (run)
		return run(s);
	error_set_missing_part(&error, why);
	return session_fail(s, &nothing, &error);
}

/* ---- mydevctl-smartcols.so: tables ---- */

static int missing_item(struct sink *sink, const struct mydev_desc *desc, const void *obj,
			uint64_t when_usec)
{
	return -ENOPKG;
}

static void missing_free(struct sink *sink)
{
	free(sink->missing);
	free(sink);
}

/* In place of one that cannot be had. */
static struct sink *new_missing(FILE *out, const char *why)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return NULL;
	*sink = (struct sink){
		.item = missing_item, .free = missing_free, .out = out, .missing = strdup(why)
	};
	if (!sink->missing) {
		free(sink);
		return NULL;
	}
	return sink;
}

struct sink *sink_new_table(FILE *out, bool colour, const char *columns, bool headings)
{
	__typeof__(&sink_new_table) new_table;
	const char *why;

	new_table = find("mydevctl-smartcols.so", __func__, &why);
	return new_table ? new_table(out, colour, columns, headings) : new_missing(out, why);
}

struct sink *sink_new_table_of_bars(FILE *out, bool colour, const char *columns, bool headings,
				    const struct tracks *tracks, size_t n)
{
	__typeof__(&sink_new_table_of_bars) new_table;
	const char *why;

	new_table = find("mydevctl-smartcols.so", __func__, &why);
	return new_table ? new_table(out, colour, columns, headings, tracks, n) :
			   new_missing(out, why);
}

/* ---- mydevctl-kmod.so: what is known of the module while it does not answer ---- */

int mydev_module_state(enum mydev_module_state *ret, char **ret_version)
{
	__typeof__(&mydev_module_state) state = find("mydevctl-kmod.so", __func__, NULL);

	return state ? state(ret, ret_version) : -ENOPKG;
}

int mydev_module_explain_not_installed(char **ret_finding, char **ret_cure)
{
	__typeof__(&mydev_module_explain_not_installed) explain =
		find("mydevctl-kmod.so", __func__, NULL);

	return explain ? explain(ret_finding, ret_cure) : -ENOPKG;
}
