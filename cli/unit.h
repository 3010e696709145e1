/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What systemd says of a unit, by its bus.
 */
#ifndef MYDEVCTL_UNIT_H
#define MYDEVCTL_UNIT_H

#define DAEMON_UNIT "mydevd.service"

/*
 * Its ActiveState ("active", "inactive", "failed", ...), the caller's to free. -errno: systemd
 * cannot be asked.
 */
int unit_state(const char *unit, char **ret);

/*
 * How the unit is, as "Name=value" lines; the caller's: mydev_strv_free(). -errno as above, or
 * -ENOMEM.
 */
int unit_describe(const char *unit, char ***ret);

#endif
