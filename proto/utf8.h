/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others chose (fault messages, process names) made safe for a terminal, a sentence in the
 * journal and JSON. Whoever may name a process must not be able to move the cursor of an operator,
 * to forge a message, or to break the document of a script.
 */
#ifndef MYDEV_UTF8_H
#define MYDEV_UTF8_H

#include <stddef.h>

/* Bytes of the valid UTF-8 sequence at text; 0: there is none. */
size_t mydev_utf8_length(const char *text);

/* Bytes that are no UTF-8 become U+FFFD. NULL: no memory. */
char *mydev_utf8_replace_invalid(const char *text);

/* Bytes that are no UTF-8, and control characters, become \xNN. NULL: no memory. */
char *mydev_utf8_escape(const char *text);

#endif
