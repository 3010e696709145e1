/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the journal has beside the events: what the kernel says of mydev, and what mydevd, and
 * systemd of it, say. As lines, without the name of the machine.
 */
#ifndef MYDEVCTL_LOGS_H
#define MYDEVCTL_LOGS_H

/*
 * Of this boot, oldest first; the caller's: mydev_strv_free(). -errno as of journal_open_system(),
 * -ESRCH: there is no user mydev.
 */
int logs_kernel(char ***ret);
int logs_daemon(char ***ret);

#endif
