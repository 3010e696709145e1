// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what the daemon itself has written. _UID comes with the sender's socket credentials; _SYSTEMD_UNIT would not
 * do, for journald looks it up when it reads the message, and a sender that was killed has none by then.
 */
#include "own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "cleanup.h"
#include "entry.h"
#include "format.h"
#include "message_id.h"

struct own {
	sd_journal *journal;
	bool tail; /* the entry it stands at was not looked at yet */
	bool seen; /* there was an entry */
};

MYDEV_DEFINE_CLEANUP(struct own *, own_free);
#define _cleanup_own_ _cleanup_(own_free_p)

__attribute__((format(printf, 2, 3))) static int add_match(struct own *own, const char *fmt, ...)
{
	_cleanup_free_ char *match = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = mydev_vasprintf(&match, fmt, ap);
	va_end(ap);
	return r < 0 ? r : sd_journal_add_match(own->journal, match, 0);
}

int own_open(const char *epoch, struct own **ret)
{
	_cleanup_own_ struct own *own = calloc(1, sizeof(*own));
	int r;

	if (!own)
		return -ENOMEM;
	r = sd_journal_open(&own->journal, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return r;
	if (!sd_journal_has_runtime_files(own->journal) &&
	    !sd_journal_has_persistent_files(own->journal))
		return -ENODATA;
	r = add_match(own, "_TRANSPORT=journal");
	if (r >= 0)
		r = add_match(own, "_UID=%u", getuid());
	if (r >= 0 && epoch)
		r = add_match(own, ENTRY_FIELD_EPOCH "=%s", epoch);
	/* With the descriptor, files that come later are seen. */
	if (r >= 0)
		r = sd_journal_get_fd(own->journal);
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(own);
	return 0;
}

void own_free(struct own *own)
{
	if (!own)
		return;
	sd_journal_close(own->journal);
	free(own);
}

int own_seek_tail(struct own *own)
{
	int r;

	r = sd_journal_seek_tail(own->journal);
	if (r < 0)
		return r;
	/* Only a step gives a place to go on from; where there is nothing yet, all is new. */
	r = sd_journal_previous(own->journal);
	if (r < 0)
		return r;
	own->tail = own->seen = r > 0;
	return r > 0 ? 0 : sd_journal_seek_head(own->journal);
}

/* The text of a field of the present entry, the caller's; -ENOENT when it has none. */
static int get_text(sd_journal *journal, const char *field, char **ret)
{
	const void *data;
	size_t len;
	int r;

	r = sd_journal_get_data(journal, field, &data, &len);
	if (r < 0)
		return r;
	*ret = strndup((const char *)data + strlen(field) + 1, len - strlen(field) - 1);
	return *ret ? 0 : -ENOMEM;
}

static int get_number(sd_journal *journal, const char *field, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	char *end;
	int r;

	r = get_text(journal, field, &text);
	if (r < 0)
		return r;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno || end == text || *end ? -EBADMSG : 0;
}

/* The present entry: 1, or 0 when it is no record. */
static int read_record(sd_journal *journal, struct own_record *ret)
{
	_cleanup_free_ char *epoch = NULL;
	struct own_record record = {};
	int r;

	r = get_number(journal, ENTRY_FIELD_SEQ, &record.first);
	record.last = record.first;
	if (r == -ENOENT) {
		record.gap = true;
		r = get_number(journal, ENTRY_FIELD_GAP_FIRST, &record.first);
		if (r == -ENOENT)
			return 0;
		if (r >= 0)
			r = get_number(journal, ENTRY_FIELD_GAP_LAST, &record.last);
		if (r == -ENOENT) {
			record.last = MYDEV_SEQ_UNKNOWN;
			r = 0;
		}
	}
	if (r >= 0)
		r = get_text(journal, ENTRY_FIELD_EPOCH, &epoch);
	if (r < 0)
		return r == -ENOENT || r == -EBADMSG ? 0 : r;
	snprintf(record.epoch, sizeof(record.epoch), "%s", epoch);
	*ret = record;
	return 1;
}

static int step(struct own *own, int (*move)(sd_journal *journal), struct own_record *ret)
{
	int r;

	while ((r = move(own->journal)) > 0) {
		own->seen = true;
		r = read_record(own->journal, ret);
		if (r)
			return r;
	}
	return r;
}

int own_previous(struct own *own, struct own_record *ret)
{
	int r;

	if (!own->tail)
		return step(own, sd_journal_previous, ret);
	own->tail = false;
	r = read_record(own->journal, ret);
	return r ? r : step(own, sd_journal_previous, ret);
}

int own_next(struct own *own, struct own_record *ret)
{
	int r;

	own->tail = false;
	r = sd_journal_process(own->journal);
	return r < 0 ? r : step(own, sd_journal_next, ret);
}

bool own_is_empty(const struct own *own)
{
	return !own->seen;
}

/* Whether the present entry says that no event of its epoch will follow. */
static int is_end(sd_journal *journal)
{
	_cleanup_free_ char *id = NULL;
	struct own_record record;
	int r;

	r = get_text(journal, "MESSAGE_ID", &id);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!strcmp(id, MYDEV_MESSAGE_ID_DOWN))
		return 1;
	r = read_record(journal, &record);
	return r <= 0 ? r : record.gap && record.last == MYDEV_SEQ_UNKNOWN;
}

/*
 * Whether the present entry is of this boot, as the newest entry of all is: what the kernel says of the boot is not in
 * the /proc that the service has. The place in the journal is lost.
 */
static int is_of_this_boot(sd_journal *journal)
{
	sd_id128_t boot, newest;
	uint64_t usec;
	int r;

	r = sd_journal_get_monotonic_usec(journal, &usec, &boot);
	if (r < 0)
		return r;
	sd_journal_flush_matches(journal);
	r = sd_journal_seek_tail(journal);
	if (r >= 0)
		r = sd_journal_previous(journal);
	if (r <= 0)
		return r;
	r = sd_journal_get_monotonic_usec(journal, &usec, &newest);
	return r < 0 ? r : sd_id128_equal(boot, newest);
}

int own_find_unended(char **ret)
{
	_cleanup_own_ struct own *own = NULL;
	_cleanup_free_ char *epoch = NULL;
	int r;

	r = own_open(NULL, &own);
	if (r >= 0)
		r = sd_journal_seek_tail(own->journal);
	if (r < 0)
		return r;
	while ((r = sd_journal_previous(own->journal)) > 0) {
		r = get_text(own->journal, ENTRY_FIELD_EPOCH, &epoch);
		if (r != -ENOENT)
			break;
	}
	if (r < 0 || !epoch)
		return r;
	r = is_end(own->journal);
	if (r)
		return r < 0 ? r : 0;
	r = is_of_this_boot(own->journal);
	if (r > 0)
		*ret = MYDEV_TAKE(epoch);
	return r;
}

int own_has(const struct own_record *record)
{
	_cleanup_own_ struct own *own = NULL;
	struct own_record found;
	int r;

	r = own_open(record->epoch, &own);
	if (r >= 0)
		r = add_match(own, "%s=%" PRIu64,
			      record->gap ? ENTRY_FIELD_GAP_FIRST : ENTRY_FIELD_SEQ, record->first);
	if (r >= 0)
		r = own_seek_tail(own);
	return r < 0 ? r : own_previous(own, &found);
}
