/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines that were typed into the shell, kept between runs in $XDG_STATE_HOME/mydev/history,
 * each once. That the file cannot be read or written is no reason to bother the user.
 */
#ifndef MYDEVCTL_HISTORY_H
#define MYDEVCTL_HISTORY_H

/* Where the file is, with its folder made; the caller's. NULL: there is no place for it. */
char *history_path(void);

/* Into readline's history. */
void history_load(const char *path);

/*
 * A line as the newest, in place of the same one of before; also in the file (NULL: there is none).
 * -errno: it could not be written; the next call with that path would forget the line.
 */
int history_add(const char *path, const char *line);

#endif
