// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several ssh side by side: what each says is queued, and goes to the result in the order of the
 * hosts or, where items have a time, in that of time. A stream is not kept waiting.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "remote.h"
#include "remote_error.h"
#include "scoped.h"
#include "ssh.h"
#include "unpack.h"
#include "wait.h"

#define CHUNK_BYTES (64 * 1024UL)
#define QUEUED_ITEMS_MAX 4096 /* of one host, that wait for those of another */
#define LINE_BYTES_MAX 300 /* of what ssh says */

/* Something for the result. */
struct item {
	struct item *next;
	const struct mydev_desc *desc; /* tagged, or of an error */
	void *obj;
	uint64_t when_usec;
};

struct line {
	char text[LINE_BYTES_MAX + 1];
	size_t len;
};

struct host {
	struct remote *remote;
	const char *name;
	struct ssh ssh;
	struct unpack *unpack;
	struct line line, last_line; /* of what ssh says of itself: this one, the one before */
	struct item *first, **end; /* the queue */
	size_t n_queued;
	bool begun, ended; /* to say something, and all together */
	bool answered; /* by a document that can be the command's */
	bool told; /* why it failed */
	bool told_foreign;
};

struct remote {
	const struct invocation *inv;
	struct result *res;
	struct tags *tags;
	struct host *hosts;
	size_t n;
	struct pollfd *fds; /* FDS_PER_HOST each, and standard output */
	char *buf; /* of CHUNK_BYTES */
	char *command_line;
	const char *source_path; /* a file of this machine, for each host; NULL: source */
	int source; /* -1: nothing is sent */
	bool streams;
};

enum { FD_OUT, FD_ERR, FD_END, FDS_PER_HOST };

/* ---- The queue ---- */

/* Takes obj; NULL: no memory. */
static int queue(struct host *host, const struct mydev_desc *desc, void *obj, uint64_t when_usec)
{
	struct item *item = obj ? malloc(sizeof(*item)) : NULL;

	if (!item) {
		tag_object_free(desc, obj);
		return -ENOMEM;
	}
	*item = (struct item){ .desc = desc, .obj = obj, .when_usec = when_usec };
	*host->end = item;
	host->end = &item->next;
	host->n_queued++;
	return 0;
}

static void item_free(struct item *item)
{
	tag_object_free(item->desc, item->obj);
	free(item);
}

MYDEV_DEFINE_CLEANUP(struct item *, item_free);

static struct item *take_first(struct host *host)
{
	struct item *item = host->first;

	host->first = item->next;
	if (!host->first)
		host->end = &host->first;
	host->n_queued--;
	return item;
}

/* Whose turn it is; NULL: who may have the next has not said anything yet. */
static struct host *next_host(const struct remote *remote)
{
	struct host *earliest = NULL;

	for (size_t i = 0; i < remote->n; i++) {
		struct host *host = &remote->hosts[i];

		if (!host->first) {
			if (!host->ended && !remote->streams)
				return NULL;
			continue;
		}
		if (remote->streams || !host->first->when_usec)
			return host;
		if (!earliest || host->first->when_usec < earliest->first->when_usec)
			earliest = host;
	}
	return earliest;
}

static int show_queued(const struct remote *remote)
{
	struct host *host;
	int r = 0;

	while (r >= 0 && (host = next_host(remote))) {
		_cleanup_(item_free_p) struct item *item = take_first(host);

		if (item->desc == &mydev_error_desc)
			r = result_fail(remote->res, item->obj);
		else
			r = result_add(remote->res, item->desc, item->obj, item->when_usec);
	}
	return r;
}

/* ---- Errors of a host ---- */

static int queue_error(struct host *host, struct mydev_error *error)
{
	struct mydev_error *own = malloc(sizeof(*own));

	if (!own)
		return -ENOMEM;
	error_set_host(error, host->name);
	*own = *error;
	*error = (struct mydev_error){};
	host->told = true;
	return queue(host, &mydev_error_desc, own, 0);
}

