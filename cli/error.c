// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors as objects. Who prints them, and where, is the business of result.c.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "format.h"
#include "scoped.h"

/* Stores a string that is allocated, or not at all. */
static void put(struct mydev_error *e, char **member, unsigned int attr, char *text)
{
	if (!text)
		return;
	free(*member);
	*member = text;
	mydev_set_attr(e, attr);
}

static void put_copy(struct mydev_error *e, char **member, unsigned int attr, const char *text)
{
	if (text)
		put(e, member, attr, strdup(text));
}

static __attribute__((format(printf, 1, 0))) char *format_text(const char *format, va_list ap)
{
	char *text;

	(void)mydev_vasprintf(&text, format, ap);
	return text;
}

void error_set(struct mydev_error *e, enum mydev_exit_status status, int err,
	       const char *cause_format, ...)
{
	va_list ap;

	clear_error(e);
	e->status = e->exit_status = status;
	MYDEV_SET(e, ERROR, STATUS);
	MYDEV_SET(e, ERROR, EXIT_STATUS);
	if (err)
		put_copy(e, &e->errno_name, MYDEV_A_ERROR_ERRNO_NAME, strerrorname_np(abs(err)));
	va_start(ap, cause_format);
	put(e, &e->cause, MYDEV_A_ERROR_CAUSE, format_text(cause_format, ap));
	va_end(ap);
}

void error_set_missing_part(struct mydev_error *e, const char *why)
{
	error_set(e, MYDEV_EXIT_STATUS_FAILED, 0, "a part of mydevctl is missing%s%s",
		  why ? ": " : "", why ?: "");
	error_set_cure(e, "install mydev again");
}

void error_set_command(struct mydev_error *e, const char *command)
{
	put_copy(e, &e->command, MYDEV_A_ERROR_COMMAND, command);
}

void error_set_host(struct mydev_error *e, const char *host)
{
	put_copy(e, &e->host, MYDEV_A_ERROR_HOST, host);
}

void error_set_device(struct mydev_error *e, const char *device)
{
	put_copy(e, &e->device, MYDEV_A_ERROR_DEVICE, device);
}

void error_set_attribute(struct mydev_error *e, const char *attribute)
{
	put_copy(e, &e->attribute, MYDEV_A_ERROR_ATTRIBUTE, attribute);
}

void error_set_cure(struct mydev_error *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(e, &e->cure, MYDEV_A_ERROR_CURE, format_text(format, ap));
	va_end(ap);
}

void error_set_place(struct mydev_error *e, const char *file, uint32_t line)
{
	if (!file)
		return;
	put_copy(e, &e->file, MYDEV_A_ERROR_FILE, file);
	e->line = line;
	MYDEV_SET(e, ERROR, LINE);
}

void error_add_choice(struct mydev_error *e, const char *choice)
{
	if (!mydev_strv_append(&e->choice, choice, strlen(choice)))
		MYDEV_SET(e, ERROR, CHOICE);
}

void error_cure_by_choices(struct mydev_error *e, const char *head)
{
	_cleanup_free_ char *list = mydev_strv_join(e->choice, ", ");

	if (list && *list)
		error_set_cure(e, "%s %s", head, list);
}

void error_cure_by_guess(struct mydev_error *e)
{
	_cleanup_free_ char *list = mydev_strv_join(e->choice, ", ");

	if (list && *list)
		error_set_cure(e, "did you mean %s?", list);
}

void error_set_enum_choices(struct mydev_error *e, const struct mydev_enum *values, uint64_t except)
{
	mydev_for_each_value(value, values, except) error_add_choice(e, value->name);
	error_cure_by_choices(e, "there are:");
}

/* An optional part with what stands before and behind it; empty when there is no part. */
struct part {
	const char *before, *text, *behind;
};

static struct part part(const char *before, const char *text, const char *behind)
{
	return text ? (struct part){ before, text, behind } : (struct part){ "", "", "" };
}

void error_finish(struct mydev_error *e)
{
	struct part host = part("", e->host, ": ");
	struct part command = part("", e->command, e->device ? "" : ": ");
	struct part device = part(e->command ? " " : "", e->device, ": ");
	struct part attribute = part("", e->attribute, ": ");
	struct part cure = part(" (", e->cure, ")");
	char *text;

	(void)mydev_asprintf(&text, "%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s", host.before, host.text,
			     host.behind, command.before, command.text, command.behind,
			     device.before, device.text, device.behind, attribute.before,
			     attribute.text, attribute.behind, e->cause ?: "out of memory",
			     cure.before, cure.text, cure.behind);
	put(e, &e->message, MYDEV_A_ERROR_MESSAGE, text);
}
