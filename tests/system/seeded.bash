# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the suites share that are one long run of a program of ours, whose choices a seed repeats.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((3000 * slowness))
}

# seeded PROGRAM LENGTH UNIT: runs it with SEED of the environment, or another one each time; says both, and what it says
seeded() {
	local seed=${SEED:-$RANDOM}
	echo "# seed $seed, $2 $3" >&3
	"$programs/$1" "$seed" "$2" >&3
}
