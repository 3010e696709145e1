// SPDX-License-Identifier: GPL-2.0-only
/*
 * A timer whose interrupt delivers the next block of a test pattern. Where the receive ring is full
 * and nothing may be lost, the pattern waits: it goes on with the byte that was not taken.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "backend.h"
#include "compat.h"
#include "pattern.h"

struct mydev_pattern {
	struct mydev *mdev;
	struct hrtimer timer;
	ktime_t interval;
	u64 sent;
	u32 bytes;
	__le32 words[];
};

/* A block may begin in the middle of a word. */
static u32 mydev_pattern_words(u32 bytes)
{
	return bytes / sizeof(__le32) + 2;
}

int mydev_pattern_check(const struct mydev_pattern_config *config, const char **wrong)
{
	if (config->interval_us && (config->interval_us < MYDEV_PATTERN_INTERVAL_MIN_US ||
				    config->interval_us > MYDEV_PATTERN_INTERVAL_MAX_US)) {
		*wrong = "pattern interval: must be 0 or 20 to 3600000000 us";
		return -EINVAL;
	}
	if (!config->bytes || config->bytes > MYDEV_PATTERN_BYTES_MAX) {
		*wrong = "pattern bytes: must be 1 to 4096";
		return -EINVAL;
	}
	return 0;
}

static enum hrtimer_restart mydev_pattern_tick(struct hrtimer *timer)
{
	struct mydev_pattern *pattern = container_of(timer, struct mydev_pattern, timer);
	u32 first = pattern->sent / sizeof(__le32), skip = pattern->sent % sizeof(__le32);
	u32 taken;

	for (u32 i = 0; i < mydev_pattern_words(pattern->bytes); i++)
		pattern->words[i] = cpu_to_le32(first + i);
	/* mydev_rx() may lead to a start already before it returns. */
	taken = mydev_rx(pattern->mdev, (const u8 *)pattern->words + skip, pattern->bytes);
	pattern->sent += taken;
	if (taken < pattern->bytes)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, pattern->interval);
	return HRTIMER_RESTART;
}

static void mydev_pattern_stop(void *data)
{
	struct mydev_pattern *pattern = data;

	hrtimer_cancel(&pattern->timer);
}

struct mydev_pattern *devm_mydev_pattern_new(struct device *parent, struct mydev *mdev,
					     const struct mydev_pattern_config *config)
{
	struct mydev_pattern *pattern;
	int err;

	pattern = devm_kzalloc(parent,
			       struct_size(pattern, words, mydev_pattern_words(config->bytes)),
			       GFP_KERNEL);
	if (!pattern)
		return ERR_PTR(-ENOMEM);
	pattern->mdev = mdev;
	pattern->interval = ns_to_ktime((u64)config->interval_us * NSEC_PER_USEC);
	pattern->bytes = config->bytes;
	mydev_hrtimer_setup(&pattern->timer, mydev_pattern_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	err = devm_add_action(parent, mydev_pattern_stop, pattern);
	return err ? ERR_PTR(err) : pattern;
}

void mydev_pattern_start(struct mydev_pattern *pattern)
{
	hrtimer_start(&pattern->timer, pattern->interval, HRTIMER_MODE_REL);
}
