/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of mydevd that mydevctl looks for in the journal, beside those that a field tells apart. All kinds of
 * entries are in daemon/entry.c.
 */
#ifndef MYDEV_MESSAGE_ID_H
#define MYDEV_MESSAGE_ID_H

#define MYDEV_MESSAGE_ID_UP \
	"24e8f1bd01954cfdb2a194e6399bee55" /* the module is loaded: a new epoch */
#define MYDEV_MESSAGE_ID_DOWN "8d32972eab394d59bbb5ff21fad2523f" /* the module was removed */

#endif
