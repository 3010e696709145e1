/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of the command table as objects, for help and for the manual.
 */
#ifndef MYDEVCTL_DESCRIBE_H
#define MYDEVCTL_DESCRIBE_H

#include "command.h"
#include "objects_gen.h"

/* 0 or -ENOMEM. *ret must be empty, and is the caller's to clear in any case. */
int describe_command(const struct command *cmd, struct mydev_command *ret);

/* The program as a whole, as if it were a command. */
int describe_program(struct mydev_command *ret);

#endif
