// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records wait in the order in which they were handed over, which is the order in which journald writes them: one that is
 * not there while a later one is never will be. The last ones are judged when journald has emptied its queue.
 */
#include "confirm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cleanup.h"
#include "say.h"
#include "span.h"

MYDEV_DEFINE_CLEANUP(struct own *, own_free);

/* Records are read back at this distance, so that a storm of them is a few rounds. */
#define ROUND_USEC USEC_PER_SEC
/* How often it is looked whether journald has emptied its queue, in a round. */
#define SETTLE_USEC (20 * UINT64_C(1000))
#define SETTLE_TRIES 25
#define TIMER_ACCURACY_USEC UINT64_C(10000)
/* A record that is still missing after so many times will never be kept. */
#define REPEATS_MAX 5
/* Each has the journal looked through, while the watchdog waits. */
#define REPEATS_A_ROUND 64

struct waiting {
	struct own_record record;
	unsigned int repeats;
	bool seen, lost;
};

struct confirm {
	sd_event *event;
	struct logger *logger;
	confirm_again_fn again;
	void *userdata;
	struct own *own; /* NULL: there is no journal to be read */
	sd_event_source *timer;
	struct waiting *waiting; /* in the order in which they were handed over */
	size_t n;
	size_t before_mark; /* so many had been, when journald's queue was marked; 0: it is not */
	unsigned int settle_tries;
	uint64_t repeated;
};

static int on_time(sd_event_source *source, uint64_t usec, void *userdata);

int confirm_new(sd_event *event, struct logger *logger, confirm_again_fn again, void *userdata,
		struct confirm **ret)
{
	struct confirm *confirm = calloc(1, sizeof(*confirm));
	int r = 0;

	if (!confirm)
		return -ENOMEM;
	confirm->event = event;
	confirm->logger = logger;
	confirm->again = again;
	confirm->userdata = userdata;
	if (logger_is_journal(logger) && own_open(NULL, &confirm->own) >= 0)
		r = own_seek_tail(confirm->own);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &confirm->timer, CLOCK_MONOTONIC, 0,
					       TIMER_ACCURACY_USEC, on_time, confirm);
	if (r >= 0)
		r = sd_event_source_set_enabled(confirm->timer, SD_EVENT_OFF);
	if (r < 0) {
		confirm_free(confirm);
		return r;
	}
	*ret = confirm;
	return 0;
}

void confirm_free(struct confirm *confirm)
{
	if (!confirm)
		return;
	sd_event_source_disable_unref(confirm->timer);
	own_free(confirm->own);
	free(confirm->waiting);
	free(confirm);
}

uint64_t confirm_repeated(const struct confirm *confirm)
{
	return confirm->repeated;
}

static void arm(struct confirm *confirm, uint64_t usec)
{
	(void)sd_event_source_set_time_relative(confirm->timer, usec);
	(void)sd_event_source_set_enabled(confirm->timer, SD_EVENT_ONESHOT);
}

static int add(struct confirm *confirm, const struct waiting *waiting)
{
	struct waiting *more;
	int enabled;

	if (!confirm->own)
		return 0;
	more = reallocarray(confirm->waiting, confirm->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	confirm->waiting = more;
	more[confirm->n++] = *waiting;
	if (sd_event_source_get_enabled(confirm->timer, &enabled) == 0)
		arm(confirm, ROUND_USEC);
	return 0;
}

int confirm_add(struct confirm *confirm, const struct own_record *record)
{
	return add(confirm, &(struct waiting){ .record = *record });
}

int confirm_add_missing(struct confirm *confirm, const struct own_record *record)
{
	return add(confirm, &(struct waiting){ .record = *record, .lost = true });
}

static bool is_same(const struct own_record *a, const struct own_record *b)
{
	return a->first == b->first && a->last == b->last && a->gap == b->gap &&
	       !strcmp(a->epoch, b->epoch);
}

/* Takes one that was read; those before it that were not are lost. */
static void take(struct confirm *confirm, const struct own_record *record, size_t *at)
{
	for (size_t i = *at; i < confirm->n; i++) {
		if (!is_same(&confirm->waiting[i].record, record))
			continue;
		for (size_t j = *at; j < i; j++)
			confirm->waiting[j].lost = true;
		confirm->waiting[i].seen = true;
		*at = i + 1;
		return;
	}
}

static int read_back(struct confirm *confirm)
{
	struct own_record record;
	size_t at = 0;
	int r;

	while ((r = own_next(confirm->own, &record)) > 0)
		take(confirm, &record, &at);
	return r;
}

/* A last look, by its number: nothing is doubled because the journal was read in another order than it was written. */
static int repeat(struct confirm *confirm, struct waiting *waiting)
{
	int r;

	r = own_has(&waiting->record);
	if (r > 0)
		waiting->seen = true;
	if (r)
		return r;
	if (waiting->repeats == REPEATS_MAX) {
		say(confirm->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "the journal does not keep the record of event %" PRIu64
		    " (epoch %s), which was handed over %d times; is its disk full?",
		    waiting->record.first, waiting->record.epoch, REPEATS_MAX + 1);
		waiting->seen = true;
		return 0;
	}
	r = confirm->again(&waiting->record, confirm->userdata);
	if (r < 0)
		return r;
	waiting->repeats++;
	confirm->repeated++;
	return 0;
}

/* Repeats what is lost, some of it in each round, and puts that behind the rest. */
static void repeat_lost(struct confirm *confirm)
{
	size_t kept = 0, n = confirm->n;
	struct waiting *waiting = confirm->waiting;
	_cleanup_free_ struct waiting *again = NULL;
	size_t n_again = 0, tried = 0;

	if (!n)
		return;
	again = calloc(n, sizeof(*again));
	if (!again)
		return;
	for (size_t i = 0; i < n; i++) {
		struct waiting *w = &waiting[i];

		if (!w->seen && w->lost && tried++ < REPEATS_A_ROUND && repeat(confirm, w) >= 0 &&
		    !w->seen) {
			w->lost = false;
			again[n_again++] = *w;
		} else if (!w->seen) {
			waiting[kept++] = *w;
		}
	}
	for (size_t i = 0; i < n_again; i++)
		waiting[kept++] = again[i];
	confirm->n = kept;
}

/* Whether journald has dealt with what had been handed over when the round began. */
static bool has_settled(struct confirm *confirm)
{
	if (!confirm->before_mark) {
		logger_mark(confirm->logger);
		confirm->before_mark = confirm->n;
		confirm->settle_tries = 0;
	}
	return logger_settled(confirm->logger) > 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct confirm *confirm = userdata;
	bool settled = has_settled(confirm);
	int r;

	if (!settled && ++confirm->settle_tries < SETTLE_TRIES) {
		arm(confirm, SETTLE_USEC);
		return 0;
	}
	r = read_back(confirm);
	if (r >= 0) {
		/* In a storm the queue is never empty; then the later ones judge the earlier. */
		for (size_t i = 0; i < confirm->before_mark && settled; i++)
			confirm->waiting[i].lost |= !confirm->waiting[i].seen;
		repeat_lost(confirm);
	}
	confirm->before_mark = 0;
	if (confirm->n)
		arm(confirm, ROUND_USEC);
	return 0;
}
