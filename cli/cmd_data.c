// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that move data through the node of a device: send and receive.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "command.h"
#include "device.h"
#include "hex.h"
#include "scoped.h"
#include "utf8.h"
#include "wait.h"

#define CHUNK_BYTES (64 * 1024UL) /* read or written at a time */
#define ITEM_BYTES_MAX (1024 * 1024UL) /* of data in one item of a document */
#define PATIENCE_USEC UINT64_C(2000000) /* until somebody is told what the command waits for */

#define WAS_TOLD (-ECANCELED) /* an error that res has */

static uint64_t find_deadline(const struct invocation *inv)
{
	const struct value *timeout = invocation_get(inv, "timeout");

	return timeout ? wait_deadline(timeout->number) : WAIT_FOREVER;
}

/* ---- send ---- */

struct sending {
	struct context *ctx;
	struct result *res;
	const struct mydev_dev *dev;
	int node;
	int source; /* -1: the data is all in buf */
	const char *source_name;
	char *buf; /* what was not sent yet begins at pos */
	size_t pos, len;
	bool is_hex;
	struct hex_reader hex;
	uint64_t deadline, sent;
	uint64_t total; /* of the source, in bytes to send; 0: not known */
	bool was_patient;
};

static int fail_source(const struct sending *s, int err)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_FAILED, err, "cannot read %s: %s", s->source_name,
		  strerror(-err));
	error_set_device(&error, s->dev->name);
	(void)result_fail(s->res, &error);
	return WAS_TOLD;
}

/* at_end: the text is over, else the reader has found something in it. */
static int fail_hex(const struct sending *s, bool at_end)
{
	_scoped_(error) struct mydev_error error = {};

	if (at_end)
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, 0,
			  "%s: the last byte lacks its second digit", s->source_name);
	else
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, 0,
			  "%s: character %" PRIu64 " is no hexadecimal digit", s->source_name,
			  s->hex.position + 1);
	error_set_device(&error, s->dev->name);
	(void)result_fail(s->res, &error);
	return WAS_TOLD;
}

/*
 * The time is over, and more was given than can be sent in it. What can be sent without any time is.
 */
static bool is_late(const struct sending *s)
{
	return s->sent && wait_is_over(s->deadline);
}

/* Reads on from the source. 0: that was all. */
static int fill(struct sending *s)
{
	ssize_t n;
	int r;

	if (s->source < 0)
		return 0;
	r = wait_ready(s->source, POLLIN, s->deadline, s->ctx->in_shell);
	if (r < 0)
		return r;
	n = read(s->source, s->buf, CHUNK_BYTES);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : fail_source(s, -errno);
	if (!n && s->is_hex && hex_end(&s->hex) < 0)
		return fail_hex(s, true);
	if (n > 0 && is_late(s))
		return -ETIMEDOUT;
	r = n > 0;
	if (s->is_hex)
		n = hex_read(&s->hex, s->buf, (size_t)n, s->buf);
	if (n < 0)
		return fail_hex(s, false);
	s->pos = 0;
	s->len = (size_t)n;
	return r;
}

static void note_full(struct sending *s)
{
	_scoped_(error) struct mydev_error note = {};

	error_set(&note, MYDEV_EXIT_STATUS_DONE, 0, "waits: the device takes no more data for now");
	error_set_cure(&note, "is its receive ring full? 'receive %s' reads it, Ctrl-C ends",
		       s->dev->name);
	error_set_device(&note, s->dev->name);
	result_note(s->res, &note);
}

/* Until the device takes data again. Whoever waits in vain for long is told so, once. */
static int wait_writable(struct sending *s)
{
	uint64_t patience = wait_deadline(PATIENCE_USEC);
	bool in_shell = s->ctx->in_shell;
	int r;

	if (s->was_patient || s->deadline <= patience)
		return wait_ready(s->node, POLLOUT, s->deadline, in_shell);
	r = wait_ready(s->node, POLLOUT, patience, in_shell);
	if (r != -ETIMEDOUT)
		return r;
	s->was_patient = true;
	note_full(s);
	return wait_ready(s->node, POLLOUT, s->deadline, in_shell);
}

