// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon. It starts in steps, each an event of the loop: see that the module is there; let journald settle what an
 * earlier mydevd wrote; find in the journal where that one left off; follow the stream from there.
 *
 * Nothing is queued here: what the logger cannot take now stays with the stream, and in the end in the kernel's log.
 */
#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "cleanup.h"
#include "config.h"
#include "confirm.h"
#include "hooks.h"
#include "libmydev.h"
#include "logger.h"
#include "module.h"
#include "recorder.h"
#include "recovery.h"
#include "resume.h"
#include "say.h"
#include "single.h"
#include "watchdog.h"

#define US_PER_MS UINT64_C(1000)
#define US_PER_S (1000 * US_PER_MS)

/* When the stream is tried again: the journal was full, or anything else. */
#define FULL_RETRY_US (10 * US_PER_MS)
#define RETRY_US (1 * US_PER_S)
#define TIMER_ACCURACY_US (1 * US_PER_MS)
/* STATUS= follows what happens at this distance. */
#define STATUS_DELAY_US (500 * US_PER_MS)
/* A start asks whether journald has settled, at growing distance. */
#define SETTLE_MIN_US (2 * US_PER_MS)
#define SETTLE_MAX_US (1 * US_PER_S)
/* While a start waits, the service manager puts off its time limit by this much each time it hears of it. */
#define START_EXTENSION "EXTEND_TIMEOUT_USEC=30000000\n"

struct daemon {
	const struct daemon_options *options;
	sd_event *event;
	struct logger *logger;
	struct mydev_client *client;
	struct mydev_stream *stream;

	sd_event_source *settle_timer;
	uint64_t settle_delay_us;
	sd_event_source *stream_io;
	sd_event_source *retry_timer;
	sd_event_source *status_timer;
	sd_event_source *watchdog_timer;

	struct config config;
	struct hooks *hooks;
	struct recovery *recovery;
	struct recorder recorder;
	struct confirm *confirm; /* NULL until the journal was looked at */
	int error; /* why the stream waits for retry_timer, or 0 */
	bool ready; /* the service manager knows that all is set up */
};

static void daemon_clear(struct daemon *d)
{
	sd_event_source_disable_unref(d->settle_timer);
	sd_event_source_disable_unref(d->stream_io);
	sd_event_source_disable_unref(d->retry_timer);
	sd_event_source_disable_unref(d->status_timer);
	sd_event_source_disable_unref(d->watchdog_timer);
	confirm_free(d->confirm);
	recovery_free(d->recovery);
	hooks_free(d->hooks);
	config_clear(&d->config);
	mydev_stream_free(d->stream);
	mydev_client_free(d->client);
	logger_free(d->logger);
	sd_event_unref(d->event);
}

/* ---- Status ---- */

static void write_trouble(struct daemon *d, FILE *out)
{
	if (!d->recorder.refused)
		fprintf(out, "reading events failed (%s)", strerror(-d->error));
	else if (d->error == -EAGAIN)
		fputs("the journal does not keep up", out);
	else
		fprintf(out, "the journal takes no entries (%s)", strerror(-d->error));
	fputs(", events wait in the kernel; ", out);
}

static void write_status(struct daemon *d, FILE *out)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};

	if (d->error)
		write_trouble(d, out);
	else if (!mydev_stream_is_up(d->stream))
		fputs("kernel module removed, waiting for it to come back; ", out);
	else if (mydev_info_get(d->client, &info) >= 0)
		fprintf(out, "%" PRIu32 " device%s; ", info.devices, info.devices == 1 ? "" : "s");
	fprintf(out, "%" PRIu64 " events logged, %" PRIu64 " gaps, %" PRIu64 " replays",
		d->recorder.events, d->recorder.gaps, mydev_stream_replays(d->stream));
	if (recovery_count_given_up(d->recovery))
		fprintf(out, ", %zu given up by the recovery",
			recovery_count_given_up(d->recovery));
	if (d->confirm && confirm_repeated(d->confirm))
		fprintf(out, ", %" PRIu64 " put on record again after journald lost them",
			confirm_repeated(d->confirm));
}

/* Tells the service manager how it goes, and what else there is to tell: "" or a line. */
static void notify_status(struct daemon *d, const char *also)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (!out)
		return;
	write_status(d, out);
	if (fclose(out) == 0)
		sd_notifyf(false, "%sSTATUS=%s", also, text);
}

