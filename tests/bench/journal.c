// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event costs on its way from the kernel through mydevd into the journal, from its cause to the entry that can
 * be read; and what an entry of as many fields costs that a program sends in a loop.
 */

#include <string.h>
#include <systemd/sd-journal.h>

#include "bench.h"
#include "format.h"
#include "libmydev.h"

/* How often the journal is looked at for the last entry: time in which nothing else need happen. */
#define LOOK_US 5000

/* Waits until there is an entry with all of the matches. */
static void wait_for(const char *const *matches)
{
	sd_journal *journal;
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
	for (; r >= 0 && *matches; matches++)
		r = sd_journal_add_match(journal, *matches, 0);
	if (r >= 0)
		r = sd_journal_seek_tail(journal);
	while (r >= 0 && (r = sd_journal_previous(journal)) == 0) {
		r = sd_journal_wait(journal, LOOK_US);
		if (r >= 0)
			r = sd_journal_seek_tail(journal);
	}
	errno = -r;
	if (r < 0)
		die("cannot read the journal");
	sd_journal_close(journal);
}

static void cause_events(uint64_t n)
{
	struct mydev_dev want = { .id = 0 };
	struct mydev_info info = {};
	struct mydev_client *client;
	char *seq, *epoch;
	int r;

	MYDEV_SET(&want, DEV, ID);
	MYDEV_SET(&want, DEV, WATERMARK);
	r = mydev_client_new(&client);
	for (uint64_t i = 0; i < n && r >= 0; i++) {
		want.watermark = 4096 + i % 2;
		r = mydev_dev_set(client, &want, NULL);
	}
	if (r >= 0)
		r = mydev_info_get(client, &info);
	if (r >= 0)
		r = mydev_asprintf(&seq, "MYDEV_SEQ=%" PRIu64, info.event_last);
	if (r >= 0)
		r = mydev_asprintf(&epoch, "MYDEV_EPOCH=%s", info.epoch);
	errno = -r;
	if (r < 0)
		die("cannot cause events");
	wait_for((const char *[]){ seq, epoch, NULL });
	free(seq);
	free(epoch);
	mydev_info_clear(&info);
	mydev_client_free(client);
}

static void send_entries(uint64_t n)
{
	static const char epoch[] = "01234567-89ab-cdef-0123-456789abcdef";
	char *last;

	for (uint64_t i = 1; i <= n; i++) {
		int r = sd_journal_send(
			"MESSAGE=mydev0: settings changed by bench (pid %d, uid 0), watermark 4 KiB",
			getpid(), "MESSAGE_ID=969cdd41cc014d3990e89d292defbac1", "PRIORITY=5",
			"SYSLOG_IDENTIFIER=mydev-bench", "BENCH_SEQ=%" PRIu64, i, "BENCH_EPOCH=%s",
			epoch, "BENCH_TIME_NS=%" PRIu64, bench_now(), "BENCH_EVENT=setting-changed",
			"BENCH_DEV_ID=0", "BENCH_DEVICE=mydev0", "BENCH_KIND=virt",
			"BENCH_WATERMARK=4096", "BENCH_PID=%d", getpid(), "BENCH_UID=0",
			"BENCH_COMM=journal", NULL);

		errno = -r;
		if (r < 0)
			die("sd_journal_send");
	}
	if (mydev_asprintf(&last, "BENCH_SEQ=%" PRIu64, n) < 0)
		die("no memory");
	wait_for((const char *[]){ last, NULL });
	free(last);
}

/* journal mydevd|sd_journal_send COUNT */
int main(int argc, char **argv)
{
	uint64_t n = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, start = bench_now();

	if (n && !strcmp(argv[1], "mydevd"))
		cause_events(n);
	else if (n && !strcmp(argv[1], "sd_journal_send"))
		send_entries(n);
	else
		error(2, 0, "usage: journal mydevd|sd_journal_send COUNT");
	bench_report("journal", argv[1], n, (double)(bench_now() - start) / (double)n);
	return 0;
}
