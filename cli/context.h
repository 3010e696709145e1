/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a handler works with: the kernel's ear, and how it refuses in words that help.
 */
#ifndef MYDEVCTL_CONTEXT_H
#define MYDEVCTL_CONTEXT_H

#include <stdbool.h>

#include "libmydev.h"
#include "result.h"
#include "tag.h"

/* The words for a module that is loaded, and does not answer. */
#define NO_FAMILY_CAUSE "the module mydev is loaded, but its netlink family does not answer here"
#define NO_FAMILY_CURE "is this another network namespace?"

/* Lives as long as a command. All zeros is a good one. */
struct context {
	struct mydev_client *client; /* NULL until somebody asks */
	struct tags *tags; /* of what comes from other machines; NULL until something does */
	bool anonymous; /* what is found is for others to read: it names no users */
	bool elsewhere; /* devices are those of other machines */
	bool in_shell; /* Ctrl-C ends the command, not the program */
	bool stdin_is_script; /* whoever reads it takes the commands that follow */
	bool leave; /* set by a handler: the shell or the script ends */
	bool selects; /* set by a handler: selected is now the session's */
	char *selected; /* the device that stands for one that is left out; NULL: none */
};

void context_done(struct context *ctx);

/* *ret is the context's. A failure is told to res, and -errno returned. */
int context_client(struct context *ctx, struct result *res, struct mydev_client **ret);

/*
 * Tells res that a request about device (NULL: about none) failed with err (-errno). The client
 * still has the kernel's words. 0, or -errno when there is no use to go on with other devices: the
 * module is absent, or nothing can be written.
 */
int context_fail(struct context *ctx, struct result *res, const char *device, int err);

/*
 * Whether Ctrl-C was typed in the shell while the command ran; outside of the shell it ends the
 * program.
 */
bool context_interrupted(const struct context *ctx);

#endif