static int on_status_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;

	notify_status(d, d->ready ? "" : START_EXTENSION);
	return 0;
}

static void status_changed(struct daemon *d)
{
	int enabled;

	if (sd_event_source_get_enabled(d->status_timer, &enabled) > 0)
		return;
	sd_event_source_set_time_relative(d->status_timer, STATUS_DELAY_US);
	sd_event_source_set_enabled(d->status_timer, SD_EVENT_ONESHOT);
}

/* ---- Acting on events ---- */

static void on_recorded(const struct mydev_event *event, const struct entry *entry, void *userdata)
{
	struct daemon *d = userdata;

	if (hooks_event(d->hooks, event, entry) < 0)
		say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "out of memory for a hook of event %" PRIu64, event->seq);
	recovery_event(d->recovery, event);
}

static void on_given_up(const char *device, const char *text, void *userdata)
{
	struct daemon *d = userdata;

	if (hooks_given_up(d->hooks, device, text) < 0)
		say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "%s: out of memory for the hook given-up", device);
	status_changed(d);
}

static void on_renewed(void *userdata)
{
	struct daemon *d = userdata;

	recovery_forget(d->recovery);
}

/* What is configured holds from now on; what cannot be used is refused as a whole, and what held goes on. */
static int configure(struct daemon *d)
{
	_cleanup_config_report_ struct config_report report = {};
	struct config old = d->config, new = {};
	int r;

	r = config_load(d->options->folders, &new, &report);
	say_report(d->logger, &report);
	if (r < 0)
		return r;
	d->config = new;
	hooks_configure(d->hooks, &d->config);
	recovery_configure(d->recovery, &d->config);
	config_clear(&old);
	return 0;
}

/* Without a configuration events are logged all the same. */
static void configure_first(struct daemon *d)
{
	config_set_defaults(&d->config);
	hooks_configure(d->hooks, &d->config);
	recovery_configure(d->recovery, &d->config);
	if (configure(d) < 0)
		say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "the configuration is not used: there is neither recovery nor a hook until it is "
		    "mended and reloaded (systemctl reload mydevd); events are logged");
}

static void survey(struct daemon *d)
{
	int r = recovery_survey(d->recovery);

	if (r < 0)
		say(d->logger, ENTRY_DAEMON, LOG_WARNING, NULL,
		    "cannot look for devices that have faulted before: %s", strerror(-r));
}

static void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading",
		   (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;
	int r;

	if (d->ready)
		notify_reloading();
	r = configure(d);
	if (r < 0)
		say_reload_refused(d->logger);
	else
		say(d->logger, ENTRY_DAEMON, LOG_INFO, NULL, "configuration reloaded");
	if (d->ready) {
		notify_status(d, "READY=1\n");
		if (r >= 0)
			survey(d);
	}
	return 0;
}

/* ---- Following ---- */

static int on_notice(const struct mydev_notice *notice, void *userdata)
{
	struct daemon *d = userdata;

	status_changed(d);
	return recorder_notice(notice, &d->recorder);
}

/* What the stream said decides how it goes on: when it has something, or after a while whatever it has. */
static int follow(struct daemon *d, int result)
{
	int r;

	if (result < 0 && result != d->error && !d->recorder.refused)
		say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "cannot read events from the kernel: %s; trying again every second",
		    strerror(-result));
	if (result < 0 || d->error)
		status_changed(d);
	d->error = result < 0 ? result : 0;

	r = sd_event_source_set_enabled(d->stream_io, d->error ? SD_EVENT_OFF : SD_EVENT_ON);
	if (r < 0)
		return r;
	if (!d->error) {
		if (!d->ready) {
			d->ready = true;
			notify_status(d, "READY=1\n");
			survey(d);
		}
		return 0;
	}
	r = sd_event_source_set_time_relative(
		d->retry_timer,
		d->recorder.refused && d->error == -EAGAIN ? FULL_RETRY_US : RETRY_US);
	return r < 0 ? r : sd_event_source_set_enabled(d->retry_timer, SD_EVENT_ONESHOT);
}

static int process(struct daemon *d)
{
	d->recorder.refused = false;
	return follow(d, mydev_stream_process(d->stream));
}

static int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	return process(userdata);
}

static int on_retry_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	return process(userdata);
}

