/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a report. Adding one is a row of the table in report_parts.c.
 */
#ifndef MYDEVCTL_REPORT_PARTS_H
#define MYDEVCTL_REPORT_PARTS_H

#include "context.h"
#include "objects_gen.h"

#define REPORT_HIDDEN "[hidden]" /* stands for what others may not see */

struct reporter {
	struct context *ctx;
	char **hidden; /* values that a part has hidden, and that no other may have either */
};

struct report_part {
	const char *name;
	/* Adds lines and problems. -errno only where there is no use to go on (-ENOMEM). */
	int (*run)(struct reporter *rep, struct mydev_report *part);
};

/* In the order of the report; ends with one that has no name. */
extern const struct report_part report_parts[];

#endif
