/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Tab key: completion in readline's terms.
 */
#ifndef MYDEVCTL_TAB_H
#define MYDEVCTL_TAB_H

/*
 * Makes readline complete command lines of a session, whose selected device (or NULL) is *selected.
 */
void tab_setup(char *const *selected);

/* Frees what the last completion left. */
void tab_done(void);

#endif