/* Proof for the watchdog: the kernel answers, be it that the module is absent. */
static int kernel_answers(void *userdata)
{
	struct daemon *d = userdata;
	int r;

	r = mydev_info_get(d->client, NULL);
	if (r >= 0 || r == -EPROTONOSUPPORT)
		return 0;
	say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL, "the kernel module does not answer: %s",
	    strerror(-r));
	return r;
}

/* ---- Starting ---- */

/* What is missing in the journal, of which the kernel has the events from oldest on. */
static int add_hole(struct daemon *d, const struct own_record *hole, uint64_t oldest)
{
	struct own_record record = *hole;
	int r = 0;

	if (record.first < oldest) {
		record.gap = true;
		if (record.last >= oldest)
			record.last = oldest - 1;
		r = confirm_add_missing(d->confirm, &record);
		record.first = oldest;
	}
	record.gap = false;
	for (; record.first <= hole->last && r >= 0; record.first++) {
		record.last = record.first;
		r = confirm_add_missing(d->confirm, &record);
	}
	return r;
}

/* Another load of the module may have ended since the last entry, with events that nobody has read. */
static int record_unended(struct daemon *d)
{
	_cleanup_resume_ struct resume_point point = {};
	struct own_record gap = { .last = MYDEV_SEQ_UNKNOWN, .gap = true };
	_cleanup_free_ char *epoch = NULL;
	int r;

	r = own_find_unended(&epoch);
	if (r > 0)
		r = resume_find(epoch, MYDEV_SEQ_UNKNOWN, &point);
	if (r < 0)
		say(d->logger, ENTRY_DAEMON, LOG_WARNING, NULL,
		    "cannot tell from the journal whether events of an earlier load of the module are lost: %s",
		    strerror(-r));
	if (r < 0 || !epoch)
		return 0;
	snprintf(gap.epoch, sizeof(gap.epoch), "%s", epoch);
	gap.first = point.seq + 1;
	r = recorder_repeat(&gap, &d->recorder);
	return r < 0 ? confirm_add_missing(d->confirm, &gap) : confirm_add(d->confirm, &gap);
}

/* Where the stream begins. Without the module it does not matter: all that comes then is new. */
static int find_beginning(struct daemon *d)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	_cleanup_resume_ struct resume_point point = {};
	int r;

	r = mydev_info_get(d->client, &info);
	if (r == -EPROTONOSUPPORT)
		return 0;
	if (r < 0)
		return r;
	r = resume_find(info.epoch, info.event_last, &point);
	if (r < 0) {
		say(d->logger, ENTRY_DAEMON, LOG_WARNING, NULL,
		    "cannot read the journal: %s; events that were logged before may be "
		    "logged again (user in group systemd-journal? journald storing?)",
		    strerror(-r));
		return 0;
	}
	if (point.found)
		memcpy(d->recorder.epoch, info.epoch, sizeof(info.epoch));
	else
		r = record_unended(d);
	for (size_t i = 0; i < point.n_holes && r >= 0; i++)
		r = add_hole(d, &point.holes[i], info.event_first);
	if (r < 0)
		return r;
	return mydev_stream_resume(d->stream, info.epoch, point.seq);
}

static int begin(struct daemon *d)
{
	int r;

	if (logger_is_journal(d->logger)) {
		r = confirm_new(d->event, d->logger, recorder_repeat, &d->recorder, &d->confirm);
		if (r < 0)
			return r;
		d->recorder.confirm = d->confirm;
		r = find_beginning(d);
		if (r < 0)
			return r;
	}
	r = sd_event_add_io(d->event, &d->stream_io, mydev_stream_fd(d->stream), EPOLLIN, on_stream,
			    d);
	if (r >= 0)
		r = sd_event_source_set_exit_on_failure(d->stream_io, true);
	if (r >= 0)
		r = watchdog_start(d->event, kernel_answers, d, &d->watchdog_timer);
	if (r < 0)
		return r;

	r = mydev_stream_start(d->stream);
	if (r < 0 && !d->recorder.refused)
		return r;
	return follow(d, r);
}

