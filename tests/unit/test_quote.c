// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command lines for other machines: what a shell makes of them is what went in.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/quote.h"

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static void assert_quoted(char **words, const char *want)
{
	_cleanup_free_ char *line = quote_words(words);

	assert_non_null(line);
	assert_string_equal(line, want);
}

static void what_is_harmless_stays_as_it_is(void **state)
{
	assert_quoted(WORDS("mydevctl", "--json", "set", "--", "mydev0", "/dev/mydev1"),
		      "mydevctl --json set -- mydev0 /dev/mydev1");
	assert_quoted(NULL, "");
}

static void all_else_is_quoted(void **state)
{
	assert_quoted(WORDS("", " ", "a b"), "'' ' ' 'a b'");
	assert_quoted(WORDS("$(reboot)", "`x`", "a;b", "~"), "'$(reboot)' '`x`' 'a;b' '~'");
	assert_quoted(WORDS("it's", "'", "\\", "a\\n"), "'it'\\''s' \\' \\\\ 'a'\\\\'n'");
}

/* Every byte that a word can have, one a word and all in one; printf gives each back with a newline. */
static void a_shell_gives_back_every_byte(void **state)
{
	char bytes[UINT8_MAX][2] = {}, all[UINT8_MAX + 1] = {};
	char *words[UINT8_MAX + 4] = { "printf", "%s\\n" };
	_cleanup_free_ char *line = NULL, *back = NULL;
	size_t size = 0;
	FILE *shell;

	for (unsigned int i = 0; i < UINT8_MAX; i++) {
		bytes[i][0] = all[i] = (char)(i + 1);
		words[i + 2] = bytes[i];
	}
	words[UINT8_MAX + 2] = all;
	line = quote_words(words);
	assert_non_null(line);
	/* NOLINTNEXTLINE(cert-env33-c): what a shell makes of it is the question */
	shell = popen(line, "r");
	assert_non_null(shell);
	for (unsigned int i = 0; i < UINT8_MAX; i++) {
		assert_int_equal(fgetc(shell), i + 1);
		assert_int_equal(fgetc(shell), '\n');
	}
	assert_true(getdelim(&back, &size, '\0', shell) > 0);
	assert_memory_equal(back, all, sizeof(all) - 1);
	assert_string_equal(back + sizeof(all) - 1, "\n");
	assert_int_equal(pclose(shell), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_harmless_stays_as_it_is),
		cmocka_unit_test(all_else_is_quoted),
		cmocka_unit_test(a_shell_gives_back_every_byte),
	};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
