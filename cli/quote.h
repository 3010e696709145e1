/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words as a command line for the shell of another machine, whichever that is.
 */
#ifndef MYDEVCTL_QUOTE_H
#define MYDEVCTL_QUOTE_H

/*
 * The words (NULL-terminated), quoted where need be, so that the shells of POSIX and fish give each
 * back byte for byte. The caller's to free; NULL: no memory.
 */
char *quote_words(char **words);

#endif
