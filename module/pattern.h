/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data of a device's own: a test pattern that a timer delivers in hard interrupt context. It counts
 * up in little-endian words of 32 bits, so that a reader sees what is missing.
 */
#ifndef MYDEV_PATTERN_H
#define MYDEV_PATTERN_H

#include <linux/types.h>

struct device;
struct mydev;

#define MYDEV_PATTERN_INTERVAL_MIN_US 20
#define MYDEV_PATTERN_INTERVAL_MAX_US 3600000000U
#define MYDEV_PATTERN_BYTES_MAX 4096

/**
 * struct mydev_pattern_config - what a device sends
 * @interval_us: time between two blocks, 0: nothing is sent
 * @bytes: size of a block
 */
struct mydev_pattern_config {
	u32 interval_us;
	u32 bytes;
};

/* 0, or -EINVAL with *wrong set to what is out of range. */
int mydev_pattern_check(const struct mydev_pattern_config *config, const char **wrong);

struct mydev_pattern;

/* To be called before mydev is registered, so that it lives longer. ERR_PTR: -ENOMEM. */
struct mydev_pattern *devm_mydev_pattern_new(struct device *parent, struct mydev *mdev,
					     const struct mydev_pattern_config *config);

/* Begins to send, or goes on where the receive ring was full. Any context. */
void mydev_pattern_start(struct mydev_pattern *pattern);

#endif
