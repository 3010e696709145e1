/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mydevd writes to the journal: for each kind of entry its MESSAGE_ID, priority and sentence, and the fields. Pure:
 * where entries go is the logger's business.
 *
 * An entry carries MYDEV_SEQ exactly when it is the record of the event of that number, and MYDEV_GAP_LAST exactly when
 * it is the record of a gap: the daemon resumes from them. An entry about an event must use other names.
 */
#ifndef MYDEVD_ENTRY_H
#define MYDEVD_ENTRY_H

#include <stddef.h>

#include "cleanup.h"
#include "libmydev.h"

#define ENTRY_FIELD_EPOCH "MYDEV_EPOCH"
#define ENTRY_FIELD_SEQ "MYDEV_SEQ"
#define ENTRY_FIELD_GAP_FIRST "MYDEV_GAP_FIRST"
#define ENTRY_FIELD_GAP_LAST "MYDEV_GAP_LAST"

/* Entries that are not the record of an event. */
enum entry_type {
	ENTRY_GAP, /* events that nobody can have any more */
	ENTRY_OPEN_GAP, /* the same, and nobody knows how many */
	ENTRY_MODULE_UP, /* the module is loaded: a new epoch */
	ENTRY_MODULE_DOWN, /* the module was removed while the daemon ran */
	ENTRY_MODULE_ABSENT, /* the daemon cannot start without the module */
	ENTRY_OTHER_VERSION, /* module and daemon are of different versions */
	ENTRY_RECOVERY, /* a device is reset after a fault */
	ENTRY_RECOVERY_FAILED, /* that was not possible */
	ENTRY_RECOVERY_GAVE_UP, /* it faulted again and again */
	ENTRY_HOOK_FAILED, /* a hook could not be run, failed, or took too long */
	ENTRY_HOOK_SKIPPED, /* a hook was not run, because so many events came */
	ENTRY_CONFIG, /* something in a configuration file is not right */
	ENTRY_DAEMON, /* something about the daemon itself; has no MESSAGE_ID */
};

/* An entry of zeros is empty. */
struct entry {
	char **fields; /* each "NAME=value"; a value may have line feeds */
	size_t n_fields;
	int priority; /* as in syslog */
};

/* Frees what the entry owns and makes it empty. */
void entry_clear(struct entry *entry);
#define _cleanup_entry_ _cleanup_(entry_clear)

/* The MESSAGE of an entry that is not empty. */
const char *entry_message(const struct entry *entry);

/*
 * The constructors write to *ret, which must be empty. -ENOMEM.
 */

/* The record of an event, with every attribute that it has. */
int entry_of_event(const struct mydev_event *event, struct entry *ret);

/* The record of a gap: MYDEV_GAP_FIRST, _LAST and _COUNT; only the first when last is MYDEV_SEQ_UNKNOWN. */
int entry_of_gap(const char *epoch, uint64_t first, uint64_t last, struct entry *ret);

/* About the module, with what is known of it; type is ENTRY_MODULE_UP, _DOWN or ENTRY_OTHER_VERSION. */
int entry_of_module(enum entry_type type, const struct mydev_info *info, struct entry *ret);

/* Any other, in the caller's words. */
#define ENTRY_PRIORITY_USUAL (-1) /* that of the type */
int entry_of_text(enum entry_type type, int priority, const char *text, struct entry *ret);

/* Adds a field to an entry. -ENOMEM */
int entry_add(struct entry *entry, const char *name, const char *value);

#endif
