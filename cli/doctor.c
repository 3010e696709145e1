// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command doctor: looks at each piece, from the module up to the journal, and names the cure. A
 * check is a row of the table at the end; it fills in a finding and knows only what the checks
 * before it left in struct patient.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "command.h"
#include "context.h"
#include "device.h"
#include "format.h"
#include "journal.h"
#include "scoped.h"
#include "span.h"
#include "unit.h"
#include "version.h"
#include "wait.h"

#define NODE_MODE 0660
#define CATCH_UP_USEC (2 * USEC_PER_SEC)

struct patient {
	struct mydev_client *client; /* NULL: the module does not answer */
	struct mydev_info info;
	struct mydev_dev *devs;
	size_t n_devs;
	bool loaded; /* the module */
	bool not_installed; /* the module, for this kernel */
	bool daemon_runs;
	bool anonymous; /* the user is not named */
	bool in_shell; /* Ctrl-C ends the waiting */
};

static void patient_done(struct patient *p)
{
	if (p->client)
		mydev_client_free(p->client);
	clear_info(&p->info);
	mydev_devs_free(p->devs, p->n_devs);
}

static __attribute__((format(printf, 3, 4))) int
found(struct mydev_check *check, enum mydev_check_result result, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = mydev_vasprintf(&check->finding, format, ap);
	va_end(ap);
	if (r < 0)
		return r;
	check->result = result;
	MYDEV_SET(check, CHECK, RESULT);
	MYDEV_SET(check, CHECK, FINDING);
	return 0;
}

static int cure(struct mydev_check *check, int r, const char *text)
{
	if (r < 0)
		return r;
	check->cure = strdup(text);
	if (!check->cure)
		return -ENOMEM;
	MYDEV_SET(check, CHECK, CURE);
	return 0;
}

#define OK MYDEV_CHECK_RESULT_OK
#define WARNING MYDEV_CHECK_RESULT_WARNING
#define FAILED MYDEV_CHECK_RESULT_FAILED
#define SKIPPED MYDEV_CHECK_RESULT_SKIPPED

static int needs_module(const struct patient *p, struct mydev_check *check)
{
	return found(check, SKIPPED, "not looked at without %sthe module",
		     p->loaded ? "an answer of " : "");
}

/* ---- The module ---- */

static int not_installed(struct mydev_check *check)
{
	_cleanup_free_ char *finding = NULL, *how = NULL;
	int r;

	r = mydev_module_explain_not_installed(&finding, &how);
	return r < 0 ? r : cure(check, found(check, FAILED, "%s", finding), how);
}

static int check_module(struct patient *p, struct mydev_check *check)
{
	_cleanup_free_ char *version = NULL;
	enum mydev_module_state state;
	struct utsname uts;
	int r;

	r = mydev_module_state(&state, &version);
	if (r == -ENOPKG)
		return cure(check,
			    found(check, FAILED,
				  "cannot look for the module: a part of mydevctl is missing"),
			    "install mydev again");
	if (r < 0)
		return found(check, FAILED, "cannot look for the module: %s", strerror(-r));
	uname(&uts);
	p->loaded = state == MYDEV_MODULE_LOADED || state == MYDEV_MODULE_OTHER_VERSION;
	switch (state) {
	case MYDEV_MODULE_LOADED:
		return found(check, OK, "mydev %s is loaded", version ?: MYDEV_VERSION);
	case MYDEV_MODULE_OTHER_VERSION:
		return cure(check,
			    found(check, FAILED, "mydev %s is loaded, but this is mydevctl %s",
				  version ?: "of an unknown version", mydev_version()),
			    "install both from one version, then load the module anew: rmmod "
			    "mydev_virt mydev; modprobe mydev_virt");
	case MYDEV_MODULE_NOT_LOADED:
		return cure(check,
			    found(check, FAILED, "mydev is installed for kernel %s, but not loaded",
				  uts.release),
			    "modprobe mydev_virt");
	case MYDEV_MODULE_NOT_INSTALLED:
		p->not_installed = true;
		return not_installed(check);
	}
	return -EINVAL;
}

