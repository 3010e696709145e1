// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of the shell as words.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/scoped.h"
#include "cli/tokenize.h"

/* The words of line, joined by bars, and how it ended. */
static void assert_words(const char *line, enum token_end want_end, const char *want)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *joined = NULL;
	enum token_end end;

	assert_int_equal(tokenize(line, &words, &end), 0);
	assert_int_equal(end, want_end);
	joined = mydev_strv_join(words, "|");
	assert_non_null(joined);
	assert_string_equal(joined, want);
}

static void blanks_separate_words(void **state)
{
	assert_words("reset mydev0", TOKEN_COMPLETE, "reset|mydev0");
	assert_words("  reset\t mydev0 \r\n", TOKEN_COMPLETE, "reset|mydev0");
}

static void nothing_is_no_word(void **state)
{
	_cleanup_strv_ char **words = NULL;
	enum token_end end;

	assert_int_equal(tokenize("  \t ", &words, &end), 0);
	assert_null(words);
}

static void single_quotes_keep_everything(void **state)
{
	assert_words("inject a 'it is \"hot\" \\ #1'", TOKEN_COMPLETE,
		     "inject|a|it is \"hot\" \\ #1");
}

static void double_quotes_know_two_escapes(void **state)
{
	assert_words("\"a \\\"b\\\" \\\\ \\n 'c'\"", TOKEN_COMPLETE, "a \"b\" \\ \\n 'c'");
}

static void a_backslash_escapes_any_byte(void **state)
{
	assert_words("a\\ b \\# \\' \\\\", TOKEN_COMPLETE, "a b|#|'|\\");
}

static void quotes_join_with_what_is_beside_them(void **state)
{
	assert_words("rx-'policy'=\"dr\"op", TOKEN_COMPLETE, "rx-policy=drop");
}

static void empty_quotes_are_a_word(void **state)
{
	_cleanup_strv_ char **words = NULL;
	enum token_end end;

	assert_int_equal(tokenize("a '' \"\"", &words, &end), 0);
	assert_int_equal(mydev_strv_length(words), 3);
	assert_string_equal(words[1], "");
	assert_string_equal(words[2], "");
}

static void a_comment_begins_at_the_start_of_a_word(void **state)
{
	assert_words("list # all of them", TOKEN_COMPLETE, "list");
	assert_words("# nothing", TOKEN_COMPLETE, "");
	assert_words("a#b", TOKEN_COMPLETE, "a#b");
	assert_words("'#' b", TOKEN_COMPLETE, "#|b");
}

static void nothing_is_expanded(void **state)
{
	assert_words("$HOME `id` $(id) * ~ a;b | c & <d", TOKEN_COMPLETE,
		     "$HOME|`id`|$(id)|*|~|a;b|||c|&|<d");
}

static void what_is_not_closed_is_told(void **state)
{
	assert_words("a 'b c", TOKEN_IN_SINGLE_QUOTES, "a|b c");
	assert_words("a \"b", TOKEN_IN_DOUBLE_QUOTES, "a|b");
	assert_words("a b\\", TOKEN_AFTER_BACKSLASH, "a|b");
	assert_null(token_end_error(TOKEN_COMPLETE));
	assert_non_null(token_end_error(TOKEN_IN_SINGLE_QUOTES));
	assert_non_null(token_end_error(TOKEN_IN_DOUBLE_QUOTES));
	assert_non_null(token_end_error(TOKEN_AFTER_BACKSLASH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_separate_words),
		cmocka_unit_test(nothing_is_no_word),
		cmocka_unit_test(single_quotes_keep_everything),
		cmocka_unit_test(double_quotes_know_two_escapes),
		cmocka_unit_test(a_backslash_escapes_any_byte),
		cmocka_unit_test(quotes_join_with_what_is_beside_them),
		cmocka_unit_test(empty_quotes_are_a_word),
		cmocka_unit_test(a_comment_begins_at_the_start_of_a_word),
		cmocka_unit_test(nothing_is_expanded),
		cmocka_unit_test(what_is_not_closed_is_told),
	};

	return cmocka_run_group_tests_name("tokenize", tests, NULL, NULL);
}
