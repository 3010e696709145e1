// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mydevd writes to the journal. The tables below are all there is to say about a kind of entry; its explanation
 * for journalctl -x stands in systemd/mydev.catalog, under the same MESSAGE_ID.
 */
#include "entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "cleanup.h"
#include "format.h"
#include "message_id.h"
#include "text.h"
#include "version.h"

#define BY "[ by {comm} (pid {pid}, uid {uid})]"
#define TIMES "[, {count} times in quick succession]"

/* ROW(event type, MESSAGE_ID, priority, template of the message as in text.h) */
#define EVENT_KINDS(ROW)                                                                       \
	ROW(DEVICE_ADDED, "68508298148d4b3bbe2430ad6fa38b63", LOG_INFO,                        \
	    "{device}: device added[, kind {kind}]")                                           \
	ROW(DEVICE_REMOVED, "6f929ceec09f4daeb8966c0f78010d57", LOG_NOTICE,                    \
	    "{device}: device removed")                                                        \
	ROW(OPENED, "a6d258fc223643549a0904ea62d52928", LOG_INFO, "{device}: opened" BY TIMES) \
	ROW(CLOSED, "f7b2e4adb7cb464b956604d114e91452", LOG_INFO, "{device}: closed" BY TIMES) \
	ROW(RESET, "693cc0ca3e344791b2432cbe27455a2f", LOG_NOTICE,                             \
	    "{device}: reset" BY "[, {discarded} of buffered data discarded]")                 \
	ROW(STATE_CHANGED, "b05454eb5ea447aba70b1006060df535", LOG_NOTICE,                     \
	    "{device}: state is now {state}")                                                  \
	ROW(OVERRUN_BEGIN, "0aed5e2bf46f4512ba1657ae767695d6", LOG_WARNING,                    \
	    "{device}: receive ring[ of {rx-size}] full, data is being lost"                   \
	    "[ (policy {rx-policy})]" TIMES)                                                   \
	ROW(OVERRUN_END, "a6883d33d46341f18e52cc980bccf05a", LOG_WARNING,                      \
	    "{device}: overrun over[ after {duration-ns}][, {lost} lost]" TIMES)               \
	ROW(WATERMARK, "1215ad91f0344f27b9b14aef697b265a", LOG_NOTICE,                         \
	    "{device}: receive ring filled to {rx-used}[, watermark {watermark}]" TIMES)       \
	ROW(FAULT, "2481c0a1468d43239fcb92f19abd2115", LOG_ERR,                                \
	    "{device}: fault ({fault})[: {fault-msg}]"                                         \
	    "[ (process {comm}, pid {pid}, uid {uid})]")                                       \
	ROW(SETTING_CHANGED, "969cdd41cc014d3990e89d292defbac1", LOG_NOTICE,                   \
	    "{device}: settings changed" BY                                                    \
	    "[, rx-size {rx-size}][, rx-policy {rx-policy}][, watermark {watermark}]")         \
	ROW(SELFTEST_PASSED, "538fc040edbe402c9723ce0197a1891f", LOG_INFO,                     \
	    "{device}: self-test passed" BY "[, {bytes} there and back][ in {duration-ns}]")   \
	ROW(SELFTEST_FAILED, "3101accbc5614df78762a9f5ac6a8a6e", LOG_ERR,                      \
	    "{device}: self-test failed" BY "[: {selftest-msg}]")

struct kind {
	const char *message_id; /* NULL: none */
	int priority;
	const char *template; /* NULL: the caller brings the words */
};

#define EVENT_KIND(type, id, prio, words) [MYDEV_EVENT_TYPE_##type] = { id, prio, words },
static const struct kind event_kinds[] = { EVENT_KINDS(EVENT_KIND) };

/* An event of a type that a newer module knows. */
static const struct kind unknown_event = {
	"b41ce555d5dc49b19a83fcf793903ca9",
	LOG_NOTICE,
	"{device}: event of type {event}, which this version of mydevd does not know",
};

static const struct kind other_kinds[] = {
	[ENTRY_GAP] = { "5773dac7785f417fb1907fffbee31691", LOG_ERR,
			"{gap-count} events, number {gap-first} to {gap-last}, are lost: the kernel no longer had "
			"them when they were asked for" },
	[ENTRY_OPEN_GAP] = { "92efca0a11a7407fa43df10a4d831ca8", LOG_ERR,
			     "events from number {gap-first} on, if any, are lost: the kernel module was "
			     "removed before they could be read" },
	[ENTRY_MODULE_UP] = { MYDEV_MESSAGE_ID_UP, LOG_INFO,
			      "kernel module mydev[ {version}] is loaded, epoch {epoch}" },
	[ENTRY_MODULE_DOWN] = { MYDEV_MESSAGE_ID_DOWN, LOG_NOTICE,
				"kernel module mydev was removed; waiting for it to come back" },
	[ENTRY_MODULE_ABSENT] = { "5654184aba804993967365431cdb6935", LOG_ERR, NULL },
	[ENTRY_OTHER_VERSION] = { "5c7204d789c648c09a2aeb3f10a794fa", LOG_WARNING,
				  "kernel module mydev is version {version}, mydevd " MYDEV_VERSION
				  "; install both from one version and load the module anew" },
	[ENTRY_RECOVERY] = { "44a9c35c4330415a8679cf276e681d27", LOG_NOTICE, NULL },
	[ENTRY_RECOVERY_FAILED] = { "e19338e2eb3c4ff5abd36ba07815d764", LOG_ERR, NULL },
	[ENTRY_RECOVERY_GAVE_UP] = { "ccb386b4d01846ab9cc422af59b406f8", LOG_CRIT, NULL },
	[ENTRY_HOOK_FAILED] = { "76015bd5177746799e1bb642ccf82ca7", LOG_ERR, NULL },
	[ENTRY_HOOK_SKIPPED] = { "f80ad5a05e4a40d1ba2bf0c688742678", LOG_WARNING, NULL },
	[ENTRY_CONFIG] = { "1f45ffe4ba4841fe977867351bc13264", LOG_WARNING, NULL },
	[ENTRY_DAEMON] = { NULL, LOG_INFO, NULL },
};

