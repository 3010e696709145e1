#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Users of devices against all that can happen to them. MILLISECONDS (of each pair) and SEED, in the environment, make it
# longer and repeat a run:
#   make test-system TESTS=tests/system/race.bats VM_FLAGS="--cpus 4 --env MILLISECONDS=5000 --env SEED=4711"

load seeded

@test "whatever happens to a device, its users get an answer, and the modules can be removed" {
	load_modules devices=2
	seeded race "${MILLISECONDS:-$((200 * slowness))}" "ms each"
	unload_modules
}
