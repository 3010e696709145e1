// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an invocation back to words, for another machine.
 */

#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "quote.h"
#include "remote.h"
#include "scoped.h"
#include "span.h"

static int append(char ***words, const char *word)
{
	return mydev_strv_append(words, word, strlen(word));
}

static int append_option(char ***words, const struct invocation *inv, const struct value *value)
{
	bool file = value->param->type == VALUE_FILE && inv->command->flags & COMMAND_SENDS;
	_cleanup_free_ char *word = NULL;
	int r;

	if (!value->word)
		r = mydev_asprintf(&word, "--%s", value->param->name);
	else if (value->param->type == VALUE_TIME) /* as the clock of this machine has it */
		r = mydev_asprintf(&word, "--%s=@%" PRIu64 ".%06" PRIu64, value->param->name,
				   value->number / USEC_PER_SEC, value->number % USEC_PER_SEC);
	else
		r = mydev_asprintf(&word, "--%s=%s", value->param->name, file ? "-" : value->word);
	return r < 0 ? r : append(words, word);
}

char *remote_command_line(const struct invocation *inv)
{
	_cleanup_strv_ char **words = NULL;
	int r;

	r = append(&words, "mydevctl");
	if (r >= 0)
		r = append(&words, "--json");
	if (r >= 0)
		r = append(&words, inv->command->name);
	for (size_t i = 0; i < inv->n_values && r >= 0; i++) {
		const struct param *param = inv->values[i].param;

		if (!invocation_is_argument(inv, param) && !(param->flags & PARAM_SHOWING) &&
		    param->type != VALUE_HOST)
			r = append_option(&words, inv, &inv->values[i]);
	}
	if (r >= 0)
		r = append(&words, "--");
	for (size_t i = 0; i < inv->n_values && r >= 0; i++)
		if (invocation_is_argument(inv, inv->values[i].param))
			r = append(&words, inv->values[i].word);
	return r < 0 ? NULL : quote_words(words);
}
