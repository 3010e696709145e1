// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hook is a program with the runs that it owes. The first of them is the one that is running.
 */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "format.h"
#include "say.h"
#include "span.h"
#include "strv.h"

/* Runs of a hook that wait; a storm of events must not become a storm of processes, nor fill the memory. */
#define WAITING_MAX 64
/* What ignores SIGTERM after its time gets SIGKILL so much later. */
#define KILL_USEC (5 * USEC_PER_SEC)
#define TIMER_ACCURACY_USEC UINT64_C(10000)

#define HOOK_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct run {
	struct run *next;
	char *program;
	char **environment;
	char *device, *event; /* for the entries */
	uint64_t seq; /* 0: it is for no event */
	uint64_t timeout_usec;
};

struct hook {
	struct hooks *hooks;
	struct run *runs, **last; /* the first one runs while there is a child */
	size_t n_runs;
	uint64_t skipped; /* events for which there was no place */
	pid_t pid; /* of the child, which leads a group; 0: none */
	sd_event_source *child;
	sd_event_source *timer;
	bool overdue; /* it was told to end */
};

struct hooks {
	sd_event *event;
	struct logger *logger;
	const struct config *config;
	struct hook hooks[CONFIG_N_HOOKS];
};

static void run_free(struct run *run)
{
	mydev_strv_free(run->environment);
	free(run->program);
	free(run->device);
	free(run->event);
	free(run);
}

int hooks_new(sd_event *event, struct logger *logger, struct hooks **ret)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));

	if (!hooks)
		return -ENOMEM;
	hooks->event = event;
	hooks->logger = logger;
	for (size_t i = 0; i < CONFIG_N_HOOKS; i++) {
		hooks->hooks[i].hooks = hooks;
		hooks->hooks[i].last = &hooks->hooks[i].runs;
	}
	*ret = hooks;
	return 0;
}

static struct run *take_run(struct hook *hook)
{
	struct run *run = hook->runs;

	hook->runs = run->next;
	if (!hook->runs)
		hook->last = &hook->runs;
	hook->n_runs--;
	return run;
}

static void hook_clear(struct hook *hook)
{
	if (hook->pid)
		(void)kill(-hook->pid, SIGTERM);
	sd_event_source_disable_unref(hook->child);
	sd_event_source_disable_unref(hook->timer);
	while (hook->runs)
		run_free(take_run(hook));
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	for (size_t i = 0; i < CONFIG_N_HOOKS; i++)
		hook_clear(&hooks->hooks[i]);
	free(hooks);
}

void hooks_configure(struct hooks *hooks, const struct config *config)
{
	hooks->config = config;
}

/* ---- What went wrong ---- */

static void complain(const struct hook *hook, const struct run *run, const char *how)
{
	char seq[sizeof("18446744073709551615")];
	const struct say_field fields[] = {
		{ "MYDEV_DEVICE", run->device },
		{ "MYDEV_EVENT", run->event },
		{ "MYDEV_HOOK", run->program },
		{ "MYDEV_HOOK_SEQ", run->seq ? seq : NULL },
		{},
	};

	snprintf(seq, sizeof(seq), "%" PRIu64, run->seq);
	say(hook->hooks->logger, ENTRY_HOOK_FAILED, ENTRY_PRIORITY_USUAL, fields,
	    "%s: hook %s for %s%s%s%s %s", run->device, run->program, run->event,
	    run->seq ? " (event " : "", run->seq ? seq : "", run->seq ? ")" : "", how);
}

static void complain_of_exit(const struct hook *hook, const struct run *run, const siginfo_t *si)
{
	_cleanup_free_ char *limit = NULL, *how = NULL;

	if (hook->overdue) {
		(void)mydev_format_duration(run->timeout_usec * NSEC_PER_USEC, &limit);
		(void)mydev_asprintf(&how, "took longer than %s and was ended", limit ?: "it may");
	} else if (si->si_code == CLD_EXITED) {
		if (si->si_status == 0)
			return;
		(void)mydev_asprintf(&how, "failed with exit status %d", si->si_status);
	} else {
		(void)mydev_asprintf(&how, "was killed by signal %d (%s)", si->si_status,
				     strsignal(si->si_status));
	}
	complain(hook, run, how ?: "failed");
}

