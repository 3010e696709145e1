// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the journal to lines.
 */

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "format.h"
#include "journal.h"
#include "klog.h"
#include "logs.h"
#include "scoped.h"
#include "span.h"
#include "unit.h"
#include "when.h"

#define DAEMON_ENTRIES 200

MYDEV_DEFINE_CLEANUP(sd_journal *, sd_journal_close);

static int match(sd_journal *journal, const char *field, const char *value)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = mydev_asprintf(&text, "%s=%s", field, value);
	return r < 0 ? r : sd_journal_add_match(journal, text, 0);
}

static int open_this_boot(sd_journal **ret)
{
	char boot[SD_ID128_STRING_MAX];
	sd_id128_t id;
	int r;

	r = sd_id128_get_boot(&id);
	if (r >= 0)
		r = journal_open_system(ret);
	if (r < 0) {
		*ret = NULL;
		return r;
	}
	r = match(*ret, "_BOOT_ID", sd_id128_to_string(id, boot));
	return r < 0 ? r : sd_journal_add_conjunction(*ret);
}

/* Of the entry. -ENOENT: it has none. */
static int get_message(sd_journal *journal, char **ret)
{
	static const char field[] = "MESSAGE=";
	const void *data;
	size_t len;
	int r;

	r = sd_journal_get_data(journal, "MESSAGE", &data, &len);
	if (r < 0)
		return r;
	*ret = strndup((const char *)data + strlen(field), len - strlen(field));
	return *ret ? 0 : -ENOMEM;
}

static int add_kernel_entry(sd_journal *journal, struct klog *log)
{
	_cleanup_free_ char *message = NULL, *line = NULL;
	uint64_t usec;
	int r;

	r = get_message(journal, &message);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = sd_journal_get_monotonic_usec(journal, &usec, NULL);
	if (r >= 0)
		r = mydev_asprintf(&line, "[%5" PRIu64 ".%06" PRIu64 "] %s", usec / USEC_PER_SEC,
				   usec % USEC_PER_SEC, message);
	return r < 0 ? r : klog_add(log, line, message);
}

int logs_kernel(char ***ret)
{
	_cleanup_(sd_journal_close_p) sd_journal *journal = NULL;
	_cleanup_(klog_done) struct klog log = {};
	int r;

	r = open_this_boot(&journal);
	if (r >= 0)
		r = match(journal, "_TRANSPORT", "kernel");
	/* Not what programs write to it. */
	if (r >= 0)
		r = match(journal, "SYSLOG_IDENTIFIER", "kernel");
	if (r >= 0)
		r = sd_journal_seek_head(journal);
	while (r >= 0 && (r = sd_journal_next(journal)) > 0)
		r = add_kernel_entry(journal, &log);
	if (r >= 0)
		r = klog_end(&log);
	if (r >= 0)
		*ret = MYDEV_TAKE(log.kept);
	return r;
}

/* What mydevd says, or systemd of its unit. What hooks print is neither. */
static int match_daemon(sd_journal *journal)
{
	const struct passwd *user = getpwnam(JOURNAL_USER);
	_cleanup_free_ char *uid = NULL;
	int r;

	if (!user)
		return -ESRCH;
	r = mydev_asprintf(&uid, "%u", user->pw_uid);
	if (r >= 0)
		r = match(journal, "_UID", uid);
	if (r >= 0)
		r = match(journal, "SYSLOG_IDENTIFIER", "mydevd");
	if (r >= 0)
		r = sd_journal_add_disjunction(journal);
	if (r >= 0)
		r = match(journal, "_PID", "1");
	return r < 0 ? r : match(journal, "UNIT", DAEMON_UNIT);
}

static int add_daemon_entry(sd_journal *journal, char ***lines)
{
	_cleanup_free_ char *message = NULL, *when = NULL, *line = NULL;
	uint64_t usec;
	int r;

	r = get_message(journal, &message);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = sd_journal_get_realtime_usec(journal, &usec);
	if (r < 0)
		return r;
	when = when_format_exact(usec);
	if (!when)
		return -ENOMEM;
	r = mydev_asprintf(&line, "%s %s", when, message);
	return r < 0 ? r : mydev_strv_append(lines, line, strlen(line));
}

int logs_daemon(char ***ret)
{
	_cleanup_(sd_journal_close_p) sd_journal *journal = NULL;
	_cleanup_strv_ char **lines = NULL;
	int r;

	r = open_this_boot(&journal);
	if (r >= 0)
		r = match_daemon(journal);
	if (r >= 0)
		r = sd_journal_seek_tail(journal);
	if (r >= 0)
		r = sd_journal_previous_skip(journal, DAEMON_ENTRIES);
	while (r > 0) {
		r = add_daemon_entry(journal, &lines);
		if (r >= 0)
			r = sd_journal_next(journal);
	}
	if (r >= 0)
		*ret = MYDEV_TAKE(lines);
	return r;
}