/* Sends what is in the buffer. */
static int drain(struct sending *s)
{
	while (s->pos < s->len) {
		ssize_t n = write(s->node, s->buf + s->pos, s->len - s->pos);
		int r = 0;

		if (n >= 0) {
			s->pos += (size_t)n;
			s->sent += (uint64_t)n;
			result_progress(s->res, s->sent, s->total);
		} else if (errno == EAGAIN) {
			r = is_late(s) ? -ETIMEDOUT : wait_writable(s);
		} else if (errno != EINTR) {
			(void)device_fail(s->ctx, s->res, s->dev, -errno);
			r = WAS_TOLD;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int fail_send_timed_out(const struct sending *s)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, ETIMEDOUT,
		  s->pos < s->len ? "timed out: the device took %" PRIu64 " bytes and no more" :
				    "timed out: the data had no end after %" PRIu64 " bytes",
		  s->sent);
	if (s->pos < s->len)
		error_set_cure(&error, "is its receive ring full? 'receive %s' reads it",
			       s->dev->name);
	error_set_device(&error, s->dev->name);
	return result_fail(s->res, &error);
}

static int add_sent(const struct sending *s)
{
	_scoped_(sent) struct mydev_sent sent = { .bytes = s->sent };

	sent.device = strdup(s->dev->name);
	if (!sent.device)
		return -ENOMEM;
	MYDEV_SET(&sent, SENT, DEVICE);
	MYDEV_SET(&sent, SENT, BYTES);
	return result_add(s->res, &mydev_sent_desc, &sent, 0);
}

static int send_all(struct sending *s)
{
	int r, r2;

	do {
		r = drain(s);
		if (r == 0)
			r = fill(s);
	} while (r > 0);

	r2 = r == 0 || s->sent ? add_sent(s) : 0;
	if (r == -ETIMEDOUT)
		r = fail_send_timed_out(s);
	if (r == -EINTR || r == WAS_TOLD)
		r = 0;
	return r < 0 ? r : r2;
}

/* A command line that is of no use, for which the table has no words. */
static int fail_usage(struct result *res, const char *param, const char *cause, const char *cure)
{
	_scoped_(error) struct mydev_error error = {};

	error_set(&error, MYDEV_EXIT_STATUS_USAGE, 0, "%s", cause);
	error_set_attribute(&error, param);
	if (cure)
		error_set_cure(&error, "%s", cure);
	(void)result_fail(res, &error);
	return WAS_TOLD;
}

/* The argument is the data; its digits are looked at before anything is sent. */
static int take_argument(struct sending *s, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	s->buf = strdup(text);
	if (!s->buf)
		return -ENOMEM;
	if (s->is_hex) {
		len = hex_read(&s->hex, text, strlen(text), s->buf);
		if (len < 0 || hex_end(&s->hex) < 0)
			return fail_usage(s->res, "DATA", "these are no bytes in hexadecimal",
					  "two digits each, as \"68 69 0a\"");
	}
	s->source = -1;
	s->len = (size_t)len;
	return 0;
}

/* What is left to read of a file; 0: it has no size. */
static uint64_t find_size(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (at < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < at)
		return 0;
	return (uint64_t)(st.st_size - at);
}

/* A pipe whose other end nobody has opened yet is waited for like data. */
static int open_source(struct sending *s, const char *path)
{
	if (path && strcmp(path, "-") != 0) {
		s->source_name = path;
		s->source = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} else if (s->ctx->stdin_is_script) {
		return fail_usage(s->res, "DATA", "standard input is the script",
				  "write the data behind the device, or name a --file");
	} else {
		s->source_name = "standard input";
		s->source = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	}
	if (s->source < 0)
		return fail_source(s, -errno);
	s->total = s->is_hex ? 0 : find_size(s->source);
	s->buf = malloc(CHUNK_BYTES);
	return s->buf ? 0 : -ENOMEM;
}

static int choose_source(struct sending *s, const struct invocation *inv)
{
	const struct value *data = invocation_get(inv, "DATA"), *file = invocation_get(inv, "file");

	if (data && file)
		return fail_usage(s->res, "DATA", "DATA and --file exclude each other", NULL);
	return data ? take_argument(s, data->text) : open_source(s, file ? file->text : NULL);
}

static void sending_done(struct sending *s)
{
	mydev_close_p(&s->node);
	mydev_close_p(&s->source);
	free(s->buf);
}

int cmd_send(struct context *ctx, const struct invocation *inv, struct result *res)
{
	_scoped_(dev) struct mydev_dev dev = {};
	_cleanup_(sending_done) struct sending s = {
		.ctx = ctx,
		.res = res,
		.dev = &dev,
		.node = -1,
		.source = -1,
		.is_hex = invocation_get(inv, "hex"),
		.deadline = find_deadline(inv),
	};
	int r;

	r = choose_source(&s, inv);
	if (r < 0)
		return r == WAS_TOLD ? 0 : r;
	if (device_get(ctx, res, invocation_get(inv, "DEV")->text, &dev) < 0)
		return 0;
	s.node = device_open(ctx, res, &dev, O_WRONLY);
	return s.node < 0 ? 0 : send_all(&s);
}

/* ---- receive ---- */

struct receiving {
	struct context *ctx;
	struct result *res;
	const struct mydev_dev *dev;
	int node;
	char *buf; /* of item_max bytes */
	size_t len, item_max;
	bool keeps_on; /* until it is ended; else what is there, or up to a count */
	bool counts; /* left is what was asked for */
	uint64_t left, received, deadline;
	uint64_t there; /* what is still taken of it; UINT64_MAX: no end is known yet */
};

/* Valid UTF-8 without a NUL byte; text ends with one. */
static bool is_text(const char *text, size_t len)
{
	if (strlen(text) != len)
		return false;
	while (*text) {
		size_t n = mydev_utf8_length(text);

		if (!n)
			return false;
		text += n;
	}
	return true;
}

/* Shows what the buffer has. */
static int add_data(struct receiving *rx)
{
	_scoped_(data) struct mydev_data data = { .bytes = rx->len };
	int r;

	if (!rx->len)
		return 0;
	rx->buf[rx->len] = '\0';
	MYDEV_SET(&data, DATA, BYTES);
	r = mydev_set_text(&data, &data.device, MYDEV_A_DATA_DEVICE, strdup(rx->dev->name));
	if (r >= 0)
		r = mydev_set_text(&data, &data.hex, MYDEV_A_DATA_HEX,
				   hex_encode(rx->buf, rx->len));
	if (r >= 0 && is_text(rx->buf, rx->len))
		r = mydev_set_text(&data, &data.text, MYDEV_A_DATA_TEXT, strdup(rx->buf));
	if (r < 0)
		return r;
	rx->len = 0;
	return result_add(rx->res, &mydev_data_desc, &data, 0);
}

static bool waits_for_more(const struct receiving *rx)
{
	return rx->keeps_on || rx->counts;
}

/*
 * Whoever waits for more gets what is there when the time is over, else it is what is there when
 * the first of it is: of what keeps coming there is no end.
 */
static int find_end(struct receiving *rx)
{
	int used;

	if (waits_for_more(rx) ? rx->there != UINT64_MAX || !wait_is_over(rx->deadline) :
				 rx->received > 0)
		return 0;
	if (ioctl(rx->node, FIONREAD, &used) < 0)
		return -errno;
	/* Nothing, though it is readable: that is an error, which reading tells. */
	rx->there = used ? (uint64_t)used : 1;
	return 0;
}

static int read_some(struct receiving *rx)
{
	size_t want = rx->item_max - rx->len;
	ssize_t n;

	want = want < rx->left ? want : rx->left;
	n = read(rx->node, rx->buf + rx->len, want < rx->there ? want : rx->there);
	if (n < 0)
		return -errno;
	rx->len += (size_t)n;
	rx->received += (uint64_t)n;
	rx->left -= (uint64_t)n;
	if (rx->there != UINT64_MAX)
		rx->there -= (uint64_t)n;
	return 0;
}

/* 1: there may be more to come. */
static int go_on(const struct receiving *rx)
{
	if (rx->left && !rx->there && waits_for_more(rx))
		return -ETIMEDOUT;
	return rx->left && rx->there;
}

/* One step; as above. */
static int receive_some(struct receiving *rx)
{
	int r;

	r = wait_ready(rx->node, POLLIN, rx->deadline, rx->ctx->in_shell);
	if (r < 0)
		return r;
	r = find_end(rx);
	if (r >= 0)
		r = read_some(rx);
	/* Another reader was faster. */
	if (r == -EAGAIN || r == -EINTR)
		return waits_for_more(rx) || !rx->received;
	if (r < 0) {
		(void)device_fail(rx->ctx, rx->res, rx->dev, r);
		return WAS_TOLD;
	}
	result_progress(rx->res, rx->received, rx->counts ? rx->received + rx->left : 0);
	if (rx->len == rx->item_max || !result_is_document(rx->res))
		r = add_data(rx);
	return r < 0 ? r : go_on(rx);
}

static int fail_receive_timed_out(const struct receiving *rx)
{
	_scoped_(error) struct mydev_error error = {};

	if (rx->counts)
		error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, ETIMEDOUT,
			  "timed out after %" PRIu64 " of %" PRIu64 " bytes", rx->received,
			  rx->received + rx->left);
	else
		error_set(&error, MYDEV_EXIT_STATUS_TIMED_OUT, ETIMEDOUT,
			  "timed out before any data came");
	error_set_device(&error, rx->dev->name);
	return result_fail(rx->res, &error);
}

