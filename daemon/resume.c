// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the daemon left off. _UID comes with the sender's socket credentials; _SYSTEMD_UNIT would not do, for journald
 * looks it up when it reads the message, and a sender that was killed has none by then.
 */
#include "resume.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "cleanup.h"
#include "entry.h"

MYDEV_DEFINE_CLEANUP(sd_journal *, sd_journal_close);
#define _cleanup_journal_ _cleanup_(sd_journal_close_p)

__attribute__((format(printf, 2, 3))) static int add_match(sd_journal *journal, const char *fmt,
							   ...)
{
	_cleanup_free_ char *match = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&match, fmt, ap);
	va_end(ap);
	if (r < 0) {
		match = NULL;
		return -ENOMEM;
	}
	return sd_journal_add_match(journal, match, 0);
}

/* The number in a field of the present entry; -ENOENT when it has none. */
static int get_number(sd_journal *journal, const char *field, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	const void *data;
	const char *digits;
	char *end;
	size_t len;
	int r;

	r = sd_journal_get_data(journal, field, &data, &len);
	if (r < 0)
		return r;
	text = strndup(data, len);
	if (!text)
		return -ENOMEM;
	digits = text + strlen(field) + 1;
	errno = 0;
	*ret = strtoull(digits, &end, 10);
	return errno || end == digits || *end ? -EBADMSG : 0;
}

static int open_journal(sd_journal **ret)
{
	_cleanup_journal_ sd_journal *journal = NULL;
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return r;
	if (!sd_journal_has_runtime_files(journal) && !sd_journal_has_persistent_files(journal))
		return -ENODATA;
	*ret = MYDEV_TAKE(journal);
	return 0;
}

int resume_find(const char *epoch, struct resume_point *ret)
{
	_cleanup_journal_ sd_journal *journal = NULL;
	struct resume_point point = { 0 };
	int r;

	r = open_journal(&journal);
	if (r == 0)
		r = add_match(journal, "_TRANSPORT=journal");
	if (r == 0)
		r = add_match(journal, "_UID=%u", getuid());
	if (r == 0)
		r = add_match(journal, ENTRY_FIELD_EPOCH "=%s", epoch);
	if (r == 0)
		r = sd_journal_seek_tail(journal);
	if (r < 0)
		return r;

	while ((r = sd_journal_previous(journal)) > 0) {
		point.found = true;
		r = get_number(journal, ENTRY_FIELD_SEQ, &point.seq);
		if (r == -ENOENT)
			r = get_number(journal, ENTRY_FIELD_GAP_LAST, &point.seq);
		if (r != -ENOENT)
			break;
	}
	if (r < 0)
		return r;
	*ret = point;
	return 0;
}
