// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer entry: arbitrary bytes as a line of the shell. It is a command, or an error with words for it;
 * and Tab at its end has an answer.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/parse.h"
#include "cli/scoped.h"
#include "cli/tokenize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(candidates_done) struct candidates candidates = {};
	_cleanup_(invocation_done) struct invocation inv = {};
	_scoped_(error) struct mydev_error error = {};
	_cleanup_free_ char *line = NULL;
	_cleanup_strv_ char **words = NULL;
	enum token_end end;
	int r;

	if (!size)
		return 0;
	line = strndup((const char *)data + 1, size - 1);
	if (!line || answer_find(line, NULL, &candidates) < 0 || tokenize(line, &words, &end) < 0)
		abort();
	if (end != TOKEN_COMPLETE && !token_end_error(end))
		abort();
	if (!words)
		return 0;
	r = parse_selected(words, data[0] & 1, data[0] & 2 ? "mydev0" : NULL, &inv, &error);
	if (r == -EINVAL ? !MYDEV_HAS(&error, ERROR, CAUSE) : r != 0)
		abort();
	return 0;
}
