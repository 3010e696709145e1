/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which lines of the kernel's log have to do with mydev: those that name it, and whole reports of a
 * crash or a warning that do.
 */
#ifndef MYDEVCTL_KLOG_H
#define MYDEVCTL_KLOG_H

#include <stdbool.h>
#include <stddef.h>

/* All zeros is the beginning of a log. */
struct klog {
	char **kept; /* the last lines that are of interest; NULL-terminated */
	char **report; /* the one that has begun, and is not kept yet */
	bool named; /* the report names mydev */
};

void klog_done(struct klog *log);

/* The next line, as it is to be kept, and what the kernel said in it. -ENOMEM */
int klog_add(struct klog *log, const char *line, const char *message);

/* There are no more lines. -ENOMEM */
int klog_end(struct klog *log);

#endif
