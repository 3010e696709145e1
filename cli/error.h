/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting an error together: what was attempted, on what, why it failed, and the cure. A setter
 * that finds no memory leaves its part out: an error about an error helps nobody.
 */
#ifndef MYDEVCTL_ERROR_H
#define MYDEVCTL_ERROR_H

#include "field.h"
#include "objects_gen.h"

/*
 * Begins one, in place of what e was before. err: the error number behind it, positive or negative,
 * or 0.
 */
void error_set(struct mydev_error *e, enum mydev_exit_status status, int err,
	       const char *cause_format, ...) __attribute__((format(printf, 4, 5)));

/* Each may be NULL: then it is not known. */
void error_set_command(struct mydev_error *e, const char *command);
void error_set_host(struct mydev_error *e, const char *host);
void error_set_device(struct mydev_error *e, const char *device);
void error_set_attribute(struct mydev_error *e, const char *attribute);
void error_set_cure(struct mydev_error *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_set_place(struct mydev_error *e, const char *file, uint32_t line);

/* The valid choices, which also become the cure: "HEAD a, b, c". except: as of mydev_enum_next() */
void error_add_choice(struct mydev_error *e, const char *choice);
void error_cure_by_choices(struct mydev_error *e, const char *head);
void error_cure_by_guess(struct mydev_error *e); /* "did you mean a, b, c?" */
void error_set_enum_choices(struct mydev_error *e, const struct mydev_enum *values,
			    uint64_t except);

/* That a part of mydevctl is missing, as error_set(); why may be NULL. */
void error_set_missing_part(struct mydev_error *e, const char *why);

/* Writes the message out of the parts. */
void error_finish(struct mydev_error *e);

#endif
