#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Users of devices against all that can happen to them. MILLISECONDS (of each pair) and SEED, in the environment, make it
# longer and repeat a run:
#   make test-system TESTS=tests/system/race.bats VM_FLAGS="--env MILLISECONDS=5000 --env SEED=4711"

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((3000 * slowness))
}

@test "whatever happens to a device, its users get an answer, and the modules can be removed" {
	local seed=${SEED:-$RANDOM}
	echo "# seed $seed, ${MILLISECONDS:-200} ms each" >&3
	load_modules devices=2
	"$programs/race" "$seed" "${MILLISECONDS:-200}" >&3
	unload_modules
}