static int fail_start(struct host *host, int err)
{
	_scoped_(error) struct mydev_error error = {};

	remote_error_start(&error, err);
	return queue_error(host, &error);
}

/* status: how ssh ended. Nothing was told so far. */
static int fail_ended(struct host *host, int status)
{
	_scoped_(error) struct mydev_error error = {};
	const struct remote_end end = {
		.status = status,
		.begun = host->begun,
		.whole = unpack_is_whole(host->unpack),
		.said = host->last_line.text,
		.other = unpack_other_line(host->unpack),
	};

	remote_error_ended(&error, &end);
	return queue_error(host, &error);
}

static int fail_broken(struct host *host)
{
	_scoped_(error) struct mydev_error error = {};

	remote_error_broken(&error);
	return queue_error(host, &error);
}

/* Once is enough. */
static int fail_foreign(struct host *host, const char *kind)
{
	_scoped_(error) struct mydev_error error = {};

	if (host->told_foreign)
		return 0;
	host->told_foreign = true;
	remote_error_foreign(&error, kind);
	return queue_error(host, &error);
}

/* ---- What comes ---- */

/*
 * An error is never that all was done; and of what a later version may have, or nonsense, no exit
 * status is made.
 */
static void see_to_status(struct mydev_error *error)
{
	if (!error->status || !mydev_enum_name(&mydev_exit_status_names, error->status))
		error->status = MYDEV_EXIT_STATUS_FAILED;
	error->exit_status = error->status;
	MYDEV_SET(error, ERROR, STATUS);
	MYDEV_SET(error, ERROR, EXIT_STATUS);
}

static int take_error(struct host *host, struct json_object *item)
{
	_scoped_(error) struct mydev_error error = {};
	bool foreign;
	int r;

	r = unpack_object(&mydev_error_desc, item, &error, &foreign);
	if (r < 0)
		return r;
	see_to_status(&error);
	return queue_error(host, &error);
}

static int take_item(const char *kind, struct json_object *item, void *userdata)
{
	struct host *host = userdata;
	const struct tags *tags = host->remote->tags;
	const struct mydev_desc *desc = tags_find(tags, kind);
	bool foreign;
	void *obj;
	int r;

	if (!strcmp(kind, mydev_error_desc.kind))
		return item ? take_error(host, item) : 0;
	/* A document has one kind, and a command says which. */
	if (!desc ||
	    (!host->remote->streams && strcmp(kind, host->remote->inv->command->kind->kind)))
		return fail_foreign(host, kind);
	host->answered = true;
	if (!item)
		return 0;
	obj = tag_object_new(desc, host->name);
	r = obj ? unpack_object(tags_plain(tags, desc), item, obj, &foreign) : -ENOMEM;
	if (r < 0) {
		tag_object_free(desc, obj);
		return r;
	}
	r = queue(host, desc, obj, unpack_time(item));
	return r < 0 || !foreign ? r : fail_foreign(host, NULL);
}

/* 0: there is no more for now, or at all, and *fd is -1 then. */
static ssize_t read_some(int *fd, char *buf)
{
	ssize_t n = read(*fd, buf, CHUNK_BYTES);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		mydev_close_p(fd);
		*fd = -1;
	}
	return n < 0 ? 0 : n;
}

static int take_out(struct host *host)
{
	char *buf = host->remote->buf;
	ssize_t n = read_some(&host->ssh.out, buf);
	int r;

	host->begun |= n > 0;
	r = unpack_feed(host->unpack, buf, (size_t)n);
	if (r != -EPROTO)
		return r;
	/* Nothing sensible can follow. */
	kill(host->ssh.pid, SIGTERM);
	mydev_close_p(&host->ssh.out);
	host->ssh.out = -1;
	return fail_broken(host);
}

