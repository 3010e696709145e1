/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the project: module, library, daemon and shell carry the same one. */
#ifndef MYDEV_VERSION_H
#define MYDEV_VERSION_H

#define MYDEV_VERSION "0.1.0"

#endif
