/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands on other machines: ssh runs "mydevctl --json COMMAND" on each of the hosts at once, and
 * what comes back goes to the result as if it were of this machine, tagged with its host. What
 * fails on one host, or on the way there, is an error of that host and hides nothing.
 */
#ifndef MYDEVCTL_REMOTE_H
#define MYDEVCTL_REMOTE_H

#include "context.h"
#include "parse.h"

/*
 * In place of the command's own handler, and as that: command.h. hosts: NULL-terminated. The tags
 * become the context's.
 */
int remote_run(struct context *ctx, char **hosts, const struct invocation *inv, struct result *res);

/*
 * The command line that is run there, for a shell: what the command does, without what is for this
 * side to do, as to show it. NULL: no memory.
 */
char *remote_command_line(const struct invocation *inv);

#endif
