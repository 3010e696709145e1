#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit suites of module/*_test.c: loading their module runs them, and the kernel keeps the results.

setup_file() {
	modprobe mydev_test
}

teardown_file() {
	modprobe -r mydev_test
}

# passed SUITE: every case of it, and there is one. What the results are is shown otherwise.
passed() {
	local cases ok
	cat "/sys/kernel/debug/kunit/$1/results"
	cases=$(sed -n 's/^    1\.\.//p' "/sys/kernel/debug/kunit/$1/results")
	ok=$(grep -cE '^    ok [0-9]+ ' "/sys/kernel/debug/kunit/$1/results")
	((cases > 0 && ok == cases)) && ! grep -E 'not ok|# SKIP' "/sys/kernel/debug/kunit/$1/results"
}

@test "the ring passes its suite" {
	passed mydev_ring
}

@test "the policies of the ring pass their suite" {
	passed mydev_policy
}

@test "the event log and the edges pass their suite" {
	passed mydev_event
}