static int check_protocol(struct patient *p, struct mydev_check *check)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	int r;

	r = mydev_client_new(&client);
	if (r < 0)
		client = NULL;
	if (r == -EPROTONOSUPPORT && !p->loaded)
		return needs_module(p, check);
	if (r == -EPROTONOSUPPORT)
		return cure(check, found(check, FAILED, NO_FAMILY_CAUSE), NO_FAMILY_CURE);
	if (r >= 0)
		r = mydev_info_get(client, &p->info);
	if (r >= 0)
		r = mydev_dev_dump(client, &p->devs, &p->n_devs);
	if (r < 0)
		return cure(check,
			    found(check, FAILED, "asking the module failed: %s", strerror(-r)),
			    "journalctl -k");
	p->client = MYDEV_TAKE(client);
	return found(check, OK, "the module answers, protocol %u", p->info.protocol);
}

static int check_backends(struct patient *p, struct mydev_check *check)
{
	_cleanup_free_ char *kinds = NULL;

	if (!p->client)
		return needs_module(p, check);
	if (!p->info.kind && !p->n_devs)
		return cure(check,
			    found(check, WARNING, "no backend is loaded, so there are no devices"),
			    "modprobe mydev_virt, for software devices");
	kinds = mydev_strv_join(p->info.kind, ", ");
	if (!kinds)
		return -ENOMEM;
	return found(check, OK, "can make devices of kind: %s",
		     *kinds ? kinds : "none, but there is hardware");
}

/* ---- The devices ---- */

/* "overheat (fan 2 stands still), for 3 min 12 s" */
static int describe_fault(const struct mydev_dev *dev, char **ret)
{
	_cleanup_free_ char *fault = NULL, *age = NULL;
	int r;

	r = device_describe_fault(dev, &fault);
	if (r >= 0 && MYDEV_HAS(dev, DEV, STATE_AGE_NS))
		r = mydev_format_duration(dev->state_age_ns, &age);
	if (r < 0)
		return r;
	return mydev_asprintf(ret, "%s%s%s", fault, age ? ", for " : "", age ?: "");
}

static int check_devices(struct patient *p, struct mydev_check *check)
{
	const struct mydev_dev *faulted = NULL;
	_cleanup_free_ char *reset = NULL, *fault = NULL;
	size_t n = 0;

	if (!p->client)
		return needs_module(p, check);
	if (!p->n_devs)
		return cure(check, found(check, WARNING, "there are no devices"), "mydevctl add");
	for (size_t i = 0; i < p->n_devs; i++) {
		if (p->devs[i].state != MYDEV_DEV_STATE_FAULTED)
			continue;
		faulted = faulted ?: &p->devs[i];
		n++;
	}
	if (!n)
		return found(check, OK, "%zu, none is faulted", p->n_devs);
	if (describe_fault(faulted, &fault) < 0 ||
	    mydev_asprintf(&reset, "mydevctl reset %s", faulted->name) < 0)
		return -ENOMEM;
	return cure(check,
		    found(check, WARNING, "%zu of %zu faulted, first %s: %s", n, p->n_devs,
			  faulted->name, fault),
		    reset);
}

/* What is wrong with the node of the device; NULL: nothing. */
static const char *node_error(const struct mydev_dev *dev, gid_t group)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (mydev_asprintf(&path, "/dev/%s", dev->name) < 0)
		return "out of memory";
	if (stat(path, &st) < 0)
		return "does not exist";
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(dev->major, dev->minor))
		return "is not the node of this device";
	if (st.st_gid != group)
		return "does not belong to group " JOURNAL_USER;
	if ((st.st_mode & 0777) != NODE_MODE)
		return "has not mode 0660";
	return NULL;
}

static int check_nodes(struct patient *p, struct mydev_check *check)
{
	const struct group *group = getgrnam(JOURNAL_USER);

	if (!p->client)
		return needs_module(p, check);
	if (!group)
		return cure(check,
			    found(check, FAILED,
				  "there is no group " JOURNAL_USER " for the nodes"),
			    "systemd-sysusers");
	for (size_t i = 0; i < p->n_devs; i++) {
		const char *wrong = node_error(&p->devs[i], group->gr_gid);

		if (wrong)
			return cure(check,
				    found(check, FAILED, "/dev/%s %s", p->devs[i].name, wrong),
				    "udevadm control --reload; udevadm trigger "
				    "--subsystem-match=mydev");
	}
	return found(check, OK, "%zu, with the right numbers, group and mode", p->n_devs);
}