static void take_err(struct host *host)
{
	char *buf = host->remote->buf;
	ssize_t n = read_some(&host->ssh.err, buf);

	for (ssize_t i = 0; i < n; i++) {
		struct line *line = &host->line;

		if (buf[i] != '\n') {
			if (buf[i] != '\r' && line->len < LINE_BYTES_MAX)
				line->text[line->len++] = buf[i];
			continue;
		}
		if (line->len)
			host->last_line = *line;
		*line = (struct line){};
	}
}

/* ssh is no more, and all it wrote was read. */
static int take_end(struct host *host)
{
	int r, status;

	r = ssh_wait(&host->ssh, &status);
	if (r < 0)
		return r;
	host->ended = true;
	if (host->line.len)
		host->last_line = host->line;
	if (!host->told && (status || !unpack_is_whole(host->unpack)))
		r = fail_ended(host, status);
	else if (!host->told && !host->answered)
		r = fail_broken(host);
	ssh_done(&host->ssh);
	return r;
}

static int take_all(struct host *host, const struct pollfd *fds)
{
	int r = 0;

	if (fds[FD_ERR].revents)
		take_err(host);
	if (fds[FD_OUT].revents)
		r = take_out(host);
	/* A connection that stays for others to share may keep the error stream open. */
	if (r >= 0 && fds[FD_END].revents && host->ssh.out < 0) {
		if (host->ssh.err >= 0)
			take_err(host);
		r = take_end(host);
	}
	return r;
}

/* ---- All of them ---- */

/* How many have not ended. */
static size_t set_fds(const struct remote *remote)
{
	size_t n = 0;

	for (size_t i = 0; i < remote->n; i++) {
		const struct host *host = &remote->hosts[i];
		struct pollfd *fds = remote->fds + i * FDS_PER_HOST;
		bool full = host->n_queued > QUEUED_ITEMS_MAX;

		n += !host->ended;
		fds[FD_OUT] = (struct pollfd){ .fd = full ? -1 : host->ssh.out, .events = POLLIN };
		fds[FD_ERR] = (struct pollfd){ .fd = host->ssh.err, .events = POLLIN };
		/* Before all is read, its end would only keep poll() from waiting. */
		fds[FD_END] = (struct pollfd){ .fd = host->ssh.out < 0 ? host->ssh.pidfd : -1,
					       .events = POLLIN };
	}
	remote->fds[remote->n * FDS_PER_HOST] = (struct pollfd){ .fd = STDOUT_FILENO };
	return n;
}

static int follow(const struct remote *remote)
{
	int r = 0;

	while (r >= 0 && set_fds(remote)) {
		if (poll(remote->fds, remote->n * FDS_PER_HOST + 1, -1) < 0 && errno != EINTR)
			return -errno;
		r = wait_output_gone(&remote->fds[remote->n * FDS_PER_HOST]);
		for (size_t i = 0; i < remote->n && r >= 0; i++)
			if (!remote->hosts[i].ended)
				r = take_all(&remote->hosts[i], remote->fds + i * FDS_PER_HOST);
		if (r >= 0)
			r = show_queued(remote);
	}
	return r;
}

static int start(struct remote *remote, struct host *host)
{
	_cleanup_close_ int file = -1;
	int r = 0;

	if (remote->source_path) {
		file = open(remote->source_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r = file < 0 ? -errno : 0;
	}
	if (r >= 0)
		r = ssh_start(host->name, remote->command_line, file < 0 ? remote->source : file,
			      remote->n == 1, &host->ssh);
	if (r < 0) {
		host->ended = true;
		return fail_start(host, r);
	}
	return 0;
}

static int begin(struct remote *remote, char **names)
{
	int r = 0;

	for (size_t i = 0; i < remote->n && r >= 0; i++) {
		struct host *host = &remote->hosts[i];

		*host = (struct host){ .remote = remote, .name = names[i], .ssh = SSH_NONE };
		host->end = &host->first;
		r = unpack_new(&host->unpack, take_item, host);
	}
	for (size_t i = 0; i < remote->n && r >= 0; i++)
		r = start(remote, &remote->hosts[i]);
	return r;
}

/* ---- What is sent, and what cannot be done so ---- */

static int refuse(struct result *res, const char *cause, const char *cure)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0, "%s", cause);
	error_set_cure(&error, "%s", cure);
	(void)result_fail(res, &error);
	return -ECANCELED;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) >= 0 && S_ISREG(st.st_mode);
}

