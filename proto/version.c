// SPDX-License-Identifier: GPL-2.0-only
/*
 * The version of the project, to whoever links the library.
 */

#include "version.h"
#include "libmydev.h"

const char *mydev_version(void)
{
	return MYDEV_VERSION;
}
