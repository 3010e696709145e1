/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others chose (fault messages, process names) made safe for a terminal and for JSON.
 * Whoever may name a process must not be able to move the cursor of an operator, or to break the
 * document of a script.
 */
#ifndef MYDEVCTL_UTF8_H
#define MYDEVCTL_UTF8_H

#include <stddef.h>

/* Bytes of the valid UTF-8 sequence at text; 0: there is none. */
size_t utf8_length(const char *text);

/* Bytes that are no UTF-8 become U+FFFD. NULL: no memory. */
char *utf8_replace_invalid(const char *text);

/* Bytes that are no UTF-8, and control characters, become \xNN. NULL: no memory. */
char *utf8_escape_for_terminal(const char *text);

#endif
