// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lock that ends with its process.
 */
#include "single.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "cleanup.h"

/* In RuntimeDirectory= of mydevd.service. */
#define LOCK_FILE "/run/mydevd/lock"

int single_take(int *ret_fd)
{
	_cleanup_close_ int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	*ret_fd = -1;
	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	*ret_fd = MYDEV_TAKE_FD(fd);
	return 0;
}