static void tell_skipped(struct hook *hook, const struct run *run)
{
	const struct say_field fields[] = { { "MYDEV_HOOK", run->program }, {} };

	if (!hook->skipped)
		return;
	say(hook->hooks->logger, ENTRY_HOOK_SKIPPED, ENTRY_PRIORITY_USUAL, fields,
	    "hook %s was not run for %" PRIu64 " events: %d were waiting for it already",
	    run->program, hook->skipped, WAITING_MAX);
	hook->skipped = 0;
}

/* ---- Running ---- */

/* A descriptor for what the program prints, with its name in the journal. */
static int open_output(const struct hook *hook, const struct run *run)
{
	int fd = -1;

	if (logger_is_journal(hook->hooks->logger))
		fd = sd_journal_stream_fd(basename(run->program), LOG_INFO, true);
	return fd >= 0 ? fd : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* As the service manager starts programs: nothing open but the standard descriptors, no signal blocked or ignored. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, pipe;
	int r;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						   POSIX_SPAWN_SETPGROUP);
	r = r ?: posix_spawnattr_setsigmask(attr, &none);
	r = r ?: posix_spawnattr_setsigdefault(attr, &pipe);
	return r ?: posix_spawnattr_setpgroup(attr, 0);
}

static int spawn(const struct hook *hook, const struct run *run, pid_t *ret)
{
	_cleanup_close_ int output = open_output(hook, run);
	char *const argv[] = { run->program, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int r;

	if (output < 0)
		return -errno;
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = set_attributes(&attr);
		r = r	  ?:
			    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
							     O_RDONLY, 0);
		r = r ?: posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
		r = r ?: posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
		r = r ?: posix_spawn(ret, run->program, &actions, &attr, argv, run->environment);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static void go_on(struct hook *hook);

static int on_exit_of_child(sd_event_source *source, const siginfo_t *si, void *userdata)
{
	struct hook *hook = userdata;
	struct run *run = take_run(hook);

	/* What it left behind in its group ends with it. */
	(void)kill(-hook->pid, SIGKILL);
	hook->pid = 0;
	hook->child = sd_event_source_disable_unref(hook->child);
	hook->timer = sd_event_source_disable_unref(hook->timer);
	complain_of_exit(hook, run, si);
	if (!hook->runs)
		tell_skipped(hook, run);
	run_free(run);
	go_on(hook);
	return 0;
}

static int on_overdue(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct hook *hook = userdata;

	(void)kill(-hook->pid, hook->overdue ? SIGKILL : SIGTERM);
	hook->overdue = true;
	(void)sd_event_source_set_time_relative(source, KILL_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int start(struct hook *hook, const struct run *run)
{
	int r;

	r = spawn(hook, run, &hook->pid);
	if (r < 0) {
		hook->pid = 0;
		return r;
	}
	hook->overdue = false;
	r = sd_event_add_child(hook->hooks->event, &hook->child, hook->pid, WEXITED,
			       on_exit_of_child, hook);
	if (r >= 0)
		r = sd_event_add_time_relative(hook->hooks->event, &hook->timer, CLOCK_BOOTTIME,
					       run->timeout_usec, TIMER_ACCURACY_USEC, on_overdue,
					       hook);
	if (r >= 0)
		return 0;
	hook->child = sd_event_source_disable_unref(hook->child);
	(void)kill(-hook->pid, SIGKILL);
	(void)waitpid(hook->pid, NULL, 0);
	hook->pid = 0;
	return r;
}

/* Starts the next run, or the one after it when that cannot be started. */
static void go_on(struct hook *hook)
{
	while (hook->runs && !hook->pid) {
		_cleanup_free_ char *how = NULL;
		int r = start(hook, hook->runs);

		if (r >= 0)
			return;
		(void)mydev_asprintf(&how, "cannot be run: %s", strerror(-r));
		complain(hook, hook->runs, how ?: "cannot be run");
		run_free(take_run(hook));
	}
}

/* ---- What hooks are run for ---- */

static int add_variable(char ***environment, const char *name, const char *value)
{
	_cleanup_free_ char *variable = NULL;

	if (mydev_asprintf(&variable, "%s=%s", name, value) < 0)
		return -ENOMEM;
	return mydev_strv_append(environment, variable, strlen(variable));
}

/* Takes the environment. */
static int add_run(struct hook *hook, const char *program, const char *device, const char *event,
		   uint64_t seq, char **environment)
{
	_cleanup_free_ char *program_copy = strdup(program), *device_copy = strdup(device),
			    *event_copy = strdup(event);
	struct run *run = calloc(1, sizeof(*run));

	if (!program_copy || !device_copy || !event_copy || !run) {
		mydev_strv_free(environment);
		free(run);
		return -ENOMEM;
	}
	*run = (struct run){
		.program = MYDEV_TAKE(program_copy),
		.environment = environment,
		.device = MYDEV_TAKE(device_copy),
		.event = MYDEV_TAKE(event_copy),
		.seq = seq,
		.timeout_usec = hook->hooks->config->hook_timeout_usec,
	};
	*hook->last = run;
	hook->last = &run->next;
	hook->n_runs++;
	return 0;
}

static bool is_full(struct hook *hook)
{
	if (hook->n_runs <= WAITING_MAX)
		return false;
	hook->skipped++;
	return true;
}

static int new_environment(const struct entry *entry, char ***ret)
{
	_cleanup_strv_ char **environment = NULL;
	int r;

	r = mydev_strv_append(&environment, HOOK_PATH, strlen(HOOK_PATH));
	for (size_t i = 0; i < entry->n_fields && r >= 0; i++)
		r = mydev_strv_append(&environment, entry->fields[i], strlen(entry->fields[i]));
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(environment);
	return 0;
}

static int run_for_event(struct hook *hook, const char *program, const struct mydev_event *event,
			 const struct entry *entry)
{
	char **environment;
	int r;

	if (is_full(hook))
		return 0;
	r = new_environment(entry, &environment);
	if (r >= 0)
		r = add_run(hook, program, event->device ?: "?",
			    mydev_enum_name(&mydev_event_type_names, event->event) ?: "unknown",
			    event->seq, environment);
	if (r >= 0)
		go_on(hook);
	return r;
}

int hooks_event(struct hooks *hooks, const struct mydev_event *event, const struct entry *entry)
{
	const size_t wanted[] = { event->event, CONFIG_HOOK_ANY };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(wanted); i++) {
		size_t type = wanted[i];

		/* A newer module has events that no key can be for. */
		if (type >= CONFIG_HOOK_GIVEN_UP || !hooks->config->hooks[type])
			continue;
		if (run_for_event(&hooks->hooks[type], hooks->config->hooks[type], event, entry) <
		    0)
			return -ENOMEM;
	}
	return 0;
}

int hooks_given_up(struct hooks *hooks, const char *device, const char *text)
{
	const char *program = hooks->config->hooks[CONFIG_HOOK_GIVEN_UP];
	struct hook *hook = &hooks->hooks[CONFIG_HOOK_GIVEN_UP];
	_cleanup_strv_ char **environment = NULL;
	int r;

	if (!program || is_full(hook))
		return 0;
	r = mydev_strv_append(&environment, HOOK_PATH, strlen(HOOK_PATH));
	if (r >= 0)
		r = add_variable(&environment, "MYDEV_DEVICE", device);
	if (r >= 0)
		r = add_variable(&environment, "MESSAGE", text);
	if (r >= 0)
		r = add_run(hook, program, device, "given-up", 0, MYDEV_TAKE(environment));
	if (r >= 0)
		go_on(hook);
	return r;
}
