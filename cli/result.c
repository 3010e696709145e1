// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses the sink for an invocation, keeps the worst status, and sees to it that what could not be
 * written is told.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "pager.h"
#include "progress.h"
#include "result.h"
#include "scoped.h"
#include "sink.h"
#include "style.h"
#include "tag.h"
#include "utf8.h"

struct result {
	const struct result_place *place;
	const struct command *command;
	struct pager *pager; /* NULL: there is none */
	FILE *out; /* of the sink: the pager's, or that of the place */
	struct sink *sink;
	char *columns; /* of the sink, where they are not those of the table; NULL: they are */
	bool json;
	FILE *held; /* messages that wait for the end of the output; NULL: they need not */
	char *held_text;
	size_t held_size;
	bool streams; /* its items have no end */
	struct progress progress;
	size_t n_items;
	bool told_empty;
	enum mydev_exit_status status;
	int write_error; /* why the output is not whole; 0: it is */
};

bool result_is_stream(const struct invocation *inv)
{
	for (size_t i = 0; i < inv->n_values; i++)
		if (inv->values[i].param->flags & PARAM_STREAM)
			return true;
	return inv->command && inv->command->flags & COMMAND_STREAM;
}

/* Whether its items have their host. */
static bool is_tagged(const struct result *res)
{
	return res->place->tagged && res->command && !(res->command->flags & COMMAND_HERE);
}

static enum bytes_form bytes_form(const struct invocation *inv, FILE *out)
{
	if (invocation_get(inv, "hex"))
		return BYTES_HEX;
	return isatty(fileno(out)) ? BYTES_FOR_TERMINAL : BYTES_EXACT;
}

/*
 * The columns that are asked for, or those of the command; NULL: all. With the host as one more where
 * there is one. -ENOMEM.
 */
static int choose_columns(struct result *res, const struct invocation *inv, const char **ret)
{
	const struct value *asked = invocation_get(inv, "columns");

	*ret = asked ? asked->text : inv->command ? inv->command->columns : NULL;
	if (!*ret || !is_tagged(res))
		return 0;
	if (mydev_asprintf(&res->columns, TAG_NAME ",%s", *ret) < 0)
		return -ENOMEM;
	*ret = res->columns;
	return 0;
}

/* One picture in the place of the other, or else lines: of all, unless some columns are asked for. */
static struct sink *new_screen_sink(struct result *res, const struct invocation *inv,
				    const char *columns, bool headings)
{
	bool colour = style_wants_colour(res->place->out);

	if (style_can_move(res->place->out) && !is_tagged(res))
		return sink_new_screen(res->out, colour, columns, headings);
	return sink_new_line(res->out, colour, invocation_get(inv, "columns") ? columns : NULL);
}

static struct sink *new_text_sink(struct result *res, const struct invocation *inv)
{
	const struct command *cmd = inv->command;
	FILE *terminal = res->place->out, *out = res->out;
	bool colour = style_wants_colour(terminal), headings;
	const char *columns;

	if (choose_columns(res, inv, &columns) < 0)
		return NULL;
	headings = cmd && !(cmd->flags & COMMAND_NO_HEADINGS) && !invocation_get(inv, "noheadings");
	switch (cmd ? cmd->view : VIEW_NONE) {
	case VIEW_NONE:
		return sink_new_null();
	case VIEW_RECORD:
		return sink_new_record(out, colour);
	case VIEW_LINE:
		return sink_new_line(out, colour, NULL);
	case VIEW_NAME:
		return is_tagged(res) ? sink_new_table(out, colour, columns, false) :
					sink_new_name(out, columns);
	case VIEW_SCREEN:
		return new_screen_sink(res, inv, columns, headings);
	case VIEW_BYTES:
		return sink_new_bytes(out, cmd->columns, bytes_form(inv, terminal));
	case VIEW_SECTION:
		return sink_new_section(out, colour);
	case VIEW_PAGE:
		return sink_new_page(out, colour, style_width(terminal));
	case VIEW_TABLE:
		return sink_new_table(out, colour, columns, headings);
	}
	return NULL;
}

/* Who reads a terminal may want to do so at leisure. */
static bool wants_pager(const struct result *res, const struct invocation *inv)
{
	return inv->command && inv->command->flags & COMMAND_PAGED && !res->json && !res->streams &&
	       !res->place->file && !invocation_get(inv, "no-pager") &&
	       style_can_move(res->place->out);
}

static void result_free(struct result *res)
{
	pager_end(res->pager);
	if (res->held)
		fclose(res->held);
	free(res->held_text);
	sink_free(res->sink);
	free(res->columns);
	free(res);
}

int result_new(struct result **ret, const struct invocation *inv, const struct result_place *place)
{
	const struct value *json = invocation_get(inv, "json");
	struct result *res = calloc(1, sizeof(*res));
	bool pretty, holds;

	if (!res)
		return -ENOMEM;
	res->place = place;
	res->command = inv->command;
	res->json = json || place->json;
	res->streams = result_is_stream(inv);
	pretty = json ? json->number == MYDEV_JSON_STYLE_PRETTY : place->pretty;

	/* Without one, all is there as well. */
	if (wants_pager(res, inv))
		(void)pager_begin(&res->pager);
	res->out = res->pager ? pager_stream(res->pager) : place->out;

	if (!res->json)
		res->sink = new_text_sink(res, inv);
	else if (res->streams)
		res->sink = sink_new_json_stream(place->out, inv->command->kind, pretty);
	else
		res->sink =
			sink_new_json(place->out, inv->command ? inv->command->kind : NULL, pretty);
	/* On a terminal, a message would stand in the midst of a document, or before its table. */
	holds = res->sink && (res->sink->end || res->pager);
	if (holds)
		res->held = open_memstream(&res->held_text, &res->held_size);
	if (!res->sink || (holds && !res->held)) {
		result_free(res);
		return -ENOMEM;
	}
	*ret = res;
	return 0;
}

