/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where entries go: to the journal, or to standard error for a person who runs mydevd by hand. It never blocks, so that
 * a journal which is slow or away stops neither signals nor the watchdog.
 */
#ifndef MYDEVD_LOGGER_H
#define MYDEVD_LOGGER_H

#include <stdbool.h>

#include "entry.h"

struct logger;

int logger_new(bool journal, struct logger **ret);
void logger_free(struct logger *logger);

bool logger_is_journal(const struct logger *logger);

/*
 * 0 when the entry was handed over, in order. -EAGAIN when journald has more waiting than it takes, any other -errno
 * when it cannot be reached: then the entry was not handed over and may be tried again.
 */
int logger_put(struct logger *logger, const struct entry *entry);

/*
 * Whether journald has dealt with all that anyone had handed over before the first call, or before that of logger_mark()
 * since: what is not in the journal then never will be. 1 yes, 0 not yet (ask again; what is handed over meanwhile has to
 * be dealt with, too), or -errno when journald cannot be reached (ask again).
 */
void logger_mark(struct logger *logger);
int logger_settled(struct logger *logger);

#endif
