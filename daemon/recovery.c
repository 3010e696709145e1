// SPDX-License-Identifier: GPL-2.0-only
/*
 * A patient is a device that has faulted at least once. Its timer runs from a fault to the end of the grace; what is then
 * done depends on how the device is by then, and on how often it was tried.
 */
#include "recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/mydev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>

#include "attempts.h"
#include "format.h"
#include "say.h"

#define TIMER_ACCURACY_USEC UINT64_C(10000)

struct patient {
	struct patient *next;
	struct recovery *recovery;
	uint32_t id;
	char *name;
	sd_event_source *timer; /* on while a try is due */
	struct attempts attempts;
	bool gave_up; /* until it runs */
};

struct recovery {
	sd_event *event;
	struct logger *logger;
	struct mydev_client *client;
	recovery_given_up_fn given_up;
	void *userdata;
	const struct config *config;
	struct patient *patients;
};

static void patient_free(struct patient *patient)
{
	sd_event_source_disable_unref(patient->timer);
	attempts_clear(&patient->attempts);
	free(patient->name);
	free(patient);
}

MYDEV_DEFINE_CLEANUP(struct patient *, patient_free);

int recovery_new(sd_event *event, struct logger *logger, struct mydev_client *client,
		 recovery_given_up_fn given_up, void *userdata, struct recovery **ret)
{
	struct recovery *recovery = malloc(sizeof(*recovery));

	if (!recovery)
		return -ENOMEM;
	*recovery = (struct recovery){
		.event = event,
		.logger = logger,
		.client = client,
		.given_up = given_up,
		.userdata = userdata,
	};
	*ret = recovery;
	return 0;
}

void recovery_forget(struct recovery *recovery)
{
	while (recovery->patients) {
		struct patient *patient = recovery->patients;

		recovery->patients = patient->next;
		patient_free(patient);
	}
}

void recovery_free(struct recovery *recovery)
{
	if (!recovery)
		return;
	recovery_forget(recovery);
	free(recovery);
}

void recovery_configure(struct recovery *recovery, const struct config *config)
{
	recovery->config = config;
	if (!config->recovery_reset)
		recovery_forget(recovery);
}

static void arm(struct patient *patient)
{
	uint64_t grace = patient->recovery->config->recovery_grace_usec;

	(void)sd_event_source_set_time_relative(patient->timer, grace);
	(void)sd_event_source_set_enabled(patient->timer, SD_EVENT_ONESHOT);
}

/* 0 or -errno: the textbook's reset, which a member of the node's group may ask for. */
static int reset_by_node(const char *name)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (mydev_asprintf(&path, "/dev/%s", name) < 0)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 || ioctl(fd, MYDEV_IOC_RESET) < 0 ? -errno : 0;
}

static void try_reset(struct patient *patient, const struct mydev_dev *dev, uint64_t now)
{
	const struct recovery *recovery = patient->recovery;
	const struct say_field fields[] = { { "MYDEV_DEVICE", patient->name }, {} };
	int r;

	if (attempts_add(&patient->attempts, now) < 0)
		return;
	say(recovery->logger, ENTRY_RECOVERY, ENTRY_PRIORITY_USUAL, fields,
	    "%s: resetting it after a fault (%s%s%s), try %zu of %" PRIu64, patient->name,
	    mydev_enum_name(&mydev_fault_code_names, dev->fault) ?: "unknown",
	    dev->fault_msg ? ": " : "", dev->fault_msg ?: "", patient->attempts.n,
	    recovery->config->recovery_tries);
	r = reset_by_node(patient->name);
	if (r == 0)
		return;
	say(recovery->logger, ENTRY_RECOVERY_FAILED, ENTRY_PRIORITY_USUAL, fields,
	    "%s: cannot reset it: %s", patient->name, strerror(-r));
	arm(patient);
}

static void give_up(struct patient *patient)
{
	const struct recovery *recovery = patient->recovery;
	const struct say_field fields[] = { { "MYDEV_DEVICE", patient->name }, {} };
	_cleanup_free_ char *text = NULL;
	size_t n = patient->attempts.n;

	patient->gave_up = true;
	if (mydev_asprintf(&text,
			   "%s: giving up: it has faulted again after %zu reset%s; reset it by "
			   "hand once its cause is found: mydevctl reset %s",
			   patient->name, n, n == 1 ? "" : "s", patient->name) < 0)
		return;
	say(recovery->logger, ENTRY_RECOVERY_GAVE_UP, ENTRY_PRIORITY_USUAL, fields, "%s", text);
	recovery->given_up(patient->name, text, recovery->userdata);
}

