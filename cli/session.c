// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a line to its exit status: tokenize, parse, run, finish. What the commands do is not known
 * here.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "remote.h"
#include "scoped.h"
#include "session.h"
#include "tokenize.h"

void session_done(struct session *s)
{
	free(s->selected);
	s->selected = NULL;
	mydev_strv_free(s->hosts);
	s->hosts = NULL;
}

enum mydev_exit_status session_fail(struct session *s, const struct invocation *inv,
				    struct mydev_error *error)
{
	struct result *res;
	int r;

	r = result_new(&res, inv, &s->place);
	if (r < 0)
		return MYDEV_EXIT_STATUS_FAILED;
	r = result_fail(res, error);
	return result_finish(res, r);
}

static enum mydev_exit_status fail_errno(struct session *s, const struct invocation *inv, int err)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "%s", strerror(-err));
	return session_fail(s, inv, &error);
}

static int run_command(struct session *s, struct context *ctx, const struct invocation *inv,
		       struct result *res)
{
	int r;

	r = result_check(res);
	if (r < 0)
		return r == -ECANCELED ? 0 : r;
	if (s->hosts && !(inv->command->flags & COMMAND_HERE))
		return remote_run(ctx, s->hosts, inv, res);
	return inv->command->run(ctx, inv, res);
}

enum mydev_exit_status session_run(struct session *s, const struct invocation *inv)
{
	_cleanup_(context_done) struct context ctx = {
		.in_shell = s->in_shell,
		.stdin_is_script = s->place.file && !strcmp(s->place.file, "-"),
		.elsewhere = s->hosts,
		.anonymous = s->anonymous,
	};
	enum mydev_exit_status status;
	struct result *res;
	int r;

	r = result_new(&res, inv, &s->place);
	if (r < 0)
		return fail_errno(s, inv, r);
	r = run_command(s, &ctx, inv, res);
	status = result_finish(res, r);
	s->leave |= ctx.leave;
	if (ctx.selects) {
		free(s->selected);
		s->selected = MYDEV_TAKE(ctx.selected);
	}
	s->streamed |= result_is_stream(inv);
	return status;
}

static enum mydev_exit_status run_words(struct session *s, char **words)
{
	_cleanup_(invocation_done) struct invocation inv = {};
	_scoped_(error) struct mydev_error error = {};
	int r;

	r = parse_selected(words, true, s->selected, &inv, &error);
	if (r == -EINVAL)
		return session_fail(s, &inv, &error);
	if (r < 0)
		return fail_errno(s, &inv, r);
	return session_run(s, &inv);
}

enum mydev_exit_status session_run_line(struct session *s, const char *line)
{
	static const struct invocation nothing;
	_scoped_(error) struct mydev_error error = {};
	_cleanup_strv_ char **words = NULL;
	enum token_end end;
	int r;

	r = tokenize(line, &words, &end);
	if (r < 0)
		return fail_errno(s, &nothing, r);
	if (end != TOKEN_COMPLETE) {
		error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0, "%s", token_end_error(end));
		return session_fail(s, &nothing, &error);
	}
	return words ? run_words(s, words) : MYDEV_EXIT_STATUS_DONE;
}

/* As getline() has read it. The newline is no part of it, so that no backslash can quote it. */
static enum mydev_exit_status run_script_line(struct session *s, char *line, size_t len)
{
	static const struct invocation nothing;
	_scoped_(error) struct mydev_error error = {};

	if (line[len - 1] == '\n')
		line[--len] = '\0';
	/* A NUL would hide what is behind it. */
	if (strlen(line) == len)
		return session_run_line(s, line);
	error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0, "the line has a NUL byte in it");
	return session_fail(s, &nothing, &error);
}

/* No line is to blame. */
static enum mydev_exit_status fail_to_read(struct session *s, const char *name, int err)
{
	static const struct invocation nothing;
	_scoped_(error) struct mydev_error error = {};

	s->place.file = NULL;
	error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "cannot read %s: %s",
		  strcmp(name, "-") != 0 ? name : "standard input", strerror(err));
	return session_fail(s, &nothing, &error);
}

enum mydev_exit_status session_run_script(struct session *s, FILE *script, const char *name)
{
	enum mydev_exit_status worst = MYDEV_EXIT_STATUS_DONE;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t len;

	s->place.file = name;
	s->place.line = 0;
	while (!s->leave && (s->keep_going || !worst) &&
	       (len = getline(&line, &size, script)) >= 0) {
		enum mydev_exit_status status;

		s->place.line++;
		status = run_script_line(s, line, (size_t)len);
		if (status > worst)
			worst = status;
	}
	if (ferror(script)) {
		enum mydev_exit_status status = fail_to_read(s, name, errno ?: EIO);

		return status > worst ? status : worst;
	}
	return worst;
}