/* ---- The user ---- */

/* The kernel asks for capabilities in the initial user namespace, whose map is the identity. */
static bool in_initial_namespace(void)
{
	_cleanup_fclose_ FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned int inner, outer, count;

	return map && fscanf(map, "%u %u %u", &inner, &outer, &count) == 3 && !inner && !outer &&
	       count == UINT32_MAX;
}

static bool is_capable(unsigned int capability)
{
	_cleanup_fclose_ FILE *status = fopen("/proc/self/status", "re");
	_cleanup_free_ char *line = NULL;
	unsigned long long caps;
	size_t size = 0;

	while (status && getline(&line, &size, status) >= 0)
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			return caps & (1ULL << capability);
	return false;
}

static int check_permissions(struct patient *p, struct mydev_check *check)
{
	const struct passwd *user = p->anonymous ? NULL : getpwuid(geteuid());
	const char *name = user ? user->pw_name : "this user";
	bool control = in_initial_namespace() && is_capable(CAP_NET_ADMIN), data = true;

	if (!p->client)
		return needs_module(p, check);
	if (!p->n_devs && control)
		return found(check, OK, "%s may add and change devices", name);
	if (!p->n_devs)
		return cure(check,
			    found(check, WARNING, "%s may look at devices, but not change them",
				  name),
			    "to change devices, be root");
	for (size_t i = 0; i < p->n_devs && data; i++) {
		_cleanup_free_ char *path = NULL;

		if (mydev_asprintf(&path, "/dev/%s", p->devs[i].name) < 0)
			return -ENOMEM;
		/* What else is wrong with a node is not for want of a right. */
		data = !faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) ||
		       (errno != EACCES && errno != EPERM);
	}
	if (control && data)
		return found(check, OK, "%s may do everything", name);
	if (data)
		return cure(check,
			    found(check, WARNING, "%s may use the devices, but not change them",
				  name),
			    "to change devices, be root");
	if (control)
		return cure(check,
			    found(check, WARNING, "%s may change the devices, but not use them",
				  name),
			    "to use devices, join group mydev");
	return cure(check,
		    found(check, WARNING,
			  "%s may look at the devices, but neither change nor use them", name),
		    "to use devices, join group mydev; to change them, be root");
}

/* ---- The daemon ---- */

static int check_daemon(struct patient *p, struct mydev_check *check)
{
	_cleanup_free_ char *state = NULL, *how = NULL;
	int r;

	r = unit_state(DAEMON_UNIT, &state);
	if (r < 0)
		return cure(check,
			    found(check, FAILED, "cannot ask systemd for %s: %s", DAEMON_UNIT,
				  strerror(-r)),
			    "is this machine run by systemd, and dbus installed?");
	p->daemon_runs = !strcmp(state, "active") || !strcmp(state, "reloading");
	if (p->daemon_runs)
		return found(check, OK, "%s is %s", DAEMON_UNIT, state);
	r = mydev_asprintf(&how, "%s%s", p->not_installed ? "once the module is installed: " : "",
			   !strcmp(state, "failed") ?
				   "journalctl -u mydevd; systemctl restart mydevd" :
				   "systemctl enable --now mydevd");
	return r < 0 ? r : cure(check, found(check, FAILED, "%s is %s", DAEMON_UNIT, state), how);
}

/* The event or gap of the epoch that the record is, or is the end of; 0: of none. */
static uint64_t last_of(const struct journal_record *record, const char *epoch)
{
	if (record->desc == &mydev_event_desc && !strcmp(record->event.epoch, epoch))
		return record->event.seq;
	if (record->desc == &mydev_gap_desc && !strcmp(record->gap.epoch, epoch))
		return record->gap.gap_last;
	return 0;
}

