// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell: readline's callback mode in an sd-event loop, beside the event stream. While a command
 * runs, the terminal is the command's.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <termios.h>
#include <unistd.h>

#include <readline/readline.h>

#include "device.h"
#include "history.h"
#include "notice.h"
#include "scoped.h"
#include "shell.h"
#include "sink.h"
#include "style.h"
#include "tab.h"

#define RETRY_USEC UINT64_C(1000000) /* between attempts to get events again */

struct shell {
	struct session *session;
	sd_event *event;
	sd_event_source *stream_source; /* on while the stream does well */
	sd_event_source *retry_timer; /* on while it does not */
	struct mydev_stream *stream; /* NULL: there is none for now */
	struct sink *sink; /* of events above the prompt */
	struct mydev_client *client; /* of the prompt; NULL until a device is selected */
	char *prompt; /* as it is shown; NULL: not yet */
	char *history; /* path; NULL: none */
	enum mydev_exit_status status; /* of the last command */
	bool reading; /* readline has the terminal */
	bool cleared; /* its line was taken off the screen, to write above it */
	bool up; /* the module is there */
};

/* Readline's line handler knows no user data. Set while shell_run() runs. */
static struct shell *the_shell;

/* ---- The prompt ---- */

/* \001 and \002 tell readline what takes no room on the screen. */
static void put_toned(FILE *out, enum tone tone, const char *text)
{
	if (tone == TONE_PLAIN || !style_wants_colour(stdout))
		fputs(text, out);
	else
		fprintf(out, "\001%s\002%s\001%s\002", style_begin(tone), text, style_end(tone));
}

static int get_selected(struct shell *shell, struct mydev_dev *ret)
{
	_scoped_(dev) struct mydev_dev which = {};
	int r;

	if (!shell->client) {
		r = mydev_client_new(&shell->client);
		if (r < 0) {
			shell->client = NULL;
			return r;
		}
	}
	r = device_identify(shell->session->selected, &which);
	return r < 0 ? r : mydev_dev_get(shell->client, &which, ret);
}

/* The device, and its state as far as it is known. */
static void put_selected(struct shell *shell, FILE *out)
{
	const struct mydev_field *field = mydev_field_find(&mydev_dev_desc, "state");
	_scoped_(dev) struct mydev_dev dev = {};
	_cleanup_free_ char *state = NULL;
	int r;

	fprintf(out, " %s", shell->session->selected);
	r = get_selected(shell, &dev);
	if (r >= 0)
		state = style_format(field, &dev, false);
	if (r != -ENODEV && !state)
		return;
	fputc(' ', out);
	put_toned(out, state ? style_tone(field, &dev) : TONE_WARNING, state ?: "(gone)");
}

/* NULL: no memory. */
static char *make_prompt(struct shell *shell)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_toned(out, TONE_HEADING, "mydevctl");
	if (!shell->up) {
		fputc(' ', out);
		put_toned(out, TONE_WARNING, "(no module)");
	} else if (shell->session->selected) {
		put_selected(shell, out);
	}
	put_toned(out, TONE_HEADING, ">");
	fputc(' ', out);
	return fclose(out) ? NULL : MYDEV_TAKE(text);
}

/* Valid until the next call. */
static const char *prompt(struct shell *shell)
{
	free(shell->prompt);
	shell->prompt = make_prompt(shell);
	return shell->prompt ?: "mydevctl> ";
}

static void on_line(char *line);

static void begin_reading(struct shell *shell)
{
	rl_callback_handler_install(prompt(shell), on_line);
	shell->reading = true;
}

static void end_reading(struct shell *shell)
{
	rl_callback_handler_remove();
	shell->reading = false;
}

static void leave(struct shell *shell)
{
	if (shell->reading)
		end_reading(shell);
	(void)sd_event_exit(shell->event, 0);
}

/* ---- Events above the prompt ---- */

static void clear_line(struct shell *shell)
{
	if (!shell->reading || shell->cleared)
		return;
	rl_clear_visible_line();
	shell->cleared = true;
}

static void restore_line(struct shell *shell)
{
	if (!shell->cleared)
		return;
	shell->cleared = false;
	rl_set_prompt(prompt(shell));
	rl_forced_update_display();
}

/* That a command of this shell opens and closes a node, to move data, is no news. */
static bool is_own(const struct mydev_notice *notice)
{
	const struct mydev_event *event = notice->event;

	return notice->type == MYDEV_NOTICE_EVENT && MYDEV_HAS(event, EVENT, PID) &&
	       event->pid == (uint32_t)getpid() &&
	       (event->event == MYDEV_EVENT_TYPE_OPENED || event->event == MYDEV_EVENT_TYPE_CLOSED);
}