/* ---- Building ---- */

void entry_clear(struct entry *entry)
{
	for (size_t i = 0; i < entry->n_fields; i++)
		free(entry->fields[i]);
	free(entry->fields);
	*entry = (struct entry){};
}

const char *entry_message(const struct entry *entry)
{
	/* entry_begin() puts it first. */
	return entry->fields[0] + strlen("MESSAGE=");
}

int entry_add(struct entry *entry, const char *name, const char *value)
{
	char **fields;
	int r;

	fields = reallocarray(entry->fields, entry->n_fields + 1, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	entry->fields = fields;
	r = mydev_asprintf(&fields[entry->n_fields], "%s=%s", name, value);
	if (r == 0)
		entry->n_fields++;
	return r;
}

static int entry_begin(const struct kind *kind, int priority, const char *message,
		       struct entry *entry)
{
	int r;

	entry->priority = priority;
	r = entry_add(entry, "MESSAGE", message);
	if (r == 0 && kind->message_id)
		r = entry_add(entry, "MESSAGE_ID", kind->message_id);
	if (r == 0)
		r = entry_add(entry, "PRIORITY", (char[]){ (char)('0' + priority), '\0' });
	if (r == 0)
		r = entry_add(entry, "SYSLOG_IDENTIFIER", "mydevd");
	return r;
}

static int entry_add_object(struct entry *entry, const struct mydev_desc *desc, const void *obj)
{
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *value = NULL;
		int r;

		if (!mydev_has_attr(obj, field->attr))
			continue;
		r = mydev_field_format(field, obj, &value);
		if (r == 0)
			r = entry_add(entry, field->journal, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int entry_of_object(const struct kind *kind, const struct mydev_desc *desc, const void *obj,
			   struct entry *ret)
{
	_cleanup_entry_ struct entry entry = {};
	_cleanup_free_ char *message = NULL;
	int r;

	r = text_expand(kind->template, desc, obj, &message);
	if (r == 0)
		r = entry_begin(kind, kind->priority, message, &entry);
	if (r == 0)
		r = entry_add_object(&entry, desc, obj);
	if (r < 0)
		return r;
	*ret = entry;
	entry = (struct entry){};
	return 0;
}

/* A type without a row does not compile. */
static const struct kind *kind_of_event(enum mydev_event_type type)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
#define EVENT_CASE(name, ...) case MYDEV_EVENT_TYPE_##name:
	switch (type) {
		EVENT_KINDS(EVENT_CASE)
		return &event_kinds[type];
	}
#pragma GCC diagnostic pop
	return &unknown_event;
}

int entry_of_event(const struct mydev_event *event, struct entry *ret)
{
	return entry_of_object(kind_of_event(event->event), &mydev_event_desc, event, ret);
}

int entry_of_gap(const char *epoch, uint64_t first, uint64_t last, struct entry *ret)
{
	struct mydev_gap gap = {
		.gap_first = first,
		.gap_last = last,
		.gap_count = last - first + 1,
	};

	snprintf(gap.epoch, sizeof(gap.epoch), "%s", epoch);
	MYDEV_SET(&gap, GAP, EPOCH);
	MYDEV_SET(&gap, GAP, GAP_FIRST);
	if (last == MYDEV_SEQ_UNKNOWN)
		return entry_of_object(&other_kinds[ENTRY_OPEN_GAP], &mydev_gap_desc, &gap, ret);
	MYDEV_SET(&gap, GAP, GAP_LAST);
	MYDEV_SET(&gap, GAP, GAP_COUNT);
	return entry_of_object(&other_kinds[ENTRY_GAP], &mydev_gap_desc, &gap, ret);
}

int entry_of_module(enum entry_type type, const struct mydev_info *info, struct entry *ret)
{
	return entry_of_object(&other_kinds[type], &mydev_info_desc, info, ret);
}

int entry_of_text(enum entry_type type, int priority, const char *text, struct entry *ret)
{
	_cleanup_entry_ struct entry entry = {};
	int r;

	r = entry_begin(&other_kinds[type],
			priority == ENTRY_PRIORITY_USUAL ? other_kinds[type].priority : priority,
			text, &entry);
	if (r < 0)
		return r;
	*ret = entry;
	entry = (struct entry){};
	return 0;
}