static void dismiss(struct recovery *recovery, uint32_t id)
{
	for (struct patient **p = &recovery->patients; *p; p = &(*p)->next) {
		struct patient *patient = *p;

		if (patient->id != id)
			continue;
		*p = patient->next;
		patient_free(patient);
		return;
	}
}

/* The grace is over. */
static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	struct patient *patient = userdata;
	struct mydev_dev which = { .id = patient->id };
	struct recovery *recovery = patient->recovery;
	uint64_t now;
	int r;

	MYDEV_SET(&which, DEV, ID);
	r = mydev_dev_get(recovery->client, &which, &dev);
	if (r == -ENODEV || r == -EPROTONOSUPPORT) {
		dismiss(recovery, patient->id);
		return 0;
	}
	if (r < 0) {
		arm(patient);
		return 0;
	}
	if (dev.state != MYDEV_DEV_STATE_FAULTED)
		return 0;
	(void)sd_event_now(recovery->event, CLOCK_BOOTTIME, &now);
	attempts_expire(&patient->attempts, now, recovery->config->recovery_period_usec);
	if (patient->attempts.n >= recovery->config->recovery_tries)
		give_up(patient);
	else
		try_reset(patient, &dev, now);
	return 0;
}

static struct patient *find(struct recovery *recovery, uint32_t id)
{
	struct patient *patient = recovery->patients;

	while (patient && patient->id != id)
		patient = patient->next;
	return patient;
}

static int admit(struct recovery *recovery, uint32_t id, const char *name, struct patient **ret)
{
	_cleanup_(patient_free_p) struct patient *patient = calloc(1, sizeof(*patient));
	_cleanup_free_ char *copy = strdup(name);
	int r;

	if (!patient || !copy)
		return -ENOMEM;
	patient->recovery = recovery;
	patient->id = id;
	patient->name = MYDEV_TAKE(copy);
	r = sd_event_add_time_relative(recovery->event, &patient->timer, CLOCK_BOOTTIME, 0,
				       TIMER_ACCURACY_USEC, on_time, patient);
	if (r >= 0)
		r = sd_event_source_set_enabled(patient->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	patient->next = recovery->patients;
	*ret = recovery->patients = MYDEV_TAKE(patient);
	return 0;
}

static void on_fault(struct recovery *recovery, uint32_t id, const char *name)
{
	struct patient *patient = find(recovery, id);
	int r = patient ? 0 : admit(recovery, id, name, &patient);

	if (r < 0)
		say(recovery->logger, ENTRY_DAEMON, LOG_ERR, NULL,
		    "%s: cannot look after its recovery: %s", name, strerror(-r));
	else if (!patient->gave_up && sd_event_source_get_enabled(patient->timer, NULL) == 0)
		arm(patient);
}

static void on_running(struct patient *patient)
{
	patient->gave_up = false;
	(void)sd_event_source_set_enabled(patient->timer, SD_EVENT_OFF);
}

/* Whoever resets the device by hand knows why, and it begins anew. */
static void on_reset(struct patient *patient, const struct mydev_event *event)
{
	if (!MYDEV_HAS(event, EVENT, PID) || event->pid != (uint32_t)getpid())
		attempts_clear(&patient->attempts);
}

size_t recovery_count_given_up(const struct recovery *recovery)
{
	size_t n = 0;

	for (const struct patient *patient = recovery->patients; patient; patient = patient->next)
		n += patient->gave_up;
	return n;
}

void recovery_event(struct recovery *recovery, const struct mydev_event *event)
{
	struct patient *patient;

	if (!recovery->config->recovery_reset || !event->device)
		return;
	switch (event->event) {
	case MYDEV_EVENT_TYPE_FAULT:
		on_fault(recovery, event->dev_id, event->device);
		break;
	case MYDEV_EVENT_TYPE_DEVICE_REMOVED:
		dismiss(recovery, event->dev_id);
		break;
	case MYDEV_EVENT_TYPE_STATE_CHANGED:
		patient = find(recovery, event->dev_id);
		if (patient && event->state == MYDEV_DEV_STATE_RUNNING)
			on_running(patient);
		break;
	case MYDEV_EVENT_TYPE_RESET:
		patient = find(recovery, event->dev_id);
		if (patient)
			on_reset(patient, event);
		break;
	default:
		break;
	}
}

int recovery_survey(struct recovery *recovery)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	if (!recovery->config->recovery_reset)
		return 0;
	r = mydev_dev_dump(recovery->client, &devs, &n);
	if (r < 0)
		return r == -EPROTONOSUPPORT ? 0 : r;
	for (size_t i = 0; i < n; i++)
		if (devs[i].state == MYDEV_DEV_STATE_FAULTED)
			on_fault(recovery, devs[i].id, devs[i].name);
	mydev_devs_free(devs, n);
	return 0;
}
