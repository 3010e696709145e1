// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the kernel module does not answer, for people.
 */
#include "module.h"

#include "cleanup.h"
#include "format.h"
#include "libmydev.h"

static int why_not_installed(char **ret)
{
	_cleanup_free_ char *finding = NULL, *cure = NULL;
	int r;

	r = mydev_module_explain_not_installed(&finding, &cure);
	return r < 0 ? r : mydev_asprintf(ret, "%s (%s)", finding, cure);
}

int module_why_absent(char **ret)
{
	enum mydev_module_state state;
	int r;

	r = mydev_module_state(&state, NULL);
	if (r < 0)
		return r;
	switch (state) {
	case MYDEV_MODULE_NOT_INSTALLED:
		return why_not_installed(ret);
	case MYDEV_MODULE_NOT_LOADED:
		return mydev_asprintf(ret,
				      "the module mydev is installed, but not loaded "
				      "(load it, or see why it cannot be, with: modprobe mydev)");
	default:
		return mydev_asprintf(
			ret,
			"the module mydev is loaded, but its netlink family does not answer here "
			"(mydevd must run in the initial network namespace)");
	}
}