static int on_notice(const struct mydev_notice *notice, void *userdata)
{
	struct shell *shell = userdata;
	bool was_up = shell->up;
	struct notice_record record;

	if (is_own(notice))
		return 0;
	if (notice->type == MYDEV_NOTICE_UP)
		shell->up = true;
	if (notice->type == MYDEV_NOTICE_DOWN)
		shell->up = false;
	/* How it was when the shell began is what the prompt says, and no news. */
	if (!shell->reading && notice->type == MYDEV_NOTICE_UP && !was_up)
		return 0;
	clear_line(shell);
	notice_record(notice, &record);
	return shell->sink->item(shell->sink, record.desc, record.obj, record.when_usec);
}

/*
 * result: how the stream did. Events are a comfort here: when they cannot be had, the shell goes on
 * without, and asks for them again after a while, whether or not the descriptor is readable.
 */
static int follow(struct shell *shell, int result)
{
	int r;

	fflush(stdout);
	restore_line(shell);
	r = sd_event_source_set_enabled(shell->stream_source,
					result < 0 ? SD_EVENT_OFF : SD_EVENT_ON);
	if (r < 0 || result >= 0)
		return r;
	r = sd_event_source_set_time_relative(shell->retry_timer, RETRY_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(shell->retry_timer, SD_EVENT_ONESHOT);
}

static int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct shell *shell = userdata;

	return follow(shell, mydev_stream_process(shell->stream));
}

static int start(struct shell *shell, struct mydev_stream *stream)
{
	bool was_up = shell->up;
	int r;

	mydev_stream_now(stream);
	shell->up = false;
	r = mydev_stream_start(stream);
	if (r >= 0)
		r = sd_event_add_io(shell->event, &shell->stream_source, mydev_stream_fd(stream),
				    EPOLLIN, on_stream, shell);
	if (r < 0)
		shell->up = was_up;
	return r;
}

static int subscribe(struct shell *shell)
{
	_cleanup_(mydev_stream_free_p) struct mydev_stream *stream = NULL;
	int r;

	r = mydev_stream_new(&stream, 0, on_notice, shell);
	if (r >= 0)
		r = start(shell, stream);
	if (r >= 0)
		shell->stream = MYDEV_TAKE(stream);
	return follow(shell, r);
}

static void unsubscribe(struct shell *shell)
{
	shell->stream_source = sd_event_source_disable_unref(shell->stream_source);
	(void)sd_event_source_set_enabled(shell->retry_timer, SD_EVENT_OFF);
	mydev_stream_free(shell->stream);
	shell->stream = NULL;
}

static int on_retry_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct shell *shell = userdata;

	return shell->stream ? follow(shell, mydev_stream_process(shell->stream)) :
			       subscribe(shell);
}

/* ---- Lines ---- */

static bool is_blank(const char *line)
{
	return !line[strspn(line, " \t\n")];
}

struct terminal {
	bool changed;
	struct termios as_it_was;
};

/*
 * The kernel shows a Ctrl-C as ^C only after it has sent the signal, and so, as it happens, behind
 * or in the middle of what is written because of it. While a command runs, it is not shown.
 */
static struct terminal hide_interrupts(void)
{
	struct terminal terminal = {};
	struct termios now;

	if (tcgetattr(STDIN_FILENO, &terminal.as_it_was) < 0)
		return terminal;
	now = terminal.as_it_was;
	now.c_lflag &= ~(tcflag_t)ECHOCTL;
	terminal.changed = tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0;
	return terminal;
}

static void restore_terminal(const struct terminal *terminal)
{
	if (terminal->changed)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->as_it_was);
}

/* A file that cannot be written has nothing of this shell: from then on its lines are only here. */
static void add_to_history(struct shell *shell, const char *line)
{
	if (history_add(shell->history, line) >= 0)
		return;
	free(shell->history);
	shell->history = NULL;
}

/* Those that a command has not dealt with are not meant for the line that comes. */
static void drop_signals(void)
{
	static const struct timespec at_once;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCONT);
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
}

