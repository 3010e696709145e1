// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports begin and end with lines that look the same since many versions of the kernel.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "klog.h"
#include "scoped.h"

#define KEPT_MAX 500 /* lines */
#define REPORT_MAX 150 /* lines; one that has no end is over then */

static const char *const beginnings[] = {
	"cut here ]--",	     "BUG: ",	  "WARNING: ",	 "Oops",
	"INFO: task ",	     "INFO: rcu", "rcu: INFO: ", "general protection fault",
	"Unable to handle ", "UBSAN: ",
};

static const char *const ends[] = { "end trace ", "==========" };

void klog_done(struct klog *log)
{
	mydev_strv_free(log->kept);
	mydev_strv_free(log->report);
	*log = (struct klog){};
}

static bool has_any(const char *message, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(message, words[i]))
			return true;
	return false;
}

/* mydev, mydev_virt, mydev0, mydevd: at the beginning of a word. */
static bool names_mydev(const char *message)
{
	for (const char *p = strstr(message, "mydev"); p; p = strstr(p + 1, "mydev"))
		if (p == message || (!isalnum((unsigned char)p[-1]) && p[-1] != '_'))
			return true;
	return false;
}

static int keep(struct klog *log, const char *line)
{
	size_t n = mydev_strv_length(log->kept);

	if (n == KEPT_MAX) {
		free(log->kept[0]);
		memmove(log->kept, log->kept + 1, n * sizeof(log->kept[0]));
	}
	return mydev_strv_append(&log->kept, line, strlen(line));
}

int klog_end(struct klog *log)
{
	int r = 0;

	for (char **line = log->report; line && *line && log->named && r >= 0; line++)
		r = keep(log, *line);
	mydev_strv_free(log->report);
	log->report = NULL;
	log->named = false;
	return r;
}

/* Every module that is loaded stands in every report. */
static bool is_list_of_modules(const char *message)
{
	return strstr(message, "Modules linked in:") || strstr(message, "last unloaded:");
}

int klog_add(struct klog *log, const char *line, const char *message)
{
	bool begins = has_any(message, beginnings, MYDEV_ARRAY_SIZE(beginnings));
	size_t n = mydev_strv_length(log->report);
	int r;

	if (!n && !begins)
		return names_mydev(message) ? keep(log, line) : 0;
	r = mydev_strv_append(&log->report, line, strlen(line));
	if (r < 0)
		return r;
	log->named |= names_mydev(message) && !is_list_of_modules(message);
	if (n + 1 < REPORT_MAX && (!n || !has_any(message, ends, MYDEV_ARRAY_SIZE(ends))))
		return 0;
	return klog_end(log);
}
