// SPDX-License-Identifier: GPL-2.0-only
/*
 * From how ssh ended, and what it said, to a cause and a cure.
 */

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "format.h"
#include "remote_error.h"
#include "ssh.h"

#define SSH_FAILED 255
#define SHELL_NOT_EXECUTABLE 126
#define SHELL_NOT_FOUND 127

void remote_error_start(struct mydev_error *error, int err)
{
	error_set(error, MYDEV_EXIT_STATUS_FAILED, err, "cannot run %s: %s", ssh_program(),
		  strerror(-err));
	if (err == -ENOENT && !strcmp(ssh_program(), "ssh"))
		error_set_cure(error, "apt-get install openssh-client");
}

static void set_ssh_cause(struct mydev_error *error, const struct remote_end *end)
{
	error_set(error, MYDEV_EXIT_STATUS_FAILED, 0, "%s%s%s",
		  end->begun ? "the connection is lost" : "cannot be reached",
		  *end->said ? ": " : "", end->said);
}

/* What came instead of JSON. */
static void set_other_cause(struct mydev_error *error, const struct remote_end *end)
{
	const char *said = end->other ?: end->said;
	_cleanup_free_ char *how = NULL;

	if (end->whole)
		(void)mydev_asprintf(&how, "mydevctl ended there with status %d",
				     WEXITSTATUS(end->status));
	else
		(void)mydev_asprintf(&how, "mydevctl did not answer there, it ended with status %d",
				     WEXITSTATUS(end->status));
	error_set(error, MYDEV_EXIT_STATUS_FAILED, 0, "%s%s%s", how ?: "mydevctl failed there",
		  *said ? ": " : "", said);
}

void remote_error_ended(struct mydev_error *error, const struct remote_end *end)
{
	if (WIFSIGNALED(end->status)) {
		error_set(error, MYDEV_EXIT_STATUS_FAILED, 0, "%s was ended by signal %d (%s)",
			  ssh_program(), WTERMSIG(end->status), strsignal(WTERMSIG(end->status)));
		return;
	}
	switch (WEXITSTATUS(end->status)) {
	case SSH_FAILED:
		set_ssh_cause(error, end);
		break;
	case SHELL_NOT_FOUND:
	case SHELL_NOT_EXECUTABLE:
		error_set(error, MYDEV_EXIT_STATUS_FAILED, 0, "there is no mydevctl%s%s",
			  *end->said ? ": " : "", end->said);
		error_set_cure(error, "install mydev there, or see to the PATH that ssh gives");
		break;
	default:
		set_other_cause(error, end);
	}
}

void remote_error_broken(struct mydev_error *error)
{
	error_set(error, MYDEV_EXIT_STATUS_FAILED, EPROTO,
		  "what comes from there is no JSON of a mydevctl, or of a later one");
	error_set_cure(error, "is the same version of mydev installed on both sides?");
}

void remote_error_foreign(struct mydev_error *error, const char *kind)
{
	error_set(error, MYDEV_EXIT_STATUS_FAILED, EPROTO,
		  "some of what comes from there is left out: this mydevctl does not know %s%s",
		  kind ? "the kind " : "its values", kind ?: "");
	error_set_cure(error, "is a later version of mydev installed there?");
}
