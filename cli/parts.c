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
 * The function of that name; NULL: it cannot be had, and *ret_why is why, until the next call; who
 * has no use for that (NULL) leaves it to be told here.
 */
static void *find(const char *object, const char *name, const char **ret_why)
{
	void *part = open_part(object);
	void *found = part ? dlsym(part, name) : NULL;
	const char *why;

	if (found)
		return found;
	why = dlerror() ?: "nobody knows where";
	if (ret_why)
		*ret_why = why;
	else
		fprintf(stderr, "mydevctl: a part of it is missing: %s\n", why);
	return NULL;
}

static void set_error(struct mydev_error *error, const char *why)
{
	error_set(error, MYDEV_EXIT_STATUS_FAILED, 0, "a part of mydevctl is missing: %s", why);
	error_set_cure(error, "install mydev again");
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
	set_error(&error, why);
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
	set_error(&error, why);
	return session_fail(s, &nothing, &error);
}

/* ---- mydevctl-smartcols.so: tables ---- */

struct sink *sink_new_table(FILE *out, bool colour, const char *columns, bool headings)
{
	__typeof__(&sink_new_table) new_table = find("mydevctl-smartcols.so", __func__, NULL);

	return new_table ? new_table(out, colour, columns, headings) : NULL;
}

struct sink *sink_new_table_of_bars(FILE *out, bool colour, const char *columns,
				    const struct history *history, size_t n)
{
	__typeof__(&sink_new_table_of_bars) new_table =
		find("mydevctl-smartcols.so", __func__, NULL);

	return new_table ? new_table(out, colour, columns, history, n) : NULL;
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
