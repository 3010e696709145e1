// SPDX-License-Identifier: GPL-2.0-only
/*
 * From journal entries to objects, by the journal names in the field tables.
 */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "format.h"
#include "journal.h"
#include "message_id.h"
#include "notice.h"
#include "scoped.h"

#define PREFIX "MYDEV_"

struct journal {
	sd_journal *journal;
	sd_id128_t boot; /* this one */
	journal_filter filter;
	void *userdata;
	bool at_record; /* journal_seek() went to the entry that is next */
	uint64_t since_usec;
};

void journal_record_clear(struct journal_record *record)
{
	clear_event(&record->event);
	clear_gap(&record->gap);
	mydev_object_clear(&mydev_sync_desc, &record->sync);
	mydev_object_clear(&mydev_down_desc, &record->down);
	record->desc = NULL;
}

static int add_matches(struct journal *journal)
{
	const struct passwd *user = getpwnam(JOURNAL_USER);
	_cleanup_free_ char *match = NULL;
	int r;

	if (!user)
		return -ESRCH;
	r = mydev_asprintf(&match, "_UID=%u", user->pw_uid);
	if (r >= 0)
		r = sd_journal_add_match(journal->journal, match, 0);
	return r < 0 ? r : sd_journal_add_match(journal->journal, "_TRANSPORT=journal", 0);
}

/*
 * libsystemd passes over files that may not be read; then nothing would look like a journal without
 * events.
 */
static int check_files(sd_journal *journal)
{
	struct stat st;

	if (sd_journal_has_runtime_files(journal) > 0 ||
	    sd_journal_has_persistent_files(journal) > 0)
		return 0;
	/* Folders may be left of a journal that is no more, and root would see what is in them. */
	if (!geteuid() || (stat("/run/log/journal", &st) < 0 && stat("/var/log/journal", &st) < 0))
		return -ENOENT;
	return -EACCES;
}

int journal_open_system(sd_journal **ret)
{
	sd_journal *journal;
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r < 0)
		return r;
	r = check_files(journal);
	if (r >= 0)
		r = sd_journal_set_data_threshold(journal, 0);
	if (r < 0) {
		sd_journal_close(journal);
		return r;
	}
	*ret = journal;
	return 0;
}

int journal_open(struct journal **ret, journal_filter filter, void *userdata)
{
	_cleanup_(journal_free_p) struct journal *journal = calloc(1, sizeof(*journal));
	int r;

	if (!journal)
		return -ENOMEM;
	journal->filter = filter;
	journal->userdata = userdata;
	/* Whether mydevd is installed at all comes first. */
	r = getpwnam(JOURNAL_USER) ? journal_open_system(&journal->journal) : -ESRCH;
	if (r >= 0)
		r = add_matches(journal);
	if (r >= 0)
		r = sd_id128_get_boot(&journal->boot);
	if (r >= 0)
		r = sd_journal_seek_head(journal->journal);
	if (r < 0)
		return r;
	*ret = MYDEV_TAKE(journal);
	return 0;
}

void journal_free(struct journal *journal)
{
	sd_journal_close(journal->journal);
	free(journal);
}

/*
 * One field of an entry into the object, if it has one like it. A value that cannot be read is left
 * out.
 */
static int read_field(const struct mydev_desc *desc, void *obj, const void *data, size_t len)
{
	_cleanup_free_ char *text = strndup(data, len);
	const struct mydev_field *field;
	char *value;
	int r;

	if (!text)
		return -ENOMEM;
	value = strchr(text, '=');
	if (!value)
		return 0;
	*value++ = '\0';
	field = mydev_field_find(desc, text);
	if (!field)
		return 0;
	r = mydev_field_parse(field, value, obj);
	return r == -ENOMEM ? r : 0;
}

static int read_object(sd_journal *journal, const struct mydev_desc *desc, void *obj)
{
	const void *data;
	size_t len;
	int r;

	sd_journal_restart_data(journal);
	while ((r = sd_journal_enumerate_available_data(journal, &data, &len)) > 0) {
		if (len < strlen(PREFIX) || memcmp(data, PREFIX, strlen(PREFIX)) != 0)
			continue;
		r = read_field(desc, obj, data, len);
		if (r < 0)
			return r;
	}
	return r;
}

