// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmydev's requests for tests: one client that lives as long as standard input does. Each line is a command and
 * KEY=VALUE for what the request carries; each is answered by one line, "ok" with what came back or the name of the
 * errno with the kernel's words:
 *
 *	get name=mydev0            ok id=0 name=mydev0 kind=virt ...
 *	set id=0 rx-size=5000      EINVAL rx-size: must be a power of two
 *	list                       ok 2 mydev0 mydev1
 *	events seq=5 [epoch=UUID]  ok 5 6 7
 *	registers name=mydev0      ok id=0x10000ed status=0x80
 *	reset name=mydev0 *1000    a thousand times, with the answer to the last or the first that failed
 *	open                       once more from the beginning, with a new client
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "libmydev.h"

typedef int (*dev_fn)(struct mydev_client *c, const struct mydev_dev *want, struct mydev_dev *ret);

static int dev_del(struct mydev_client *c, const struct mydev_dev *which, struct mydev_dev *ret)
{
	return mydev_dev_del(c, which);
}

static const struct {
	const char *name;
	dev_fn fn;
} dev_commands[] = {
	{ "get", mydev_dev_get }, { "set", mydev_dev_set }, { "new", mydev_dev_new },
	{ "del", dev_del },	  { "reset", mydev_reset }, { "inject", mydev_fault_inject },
};

static void print_object(const struct mydev_desc *desc, const void *obj)
{
	mydev_for_each_field(field, desc) {
		_cleanup_free_ char *text = NULL;

		if (mydev_field_format(field, obj, &text) == 0)
			printf(" %s=%s", field->name, text);
	}
}

/* The rest of the command line; *ret_times is how often it is to be done. */
static int parse_words(const struct mydev_desc *desc, char *words, void *obj,
		       unsigned long *ret_times)
{
	const struct mydev_field *field;
	char *word, *value;
	int r;

	*ret_times = 1;
	while ((word = strsep(&words, " "))) {
		if (*word == '*') {
			*ret_times = strtoul(word + 1, NULL, 10);
			continue;
		}
		value = strchr(word, '=');
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		field = mydev_field_find(desc, word);
		if (!field)
			return -ENOENT;
		r = mydev_field_parse(field, value, obj);
		if (r < 0)
			return r;
	}
	return 0;
}

static int run_dev(struct mydev_client *c, dev_fn fn, char *words)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev want = {}, got = {};
	unsigned long times;
	int r;

	r = parse_words(&mydev_dev_desc, words, &want, &times);
	while (r == 0 && times--)
		r = fn(c, &want, &got);
	if (r < 0)
		return r;
	printf("ok");
	print_object(&mydev_dev_desc, &got);
	return 0;
}

static int run_info(struct mydev_client *c)
{
	_cleanup_(mydev_info_clear) struct mydev_info info = {};
	int r;

	r = mydev_info_get(c, &info);
	if (r < 0)
		return r;
	printf("ok");
	print_object(&mydev_info_desc, &info);
	return 0;
}

static int run_list(struct mydev_client *c)
{
	struct mydev_dev *devs;
	size_t n;
	int r;

	r = mydev_dev_dump(c, &devs, &n);
	if (r < 0)
		return r;
	printf("ok %zu", n);
	for (size_t i = 0; i < n; i++)
		printf(" %s", devs[i].name);
	mydev_devs_free(devs, n);
	return 0;
}

/* Into a buffer: if the dump fails, the answer is the error alone. */
static int note_seq(const struct mydev_event *event, void *userdata)
{
	return fprintf(userdata, " %llu", (unsigned long long)event->seq) < 0 ? -EIO : 0;
}

static int run_events(struct mydev_client *c, char *words)
{
	_cleanup_(mydev_event_clear) struct mydev_event from = {};
	_cleanup_free_ char *text = NULL;
	unsigned long times;
	size_t size;
	FILE *out;
	int r;

	r = parse_words(&mydev_event_desc, words, &from, &times);
	if (r < 0)
		return r;
	out = open_memstream(&text, &size);
	if (!out)
		return -errno;
	r = mydev_event_dump(c, MYDEV_HAS(&from, EVENT, EPOCH) ? from.epoch : NULL, from.seq,
			     note_seq, out);
	fclose(out);
	if (r == 0)
		printf("ok%s", text);
	return r;
}

static int run_registers(struct mydev_client *c, char *words)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev which = {};
	struct mydev_register *registers;
	unsigned long times;
	size_t n;
	int r;

	r = parse_words(&mydev_dev_desc, words, &which, &times);
	if (r < 0)
		return r;
	r = mydev_register_dump(c, &which, &registers, &n);
	if (r < 0)
		return r;
	printf("ok");
	for (size_t i = 0; i < n; i++)
		printf(" %s=%#llx", registers[i].name, (unsigned long long)registers[i].value);
	mydev_registers_free(registers, n);
	return 0;
}

static int run(struct mydev_client **c, char *line)
{
	char *name = strsep(&line, " ");
	int r;

	if (!*c) {
		r = mydev_client_new(c);
		if (r < 0)
			return r;
	}
	if (!strcmp(name, "open"))
		return printf("ok") < 0 ? -EIO : 0;
	if (!strcmp(name, "info"))
		return run_info(*c);
	if (!strcmp(name, "list"))
		return run_list(*c);
	if (!strcmp(name, "events"))
		return run_events(*c, line);
	if (!strcmp(name, "registers"))
		return run_registers(*c, line);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(dev_commands); i++)
		if (!strcmp(name, dev_commands[i].name))
			return run_dev(*c, dev_commands[i].fn, line);
	return -ENOTSUP;
}

int main(void)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *c = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "open")) {
			mydev_client_free(c);
			c = NULL;
		}
		r = run(&c, line);
		if (r < 0) {
			printf("%s", strerrorname_np(-r));
			if (c && mydev_client_error(c))
				printf(" %s", mydev_client_error(c));
		}
		printf("\n");
	}
	return 0;
}