/* What was pasted may be several lines. */
static void run_lines(struct shell *shell, char *lines)
{
	_cleanup_(restore_terminal) struct terminal terminal = hide_interrupts();
	enum mydev_exit_status status;
	char *line, *rest = lines;

	while ((line = strsep(&rest, "\n")) && !shell->session->leave) {
		if (is_blank(line))
			continue;
		add_to_history(shell, line);
		status = session_run_line(shell->session, line);
		/* "exit" keeps the status of the command before it. */
		if (!shell->session->leave)
			shell->status = status;
	}
	drop_signals();
}

static void on_line(char *line)
{
	_cleanup_free_ char *own = line;
	struct shell *shell = the_shell;

	end_reading(shell);
	if (!line) {
		fputc('\n', stdout);
		leave(shell);
		return;
	}
	shell->session->streamed = false;
	run_lines(shell, line);
	if (shell->session->leave) {
		leave(shell);
		return;
	}
	/* What the command showed need not be shown again. */
	if (shell->session->streamed) {
		unsubscribe(shell);
		(void)subscribe(shell);
	}
	begin_reading(shell);
}

/* ---- The loop ---- */

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct shell *shell = userdata;

	if (revents & EPOLLIN)
		rl_callback_read_char();
	else
		leave(shell);
	return 0;
}

/* Ctrl-C: away with the line, whatever readline was about. */
static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct shell *shell = userdata;

	if (!shell->reading)
		return 0;
	rl_callback_sigcleanup();
	rl_point = rl_end;
	rl_redisplay();
	fputs("^C\n", stdout);
	end_reading(shell);
	begin_reading(shell);
	return 0;
}

static int on_resize(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	rl_resize_terminal();
	return 0;
}

/* In the foreground again: whoever had the terminal meanwhile has made it theirs. */
static int on_continue(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct shell *shell = userdata;

	if (!shell->reading)
		return 0;
	rl_cleanup_after_signal();
	rl_reset_after_signal();
	rl_forced_update_display();
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct shell *shell = userdata;

	if (shell->reading) {
		end_reading(shell);
		fputc('\n', stdout);
	}
	leave(shell);
	return 0;
}

static int add_sources(struct shell *shell)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = {
		{ SIGINT, on_interrupt },  { SIGWINCH, on_resize },   { SIGCONT, on_continue },
		{ SIGQUIT, on_terminate }, { SIGTERM, on_terminate }, { SIGHUP, on_terminate },
	};
	int r;

	r = sd_event_add_time_relative(shell->event, &shell->retry_timer, CLOCK_MONOTONIC, 0, 0,
				       on_retry_time, shell);
	if (r >= 0)
		r = sd_event_source_set_enabled(shell->retry_timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals); i++) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, signals[i].number);
		sigprocmask(SIG_BLOCK, &set, NULL);
		r = sd_event_add_signal(shell->event, NULL, signals[i].number, signals[i].handler,
					shell);
		if (r < 0)
			return r;
	}
	return sd_event_add_io(shell->event, NULL, fileno(stdin), EPOLLIN, on_input, shell);
}

static void shell_done(struct shell *shell)
{
	if (shell->reading)
		end_reading(shell);
	unsubscribe(shell);
	sd_event_source_unref(shell->retry_timer);
	sd_event_unref(shell->event);
	sink_free(shell->sink);
	mydev_client_free(shell->client);
	free(shell->prompt);
	free(shell->history);
	tab_done();
	the_shell = NULL;
}

static int run(struct shell *shell)
{
	int r;

	r = sd_event_new(&shell->event);
	if (r >= 0)
		r = add_sources(shell);
	if (r < 0)
		return r;
	shell->sink = shell->session->place.json ?
			      sink_new_json_stream(stdout, NULL, shell->session->place.pretty) :
			      sink_new_line(stdout, style_wants_colour(stdout), NULL);
	if (!shell->sink)
		return -ENOMEM;

	rl_readline_name = "mydevctl";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	tab_setup(&shell->session->selected);
	shell->history = history_path();
	history_load(shell->history);

	r = subscribe(shell);
	if (r < 0)
		return r;
	begin_reading(shell);
	return sd_event_loop(shell->event);
}

enum mydev_exit_status shell_run(struct session *s)
{
	_cleanup_(shell_done) struct shell shell = { .session = s };
	static const struct invocation nothing;
	_scoped_(error) struct mydev_error error = {};
	int r;

	s->in_shell = true;
	the_shell = &shell;
	r = run(&shell);
	if (r >= 0)
		return shell.status;
	error_set(&error, MYDEV_EXIT_STATUS_FAILED, r, "the shell: %s", strerror(-r));
	return session_fail(s, &nothing, &error);
}
