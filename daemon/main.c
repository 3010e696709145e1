// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydevd: logs the events of mydev devices to the journal. Options only; the work is daemon.c's.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "config.h"
#include "daemon.h"
#include "libmydev.h"
#include "logger.h"
#include "say.h"

#define EXIT_USAGE 2

static void print_help(void)
{
	puts("Usage: mydevd [OPTION]...\n"
	     "Log the events of mydev devices to the journal.\n"
	     "\n"
	     "  -j, --journal               log to the journal and resume from it, as the service\n"
	     "                              does; otherwise, unless standard error is the journal,\n"
	     "                              print the events to standard error\n"
	     "  -b, --receive-buffer=BYTES  receive buffer of the event socket\n"
	     "  -c, --check                 check the configuration and exit: 0 when it can be used\n"
	     "      --config=FOLDER         look for the configuration here and nowhere else\n"
	     "  -h, --help                  print this help and exit\n"
	     "      --version               print the version and exit\n"
	     "\n"
	     "It is normally run by systemd: systemctl start mydevd. See mydevd(8).");
}

static int usage_error(void)
{
	fputs("Try 'mydevd --help'.\n", stderr);
	return EXIT_USAGE;
}

/* As systemd.exec(5) says under $JOURNAL_STREAM. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

static int parse_size(const char *text, size_t *ret)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n > INT32_MAX)
		return -EINVAL;
	*ret = n;
	return 0;
}

static void say_refused(const struct config_report *report)
{
	struct logger *logger;

	if (logger_new(true, &logger) < 0)
		return;
	say_report(logger, report);
	say_reload_refused(logger);
	logger_free(logger);
}

/* The files that are read are the output; journal: it is for the service, which is being reloaded. */
static int check_config(const char *const *folders, bool journal)
{
	_cleanup_config_report_ struct config_report report = {};
	_cleanup_config_ struct config config = {};
	int r;

	r = config_load(folders, &config, &report);
	/* A reload that goes on says all but this itself. */
	if (journal && r < 0)
		say_refused(&report);
	if (journal)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	for (char **line = report.lines; line && *line; line++)
		fprintf(stderr, "mydevd: %s\n", *line);
	for (char **file = report.files; file && *file; file++)
		printf("%s\n", *file);
	if (!report.files)
		puts("there is no configuration file: events are logged and nothing else is done");
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	enum { OPTION_VERSION = 256, OPTION_CONFIG };
	static const struct option long_options[] = {
		{ "journal", no_argument, NULL, 'j' },
		{ "receive-buffer", required_argument, NULL, 'b' },
		{ "check", no_argument, NULL, 'c' },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{},
	};
	struct daemon_options options = {
		.journal = stderr_is_journal(),
		.folders = config_folders,
	};
	const char *folders[] = { NULL, NULL };
	bool check = false;
	int c;

	while ((c = getopt_long(argc, argv, "jb:ch", long_options, NULL)) != -1) {
		switch (c) {
		case 'j':
			options.journal = true;
			break;
		case 'b':
			if (parse_size(optarg, &options.receive_buffer) < 0) {
				fprintf(stderr,
					"mydevd: --receive-buffer=%s: not a number of bytes\n",
					optarg);
				return usage_error();
			}
			break;
		case 'c':
			check = true;
			break;
		case OPTION_CONFIG:
			if (access(optarg, X_OK) < 0) {
				fprintf(stderr, "mydevd: --config=%s: %s\n", optarg,
					strerror(errno));
				return usage_error();
			}
			folders[0] = optarg;
			options.folders = folders;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case OPTION_VERSION:
			printf("mydevd %s\n", mydev_version());
			return EXIT_SUCCESS;
		default:
			return usage_error();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mydevd: unexpected argument: %s\n", argv[optind]);
		return usage_error();
	}
	if (check)
		return check_config(options.folders, options.journal);
	/* Who looks at events by hand does not want a second one to act on them. */
	if (!options.journal && !folders[0])
		options.folders = folders;
	return daemon_run(&options);
}
