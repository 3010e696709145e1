/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel module does not answer, for people.
 */
#ifndef MYDEVD_MODULE_H
#define MYDEVD_MODULE_H

/* One sentence with the cure, the caller's to free. -ENOMEM, or -errno of looking at the system. */
int module_why_absent(char **ret);

#endif
