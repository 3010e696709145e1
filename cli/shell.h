/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interactive shell: one line after the other from a terminal, with completion and history,
 * events above the line that is being typed.
 */
#ifndef MYDEVCTL_SHELL_H
#define MYDEVCTL_SHELL_H

#include "session.h"

/* Until the user leaves. The status of the last command. */
enum mydev_exit_status shell_run(struct session *s);

#endif