/* An earlier mydevd may have been killed with entries still in journald's queue: these count, too. */
static int on_settle_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;
	int r;

	r = logger_settled(d->logger);
	if (r > 0) {
		r = begin(d);
		if (r < 0)
			say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL, "cannot start: %s",
			    strerror(-r));
		return r < 0 ? sd_event_exit(d->event, EXIT_FAILURE) : 0;
	}
	if (d->settle_delay_us >= SETTLE_MAX_US)
		sd_notifyf(false, START_EXTENSION "STATUS=waiting for journald to settle: %s",
			   r < 0 ? strerror(-r) : "it has entries to write");
	r = sd_event_source_set_time_relative(source, d->settle_delay_us);
	d->settle_delay_us =
		2 * d->settle_delay_us < SETTLE_MAX_US ? 2 * d->settle_delay_us : SETTLE_MAX_US;
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	sd_notify(false, "STOPPING=1\nSTATUS=stopping");
	return sd_event_exit(sd_event_source_get_event(source), EXIT_SUCCESS);
}

static int add_signals(struct daemon *d)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = {
		{ SIGTERM, on_signal },
		{ SIGINT, on_signal },
		{ SIGHUP, on_reload },
	};
	sigset_t set;
	int r = 0;

	sigemptyset(&set);
	/* Children are watched by the hooks. */
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i].number);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(signals) && r >= 0; i++)
		r = sd_event_add_signal(d->event, NULL, signals[i].number, signals[i].handler, d);
	return r;
}

static int add_timer(struct daemon *d, sd_event_source **ret, sd_event_time_handler_t fn)
{
	int r;

	r = sd_event_add_time_relative(d->event, ret, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_US, fn, d);
	if (r >= 0)
		r = sd_event_source_set_exit_on_failure(*ret, true);
	if (r >= 0)
		r = sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return r;
}

static int daemon_init(struct daemon *d)
{
	int r;

	r = sd_event_new(&d->event);
	if (r >= 0)
		r = add_signals(d);
	if (r >= 0)
		r = add_timer(d, &d->settle_timer, on_settle_time);
	if (r >= 0)
		r = add_timer(d, &d->retry_timer, on_retry_time);
	if (r >= 0)
		r = add_timer(d, &d->status_timer, on_status_time);
	if (r >= 0)
		r = mydev_stream_new(&d->stream, d->options->receive_buffer, on_notice, d);
	if (r >= 0)
		r = mydev_client_new(&d->client);
	if (r >= 0)
		r = hooks_new(d->event, d->logger, &d->hooks);
	if (r >= 0)
		r = recovery_new(d->event, d->logger, d->client, on_given_up, d, &d->recovery);
	if (r < 0)
		return r;
	d->recorder = (struct recorder){
		.logger = d->logger,
		.client = d->client,
		.recorded = on_recorded,
		.renewed = on_renewed,
		.userdata = d,
	};
	configure_first(d);
	return 0;
}

static int cannot_start(struct daemon *d, int error)
{
	_cleanup_free_ char *why = NULL;

	if (error == -EPROTONOSUPPORT && module_why_absent(&why) == 0) {
		say(d->logger, ENTRY_MODULE_ABSENT, LOG_ERR, NULL, "cannot start: %s", why);
		sd_notifyf(false, "STATUS=%s", why);
		return EX_UNAVAILABLE;
	}
	say(d->logger, ENTRY_DAEMON, LOG_ERR, NULL, "cannot start: %s", strerror(-error));
	sd_notifyf(false, "STATUS=cannot start: %s\nERRNO=%d", strerror(-error), -error);
	return EXIT_FAILURE;
}

int daemon_run(const struct daemon_options *options)
{
	_cleanup_(daemon_clear) struct daemon d = {
		.options = options,
		.settle_delay_us = SETTLE_MIN_US,
	};
	_cleanup_close_ int place = -1;
	int r;

	r = options->journal ? single_take(&place) : 0;
	if (r < 0) {
		fprintf(stderr, "mydevd: %s\n",
			r == -EWOULDBLOCK ?
				"another mydevd writes to the journal (systemctl status mydevd); "
				"without --journal, events are shown here" :
				strerror(-r));
		return EXIT_FAILURE;
	}
	r = logger_new(options->journal, &d.logger);
	if (r < 0) {
		fprintf(stderr, "mydevd: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	r = daemon_init(&d);
	if (r >= 0)
		r = sd_event_source_set_enabled(d.settle_timer, SD_EVENT_ONESHOT);
	if (r < 0)
		return cannot_start(&d, r);
	r = sd_event_loop(d.event);
	return r < 0 ? EXIT_FAILURE : r;
}
