/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What those who write JSON (json.c) and those who read it (unpack.c) agree on.
 */
#ifndef MYDEVCTL_JSON_H
#define MYDEVCTL_JSON_H

#include <json-c/json.h>

#include "cleanup.h"

#define JSON_FORMAT_NAME "mydev/" /* of all versions */
#define JSON_FORMAT JSON_FORMAT_NAME "1" /* what each document says of itself */

MYDEV_DEFINE_CLEANUP(struct json_object *, json_object_put);
#define _cleanup_json_ _cleanup_(json_object_put_p)

#endif
