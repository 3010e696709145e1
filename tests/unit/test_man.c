// SPDX-License-Identifier: GPL-2.0-only
/*
 * The examples of mydevctl(1), which are written by hand, are command lines that mydevctl takes.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/parse.h"
#include "cli/scoped.h"
#include "cli/tokenize.h"

#define PAGE "docs/man/mydevctl.1"

static void assert_parses(const char *line, bool in_session)
{
	_cleanup_(invocation_done) struct invocation inv = {};
	_scoped_(error) struct mydev_error error = {};
	_cleanup_strv_ char **words = NULL;
	enum token_end end;

	assert_int_equal(tokenize(line, &words, &end), 0);
	assert_int_equal(end, TOKEN_COMPLETE);
	if (parse(words, in_session, &inv, &error) < 0)
		fail_msg(PAGE ": example '%s': %s (%s)", line, error.cause, error.cure ?: "");
}

/* What of a line of sh(1) is for mydevctl; NULL: it does not run it. */
static char *arguments(const char *line)
{
	const char *program = strstr(line, "mydevctl ");

	if (!program)
		return NULL;
	program += strlen("mydevctl ");
	return strndup(program, strcspn(program, "|;<>\n"));
}

static void every_example_is_a_valid_command_line(void **state)
{
	_cleanup_fclose_ FILE *page = fopen(PAGE, "re");
	_cleanup_free_ char *line = NULL;
	bool examples = false, literal = false, script = false;
	size_t size = 0, n = 0;

	if (!page)
		fail_msg(PAGE ": %s (unit tests run in the top folder)", strerror(errno));
	while (getline(&line, &size, page) > 0) {
		_cleanup_free_ char *words = arguments(line);

		if (!strncmp(line, ".Sh", strlen(".Sh")))
			examples = !strcmp(line, ".Sh EXAMPLES\n");
		if (line[0] == '.')
			literal = !strncmp(line, ".Bd -literal", strlen(".Bd -literal"));
		if (line[0] == '.' || !examples || !literal)
			continue;
		if (!strcmp(line, "EOF\n"))
			script = false;
		if (script || words) {
			assert_parses(script ? line : words, script);
			n++;
		}
		script |= strstr(line, "<<'EOF'") != NULL;
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_a_valid_command_line),
	};

	return cmocka_run_group_tests_name("man", tests, NULL, NULL);
}