bool result_is_json(const struct result *res)
{
	return res->json;
}

bool result_is_document(const struct result *res)
{
	return res->json && !res->streams;
}

/* Whether what was written could be; to be asked before errno says something else. */
static int check_written(struct result *res)
{
	if (ferror(res->out) && !res->write_error)
		res->write_error = -errno ?: -EIO;
	return res->write_error;
}

int result_add(struct result *res, const struct mydev_desc *desc, const void *obj,
	       uint64_t when_usec)
{
	int r;

	errno = 0;
	r = res->sink->item(res->sink, desc, obj, when_usec);
	if (r < 0)
		return r;
	res->n_items++;
	return check_written(res);
}

/* What is for people only: in JSON they see it. */
static void tell_empty(struct result *res)
{
	if (res->json || res->n_items || res->status || res->told_empty || !res->command ||
	    !res->command->empty)
		return;
	fprintf(res->place->err, "mydevctl: %s\n", res->command->empty);
	res->told_empty = true;
}

int result_picture(struct result *res)
{
	int r = 0;

	errno = 0;
	if (res->sink->picture)
		r = res->sink->picture(res->sink);
	else
		tell_empty(res);
	return r < 0 ? r : check_written(res);
}

void result_progress(struct result *res, uint64_t done, uint64_t total)
{
	struct stat st;

	if (res->json || !style_can_move(res->place->err))
		return;
	/* Whatever reads a pipe may use the terminal as well. */
	if (res->command->view == VIEW_NONE ||
	    (fstat(fileno(res->place->out), &st) == 0 && S_ISREG(st.st_mode)))
		progress_show(&res->progress, res->place->err, done, total);
}

static void write_message(struct result *res, const struct mydev_error *error)
{
	_cleanup_free_ char *message = mydev_utf8_escape(error->message ?: "out of memory");
	_cleanup_free_ char *file = error->file ? mydev_utf8_escape(error->file) : NULL;
	FILE *err = res->held ?: res->place->err;

	progress_hide(&res->progress, res->place->err);
	fputs("mydevctl: ", err);
	if (file)
		fprintf(err, "%s:%u: ", file, error->line);
	fprintf(err, "%s\n", message ?: "out of memory");
}

/* Completes the error by what is known here. */
static void finish_error(const struct result *res, struct mydev_error *error)
{
	if (res->command && !error->command)
		error_set_command(error, res->command->name);
	error_set_place(error, res->place->file, res->place->line);
	error_finish(error);
}

void result_note(struct result *res, struct mydev_error *note)
{
	finish_error(res, note);
	fflush(res->out);
	write_message(res, note);
}

int result_fail(struct result *res, struct mydev_error *error)
{
	int r = 0;

	finish_error(res, error);
	if (error->status > res->status)
		res->status = error->status;

	fflush(res->out);
	write_message(res, error);
	if (res->sink->error)
		r = res->sink->error(res->sink, error);
	return r < 0 ? r : check_written(res);
}

int result_check(struct result *res)
{
	_scoped_(error) struct mydev_error error = {};
	int r;

	if (!res->sink->missing)
		return 0;
	error_set_missing_part(&error, res->sink->missing);
	r = result_fail(res, &error);
	return r < 0 ? r : -ECANCELED;
}

static void fail_as_a_whole(struct result *res, int r, const char *what)
{
	_scoped_(error) struct mydev_error error = {};

	if (r == -ENOPKG)
		error_set_missing_part(&error, NULL);
	else
		error_set(&error, MYDEV_EXIT_STATUS_FAILED, r, "%s%s", what, strerror(-r));
	(void)result_fail(res, &error);
}

static void release_messages(struct result *res)
{
	if (!res->held)
		return;
	if (fclose(res->held) == 0)
		fputs(res->held_text, res->place->err);
	res->held = NULL;
}

static void finish_output(struct result *res)
{
	int r = 0;

	progress_hide(&res->progress, res->place->err);
	errno = 0;
	if (res->sink->end)
		r = res->sink->end(res->sink);
	fflush(res->out);
	if (r < 0 && !res->write_error)
		res->write_error = r;
	r = check_written(res);
	if (res->pager)
		r = 0; /* who left it has seen enough */
	pager_end(MYDEV_TAKE(res->pager));
	release_messages(res);
	if (!r)
		return;
	/* Only stderr is left to say it on. */
	clearerr(res->out);
	res->sink->error = NULL;
	fail_as_a_whole(res, res->write_error, "the output cannot be written: ");
}

enum mydev_exit_status result_finish(struct result *res, int r)
{
	enum mydev_exit_status status;

	if (r < 0 && !res->write_error)
		fail_as_a_whole(res, r, "");
	finish_output(res);
	/* A stream may have been ended before it could know. */
	if (!res->streams)
		tell_empty(res);

	status = res->status;
	result_free(res);
	return status;
}

void sink_free(struct sink *sink)
{
	if (sink)
		sink->free(sink);
}
