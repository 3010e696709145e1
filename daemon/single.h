/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That only one daemon writes to the journal: two would put each event on record twice.
 */
#ifndef MYDEVD_SINGLE_H
#define MYDEVD_SINGLE_H

/*
 * Holds the place until *ret_fd is closed; the caller's. -EWOULDBLOCK: another daemon has it. Where the folder of the
 * service is not there or not for this user, there is nothing to hold, *ret_fd is -1 and the result 0: entries of other
 * users do not count as the daemon's.
 */
int single_take(int *ret_fd);

#endif