static int receive_all(struct receiving *rx)
{
	int r, r2;

	rx->buf = malloc(rx->item_max + 1);
	if (!rx->buf)
		return -ENOMEM;
	do {
		r = receive_some(rx);
	} while (r > 0);

	/* What was taken from the device is shown, however it ended. */
	r2 = add_data(rx);
	if (r == -ETIMEDOUT)
		r = rx->keeps_on && !rx->counts ? 0 : fail_receive_timed_out(rx);
	if (r == -EINTR || r == WAS_TOLD)
		r = 0;
	return r < 0 ? r : r2;
}

static void receiving_done(struct receiving *rx)
{
	mydev_close_p(&rx->node);
	free(rx->buf);
}

int cmd_receive(struct context *ctx, const struct invocation *inv, struct result *res)
{
	const struct value *count = invocation_get(inv, "count");
	_scoped_(dev) struct mydev_dev dev = {};
	_cleanup_(receiving_done) struct receiving rx = {
		.ctx = ctx,
		.res = res,
		.dev = &dev,
		.node = -1,
		.item_max = result_is_document(res) ? ITEM_BYTES_MAX : CHUNK_BYTES,
		.keeps_on = invocation_get(inv, "follow"),
		.counts = count,
		.left = count ? count->number : UINT64_MAX,
		.there = UINT64_MAX,
		.deadline = find_deadline(inv),
	};

	if (device_get(ctx, res, invocation_get(inv, "DEV")->text, &dev) < 0)
		return 0;
	rx.node = device_open(ctx, res, &dev, O_RDONLY);
	return rx.node < 0 ? 0 : receive_all(&rx);
}
