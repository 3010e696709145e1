/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UUIDs as text (lower case, with dashes, MYDEV_UUID_SIZE) and as the 16 bytes that go over netlink.
 */
#ifndef MYDEV_UUID_H
#define MYDEV_UUID_H

#define MYDEV_UUID_BYTES 16

/* text has room for MYDEV_UUID_SIZE. */
void mydev_uuid_from_bytes(const unsigned char *bytes, char *text);

/* -EINVAL when text is no UUID; either case is taken. */
int mydev_uuid_to_bytes(const char *text, unsigned char *bytes);

/* Copies the text in lower case; -EINVAL as above, *ret then as it was. */
int mydev_uuid_normalize(const char *text, char *ret);

#endif