/* How an entry is known to be a record, and of what. */
static const struct kind {
	const char *field;
	const char *value; /* NULL: any */
	const struct mydev_desc *desc;
	size_t offset; /* of the object in the record */
} kinds[] = {
	{ "MYDEV_SEQ", NULL, &mydev_event_desc, offsetof(struct journal_record, event) },
	{ "MYDEV_GAP_FIRST", NULL, &mydev_gap_desc, offsetof(struct journal_record, gap) },
	{ "MESSAGE_ID", MYDEV_MESSAGE_ID_UP, &mydev_sync_desc,
	  offsetof(struct journal_record, sync) },
	{ "MESSAGE_ID", MYDEV_MESSAGE_ID_DOWN, &mydev_down_desc,
	  offsetof(struct journal_record, down) },
};

static bool is_of_kind(sd_journal *journal, const struct kind *kind)
{
	size_t len, head = strlen(kind->field) + 1;
	const void *data;

	if (sd_journal_get_data(journal, kind->field, &data, &len) < 0)
		return false;
	return !kind->value || (len == head + strlen(kind->value) &&
				!memcmp((const char *)data + head, kind->value, len - head));
}

/* NULL: the entry is no record. */
static const struct kind *find_kind(sd_journal *journal)
{
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(kinds); i++)
		if (is_of_kind(journal, &kinds[i]))
			return &kinds[i];
	return NULL;
}

/*
 * In this boot from the event's own stamp, as monitor does it; of another boot the entry's time is
 * the nearest known.
 */
static int read_time(const struct journal *journal, struct journal_record *record)
{
	uint64_t usec;
	sd_id128_t boot;
	int r;

	r = sd_journal_get_realtime_usec(journal->journal, &record->when_usec);
	if (r < 0 || !MYDEV_HAS(&record->event, EVENT, TIME_NS))
		return r;
	r = sd_journal_get_monotonic_usec(journal->journal, &usec, &boot);
	if (r < 0 || !sd_id128_equal(boot, journal->boot))
		return 0;
	record->when_usec = notice_event_time(&record->event);
	return 0;
}

/* 1: the entry is a record that is wanted; 0: it is not; -errno, also that of the filter. */
static int read_record(const struct journal *journal, struct journal_record *record)
{
	const struct kind *kind = find_kind(journal->journal);
	int r;

	if (!kind)
		return 0;
	record->desc = kind->desc;
	r = read_object(journal->journal, kind->desc, (char *)record + kind->offset);
	/* An epoch begins before its first event. */
	if (kind->desc == &mydev_sync_desc)
		MYDEV_SET(&record->sync, SYNC, SEQ);
	if (r >= 0)
		r = read_time(journal, record);
	if (r < 0)
		return r;
	/* An event may have been written long after it happened. */
	if (record->when_usec < journal->since_usec)
		return 0;
	if (record->desc != &mydev_event_desc || !journal->filter)
		return 1;
	return journal->filter(&record->event, journal->userdata);
}

/* Backwards over last events, to the oldest of them. */
static int seek_last(struct journal *journal, uint64_t last)
{
	int r;

	r = sd_journal_seek_tail(journal->journal);
	if (r < 0)
		return r;
	while (last) {
		_cleanup_(journal_record_clear) struct journal_record record = {};

		r = sd_journal_previous(journal->journal);
		if (r < 0)
			return r;
		if (r == 0)
			return sd_journal_seek_head(journal->journal);
		r = read_record(journal, &record);
		if (r < 0)
			return r;
		if (record.desc && record.when_usec < journal->since_usec)
			return 0;
		last -= r && record.desc == &mydev_event_desc;
	}
	journal->at_record = true;
	return 0;
}

int journal_seek(struct journal *journal, uint64_t since_usec, uint64_t last)
{
	journal->since_usec = since_usec;
	if (last)
		return seek_last(journal, last);
	return since_usec ? sd_journal_seek_realtime_usec(journal->journal, since_usec) : 0;
}

int journal_next(struct journal *journal, struct journal_record *ret)
{
	int r;

	for (;;) {
		r = journal->at_record ? 1 : sd_journal_next(journal->journal);
		journal->at_record = false;
		if (r <= 0)
			return r;
		r = read_record(journal, ret);
		if (r)
			return r;
		journal_record_clear(ret);
	}
}

int journal_fd(struct journal *journal)
{
	return sd_journal_get_fd(journal->journal);
}

int journal_process(struct journal *journal)
{
	return sd_journal_process(journal->journal);
}
