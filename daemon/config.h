/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mydevd.conf and its drop-ins say: what the daemon does about events, beside logging them. A key is a row of the
 * table in config.c.
 */
#ifndef MYDEVD_CONFIG_H
#define MYDEVD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cleanup.h"
#include "libmydev.h"

/* Hooks by event type, one for every event, and one for what is no event. */
#define CONFIG_HOOK_ANY 0
#define CONFIG_HOOK_GIVEN_UP 31 /* recovery gave a device up */
#define CONFIG_N_HOOKS 32

struct config {
	bool recovery_reset; /* reset a device that has faulted */
	uint64_t recovery_grace_usec; /* so long after the fault */
	uint64_t recovery_tries; /* so often */
	uint64_t recovery_period_usec; /* within that time, then give up */
	char *hooks[CONFIG_N_HOOKS]; /* programs by event type, NULL: none */
	uint64_t hook_timeout_usec;
};

void config_clear(struct config *config);
#define _cleanup_config_ _cleanup_(config_clear)

/* What there is to say about a configuration, one line each, with file and line. Zeros: nothing. */
struct config_report {
	char **lines; /* NULL-terminated, or NULL */
	char **files; /* that were read; the same */
	bool refused; /* there is a value that cannot be used */
};

void config_report_clear(struct config_report *report);
#define _cleanup_config_report_ _cleanup_(config_report_clear)

/* What holds when nothing is configured. */
void config_set_defaults(struct config *config);

/*
 * Takes over what a file says; name is for the report. What is wrong is in the report, and nothing else is the
 * caller's business: -ENOMEM, or -errno of reading.
 */
int config_parse(FILE *file, const char *name, struct config *config, struct config_report *report);

/*
 * Reads what is configured on this machine: the first mydevd.conf of the folders, then of mydevd.conf.d/ in all of them
 * the *.conf files, by name, the first folder winning. What is not there does not count; what is there and cannot be read
 * is refused. *ret must be zeros; it is set unless something was refused
 * (-EINVAL, see the report) or went wrong (-ENOMEM, -errno of reading, see the report).
 */
int config_load(const char *const *folders, struct config *ret, struct config_report *report);

/* Where config_load() is to look; NULL-terminated. */
extern const char *const config_folders[];

#endif
