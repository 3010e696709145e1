// SPDX-License-Identifier: GPL-2.0-only
/*
 * From words to an entry.
 */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "format.h"

static int make(enum entry_type type, int priority, const struct say_field *fields,
		const char *text, struct entry *entry)
{
	int r;

	r = entry_of_text(type, priority, text, entry);
	for (; fields && fields->name && r == 0; fields++)
		if (fields->value)
			r = entry_add(entry, fields->name, fields->value);
	return r;
}

void say(struct logger *logger, enum entry_type type, int priority, const struct say_field *fields,
	 const char *fmt, ...)
{
	_cleanup_entry_ struct entry entry = {};
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = mydev_vasprintf(&text, fmt, ap);
	va_end(ap);
	if (r < 0)
		return;
	if (make(type, priority, fields, text, &entry) < 0 || logger_put(logger, &entry) < 0)
		fprintf(stderr, "mydevd: %s\n", text);
}

void say_report(struct logger *logger, const struct config_report *report)
{
	for (char **line = report->lines; line && *line; line++)
		say(logger, ENTRY_CONFIG, report->refused ? LOG_ERR : ENTRY_PRIORITY_USUAL, NULL,
		    "%s", *line);
}

void say_reload_refused(struct logger *logger)
{
	say(logger, ENTRY_DAEMON, LOG_ERR, NULL,
	    "the new configuration is not used, what was configured before goes on");
}
