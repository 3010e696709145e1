// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data that comes back wrongly, or is refused.
 */

#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "backend.h"
#include "defect.h"

#define MYDEV_DEFECT_BLOCK 64

int mydev_defect_parse(const char *name, enum mydev_defect *ret)
{
	static const char *const names[] = {
		[MYDEV_DEFECT_NONE] = "none",	[MYDEV_DEFECT_CORRUPT] = "corrupt",
		[MYDEV_DEFECT_LOSE] = "lose",	[MYDEV_DEFECT_DOUBLE] = "double",
		[MYDEV_DEFECT_STALL] = "stall", [MYDEV_DEFECT_FAIL] = "fail",
	};
	int index = match_string(names, ARRAY_SIZE(names), name);

	if (index < 0)
		return index;
	*ret = index;
	return 0;
}

ssize_t mydev_defect_write(struct mydev *mdev, enum mydev_defect defect, struct iov_iter *from)
{
	u8 block[MYDEV_DEFECT_BLOCK + 1]; /* the last byte once more */
	size_t len, back, taken = 0;

	len = copy_from_iter(block, min_t(size_t, iov_iter_count(from), MYDEV_DEFECT_BLOCK), from);
	if (!len)
		return -EFAULT;
	back = len;
	switch (defect) {
	case MYDEV_DEFECT_NONE:
		break;
	case MYDEV_DEFECT_CORRUPT:
		block[len - 1] ^= 1;
		break;
	case MYDEV_DEFECT_LOSE:
		back--;
		break;
	case MYDEV_DEFECT_DOUBLE:
		block[back] = block[len - 1];
		back++;
		break;
	case MYDEV_DEFECT_STALL:
		back = 0;
		break;
	case MYDEV_DEFECT_FAIL:
		iov_iter_revert(from, len);
		return -EIO;
	}
	if (back)
		taken = mydev_rx(mdev, block, back);
	if (taken == back)
		return len;
	iov_iter_revert(from, len - taken);
	return taken ?: -EAGAIN;
}