static const struct param *last_argument(const struct command *cmd)
{
	const struct param *last = NULL;

	for_each_param(arg, cmd->args)
		last = arg;
	return last;
}

/* -ECANCELED: it was told that it cannot be. */
static int find_source(const struct context *ctx, struct remote *remote)
{
	const struct command *cmd = remote->inv->command;
	const struct value *file = invocation_get(remote->inv, "file");
	const struct param *data = last_argument(cmd);

	if (!(cmd->flags & COMMAND_SENDS))
		return 0;
	if (file && strcmp(file->text, "-") != 0) {
		remote->source_path = file->text;
		if (remote->n > 1 && !is_file(file->text))
			return refuse(remote->res, "only a file can be sent to several hosts",
				      "name one host");
		return 0;
	}
	if (!file && invocation_get(remote->inv, data->name))
		return 0;
	if (ctx->stdin_is_script)
		return refuse(remote->res, "standard input is the script",
			      "write the data behind the device, or name a --file");
	if (remote->n > 1)
		return refuse(remote->res, "standard input cannot be sent to several hosts",
			      "name one host, or a --file");
	remote->source = STDIN_FILENO;
	return 0;
}

static int check_sense(const struct context *ctx, struct remote *remote)
{
	if (remote->n > 1 && remote->inv->command->view == VIEW_BYTES &&
	    !result_is_json(remote->res))
		return refuse(remote->res, "data of several hosts cannot be told apart",
			      "name one host, or use --json");
	for (size_t i = 0; i < remote->inv->n_values; i++) {
		const struct value *value = &remote->inv->values[i];

		if (value->param->type == VALUE_FILE &&
		    invocation_is_argument(remote->inv, value->param) &&
		    strcmp(value->text, "-") != 0)
			return refuse(remote->res, "a file of another machine cannot be written",
				      "name none: it goes to standard output");
	}
	return find_source(ctx, remote);
}

static void remote_done(struct remote *remote)
{
	for (size_t i = 0; remote->hosts && i < remote->n; i++) {
		struct host *host = &remote->hosts[i];

		if (!host->remote)
			continue;
		ssh_done(&host->ssh);
		while (host->first)
			item_free(take_first(host));
		if (host->unpack)
			unpack_free(host->unpack);
	}
	free(remote->hosts);
	free(remote->fds);
	free(remote->buf);
	free(remote->command_line);
}

static int allocate(struct remote *remote)
{
	remote->hosts = calloc(remote->n, sizeof(remote->hosts[0]));
	remote->fds = calloc(remote->n * FDS_PER_HOST + 1, sizeof(remote->fds[0]));
	remote->buf = malloc(CHUNK_BYTES);
	remote->command_line = remote_command_line(remote->inv);
	return remote->hosts && remote->fds && remote->buf && remote->command_line ? 0 : -ENOMEM;
}

int remote_run(struct context *ctx, char **hosts, const struct invocation *inv, struct result *res)
{
	_cleanup_(remote_done) struct remote remote = {
		.inv = inv,
		.res = res,
		.n = mydev_strv_length(hosts),
		.source = -1,
		.streams = result_is_stream(inv),
	};
	int r;

	r = check_sense(ctx, &remote);
	if (r < 0)
		return r == -ECANCELED ? 0 : r;
	r = allocate(&remote);
	if (r >= 0)
		r = tags_new(&ctx->tags);
	if (r < 0)
		return r;
	remote.tags = ctx->tags;
	r = begin(&remote, hosts);
	if (r >= 0)
		r = show_queued(&remote);
	return r < 0 ? r : follow(&remote);
}
