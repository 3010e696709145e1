#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Long streams, each record of them checked. MEGABYTES and SEED, in the environment, make it longer and repeat a failure:
#   make test-system TESTS=tests/system/integrity.bats VM_FLAGS="--env MEGABYTES=256 --env SEED=4711"

load seeded

@test "whatever the policy, the sizes and the changes of settings, what is lost is exactly what is counted" {
	load_modules devices=0
	seeded integrity "${MEGABYTES:-4}" "MiB each, or what takes each ring round"
}