/* Reads to the end of the journal; *seq is the last event of the epoch so far. */
static int read_on(struct journal *journal, const char *epoch, uint64_t *seq)
{
	/* Gaps may stand behind the last event. */
	for (;;) {
		_cleanup_(journal_record_clear) struct journal_record record = {};
		uint64_t last;
		int r;

		r = journal_next(journal, &record);
		if (r <= 0)
			return r;
		last = last_of(&record, epoch);
		if (last > *seq)
			*seq = last;
	}
}

/*
 * The last event of the epoch that the journal has, or says is lost; 0: none. A daemon that runs
 * may be a moment behind the module, which was asked before: it gets that moment.
 */
static int last_in_journal(const struct patient *p, uint64_t *ret_seq)
{
	_cleanup_(journal_free_p) struct journal *journal = NULL;
	uint64_t deadline = wait_deadline(CATCH_UP_USEC);
	int r, fd = -1;

	r = journal_open(&journal, NULL, NULL);
	if (r >= 0)
		r = fd = journal_fd(journal);
	if (r >= 0)
		r = journal_seek(journal, 0, 1);
	*ret_seq = 0;
	while (r >= 0) {
		r = read_on(journal, p->info.epoch, ret_seq);
		if (r < 0 || !p->daemon_runs || *ret_seq >= p->info.event_last)
			break;
		r = wait_ready(fd, POLLIN, deadline, p->in_shell);
		if (r >= 0)
			r = journal_process(journal);
	}
	return r == -ETIMEDOUT || r == -EINTR ? 0 : r;
}

static int check_journal(struct patient *p, struct mydev_check *check)
{
	uint64_t seq = 0;
	int r;

	r = last_in_journal(p, &seq);
	if (r == -EACCES)
		return cure(check,
			    found(check, WARNING, "may not be read, so 'events' does not work"),
			    "be root, or join group systemd-journal");
	if (r == -ESRCH)
		return cure(check,
			    found(check, FAILED,
				  "there is no user " JOURNAL_USER ", whom mydevd runs as"),
			    "systemd-sysusers");
	if (r == -ENOENT)
		return cure(check, found(check, FAILED, "there is none"), JOURNAL_NONE_CURE);
	if (r < 0)
		return cure(check, found(check, FAILED, "cannot be read: %s", strerror(-r)),
			    "systemctl status systemd-journald");
	if (!p->client)
		return found(check, OK, "can be read");
	if (seq >= p->info.event_last)
		return found(check, OK, "has every event up to number %llu",
			     (unsigned long long)seq);
	return cure(check,
		    found(check, p->daemon_runs ? FAILED : WARNING,
			  "has events up to number %llu of %llu", (unsigned long long)seq,
			  (unsigned long long)p->info.event_last),
		    p->daemon_runs ? "journalctl -u mydevd" :
				     "systemctl start mydevd writes the others");
}

/* ---- The table ---- */

static const struct {
	const char *name;
	int (*run)(struct patient *p, struct mydev_check *check);
} checks[] = {
	{ "module", check_module },	{ "protocol", check_protocol },
	{ "backends", check_backends }, { "devices", check_devices },
	{ "nodes", check_nodes },	{ "permissions", check_permissions },
	{ "daemon", check_daemon },	{ "journal", check_journal },
};

static int fail(struct result *res, unsigned int n)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_FAILED, 0, "%u check%s failed", n, n == 1 ? "" : "s");
	return result_fail(res, &error);
}

int cmd_doctor(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_cleanup_(patient_done) struct patient p = { .anonymous = ctx->anonymous,
						     .in_shell = ctx->in_shell };
	unsigned int n_failed = 0;
	int r;

	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(checks); i++) {
		_scoped_(check) struct mydev_check check = {};

		check.name = strdup(checks[i].name);
		if (!check.name)
			return -ENOMEM;
		MYDEV_SET(&check, CHECK, NAME);
		r = checks[i].run(&p, &check);
		if (r >= 0)
			r = result_add(res, &mydev_check_desc, &check, 0);
		if (r < 0)
			return r;
		n_failed += check.result == MYDEV_CHECK_RESULT_FAILED;
	}
	return n_failed ? fail(res, n_failed) : 0;
}
