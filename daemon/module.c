// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the kernel module does not answer, for people.
 */
#include "module.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "format.h"
#include "libmydev.h"

int module_why_absent(char **ret)
{
	enum mydev_module_state state;
	struct utsname uts;
	int r;

	r = mydev_module_state(&state, NULL);
	if (r < 0)
		return r;
	if (uname(&uts) < 0)
		return -errno;

	switch (state) {
	case MYDEV_MODULE_NOT_INSTALLED:
		r = mydev_asprintf(
			ret,
			"kernel module mydev is not installed for the running kernel %s; "
			"install it with: make install KDIR=/lib/modules/%s/build",
			uts.release, uts.release);
		break;
	case MYDEV_MODULE_NOT_LOADED:
		r = mydev_asprintf(
			ret,
			"kernel module mydev is installed but not loaded; load it, or see why it "
			"cannot be, with: modprobe mydev");
		break;
	default:
		r = mydev_asprintf(ret, "kernel module mydev is loaded but is not seen from here; "
					"mydevd must run in the initial network namespace");
	}
	return r;
}
