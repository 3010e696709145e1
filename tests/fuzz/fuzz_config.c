// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer entry: arbitrary bytes as mydevd.conf. What is not refused must be within its bounds.
 */

#include <stdint.h>
#include <stdlib.h>

#include "daemon/config.h"
#include "span.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct config *config)
{
	if (config->recovery_tries < 1 || config->recovery_tries > 1000 ||
	    !config->recovery_period_usec || !config->hook_timeout_usec ||
	    config->recovery_grace_usec > USEC_PER_SEC * 86400 * 365)
		abort();
	for (size_t i = 0; i < CONFIG_N_HOOKS; i++)
		if (config->hooks[i] && config->hooks[i][0] != '/')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_config_report_ struct config_report report = {};
	_cleanup_config_ struct config config = {};
	_cleanup_fclose_ FILE *file = NULL;

	if (!size)
		return 0;
	file = fmemopen((void *)data, size, "r");
	if (!file)
		abort();
	config_set_defaults(&config);
	if (config_parse(file, "fuzz", &config, &report) < 0)
		abort();
	if (report.refused && !report.lines)
		abort();
	check(&config);
	return 0;
}
