/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the kernel complains, by its log from now on.
 */
#ifndef FUZZ_KERNEL_LOG_H
#define FUZZ_KERNEL_LOG_H

#include <stddef.h>

/* A descriptor, or -errno. */
int kernel_log_open(void);

/* 1 and the words (up to size) if it complained since the last call, 0, or -errno. */
int kernel_log_trouble(int fd, char *words, size_t size);

#endif
