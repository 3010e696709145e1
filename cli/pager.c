// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pager, as git and systemctl have one: a child behind a pipe, run by sh.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "format.h"
#include "pager.h"

/* F: not for what fits on the screen; R: with colours; X: what was read stays there. */
#define SCRIPT                            \
	"export LESS=\"${LESS-FRX}\"%s\n" \
	"%s\n"                            \
	"if [ $? = 127 ]; then exec cat; fi\n" /* as sh says of what it has not found */
#define SECURE " LESSSECURE=1" /* nothing can be run from within */
#define DEFAULT "if command -v less >/dev/null; then less; else cat; fi"

static const int signals[] = { SIGINT, SIGQUIT, SIGPIPE };

struct pager {
	FILE *stream;
	pid_t pid;
	struct sigaction before[MYDEV_ARRAY_SIZE(signals)];
};

extern char **environ;

/* The user who has logged in, from whom this process comes; the present one where nobody knows. */
static uid_t login_uid(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/loginuid", "re");
	unsigned int uid;

	return file && fscanf(file, "%u", &uid) == 1 && uid != UINT_MAX ? uid : geteuid();
}

/*
 * Whether another user lets somebody run this as root, but not any program: then it runs none but
 * less, and that so that it runs none.
 */
static bool is_elevated(void)
{
	return getauxval(AT_SECURE) || getenv("SUDO_UID") || getenv("PKEXEC_UID") ||
	       login_uid() != geteuid();
}

/* NULL: none is wanted. */
static const char *choose(void)
{
	const char *own = getenv("MYDEV_PAGER") ?: getenv("PAGER");

	if (own && (!*own || !strcmp(own, "cat")))
		return NULL;
	return own && !is_elevated() ? own : DEFAULT;
}

static void ignore_signals(struct pager *pager)
{
	static const struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &ignore, &pager->before[i]);
}

static void restore_signals(const struct pager *pager)
{
	static const struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals); i++) {
		/* Also what is pending, where they are blocked, was the pager's. */
		sigaction(signals[i], &ignore, NULL);
		sigaction(signals[i], &pager->before[i], NULL);
	}
}

static int spawn(pid_t *ret, char *script, int input)
{
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(ret, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int start(struct pager *pager, const char *command)
{
	_cleanup_close_ int input = -1, output = -1;
	_cleanup_free_ char *script = NULL;
	int fds[2], r;

	if (mydev_asprintf(&script, SCRIPT, is_elevated() ? SECURE : "", command) < 0)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	input = fds[0];
	output = fds[1];
	r = spawn(&pager->pid, script, input);
	if (r < 0)
		return r;
	pager->stream = fdopen(output, "w");
	if (!pager->stream)
		return -errno;
	/* The stream's now. */
	(void)MYDEV_TAKE_FD(output);
	return 0;
}

int pager_begin(struct pager **ret)
{
	_cleanup_free_ struct pager *pager = NULL;
	const char *command = choose();
	int r;

	*ret = NULL;
	if (!command)
		return 0;
	pager = calloc(1, sizeof(*pager));
	if (!pager)
		return -ENOMEM;
	r = start(pager, command);
	if (r < 0)
		return r;
	ignore_signals(pager);
	*ret = MYDEV_TAKE(pager);
	return 0;
}

FILE *pager_stream(const struct pager *pager)
{
	return pager->stream;
}

void pager_end(struct pager *pager)
{
	if (!pager)
		return;
	fclose(pager->stream);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		;
	restore_signals(pager);
	free(pager);
}
