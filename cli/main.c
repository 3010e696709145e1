// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydevctl: chooses where the commands come from - the arguments, a script, a terminal - and exits
 * with their status. Or answers another shell, in which Tab was pressed: answer.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "scoped.h"
#include "session.h"
#include "shell.h"

/*
 * A standard descriptor that is closed would be given to the next socket, which would then get our
 * output. It is opened so that using it fails, as gnulib's stdopen does.
 */
static int keep_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -EBADF;
	}
	return 0;
}

static enum mydev_exit_status run_script_file(struct session *s, const struct invocation *inv,
					      const char *path)
{
	_scoped_(error) struct mydev_error error = {};
	_cleanup_fclose_ FILE *script = NULL;

	if (!strcmp(path, "-"))
		return session_run_script(s, stdin, path);
	script = fopen(path, "re");
	if (script)
		return session_run_script(s, script, path);
	error_set(&error, MYDEV_EXIT_STATUS_FAILED, errno, "cannot open %s: %s", path,
		  strerror(errno));
	return session_fail(s, inv, &error);
}

static bool is_program_option(const struct param *param)
{
	for_each_param(option, program_options)
		if (option == param)
			return true;
	return false;
}

/* The first option that is for scripts only, though there is a command; NULL: there is none. */
static const char *misplaced_option(const struct invocation *inv)
{
	static const char *const options[] = { "file", "keep-going" };

	for (size_t i = 0; inv->command && i < MYDEV_ARRAY_SIZE(options); i++)
		/* A command may have one of the same name. */
		invocation_for_each(value, inv, options[i])
			if (is_program_option(value->param))
				return options[i];
	return NULL;
}

/* Each host once. */
static int take_hosts(struct session *s, const struct invocation *inv)
{
	int r = 0;

	for (size_t i = 0; i < inv->n_values && r >= 0; i++) {
		const char *host = inv->values[i].text;
		char **known = s->hosts;

		if (inv->values[i].param->type != VALUE_HOST)
			continue;
		while (known && *known && strcmp(*known, host) != 0)
			known++;
		if (!known || !*known)
			r = mydev_strv_append(&s->hosts, host, strlen(host));
	}
	s->place.tagged = s->hosts;
	return r;
}

static enum mydev_exit_status refuse_shell(struct session *s, const struct invocation *inv)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0, "the shell is for this machine only");
	error_set_cure(&error, "name a command, or a script by -f; or: ssh -t %s mydevctl",
		       s->hosts[0]);
	return session_fail(s, inv, &error);
}

static enum mydev_exit_status run(struct session *s, const struct invocation *inv)
{
	const char *misplaced = misplaced_option(inv);
	const struct value *file = invocation_get(inv, "file"), *json = invocation_get(inv, "json");
	_scoped_(error) struct mydev_error error = {};

	if (misplaced) {
		error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0,
			  "a command and --%s exclude each other", misplaced);
		return session_fail(s, inv, &error);
	}
	if (inv->command)
		return session_run(s, inv);

	s->place.json = json;
	s->place.pretty = json && json->number == MYDEV_JSON_STYLE_PRETTY;
	s->keep_going = invocation_get(inv, "keep-going");
	if (file)
		return run_script_file(s, inv, file->text);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return s->hosts ? refuse_shell(s, inv) : shell_run(s);
	return session_run_script(s, stdin, "-");
}

/* Tab in bash, zsh or fish; no word to anybody if it fails, who would see it? */
static enum mydev_exit_status answer(const char *line)
{
	_cleanup_(candidates_done) struct candidates candidates = {};
	int r;

	r = answer_find(line, complete_live, &candidates);
	if (r >= 0)
		r = answer_print(&candidates, stdout);
	return r < 0 ? MYDEV_EXIT_STATUS_FAILED : MYDEV_EXIT_STATUS_DONE;
}

int main(int argc, char **argv)
{
	_cleanup_(session_done) struct session session = { .place = { .out = stdout,
								      .err = stderr } };
	_cleanup_(invocation_done) struct invocation inv = {};
	_scoped_(error) struct mydev_error error = {};
	int r;

	if (keep_standard_descriptors() < 0)
		return MYDEV_EXIT_STATUS_FAILED;
	if (argc == 3 && !strcmp(argv[1], "--complete"))
		return (int)answer(argv[2]);

	r = parse(argv + (argc > 0), false, &inv, &error);
	if (r == -EINVAL)
		return (int)session_fail(&session, &inv, &error);
	if (r >= 0)
		r = take_hosts(&session, &inv);
	if (r < 0) {
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, r, "%s", strerror(-r));
		return (int)session_fail(&session, &inv, &error);
	}
	/* For people only, for it takes its time. Numbers stay as machines write them. */
	if (!inv.command || !invocation_get(&inv, "json"))
		setlocale(LC_CTYPE, "");
	return (int)run(&session, &inv);
}
