# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Running suites that print TAP and adding up what they report. One that ends badly without a failed test counts as one
# failure. To be sourced at the top of the tree; report goes last.

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

suite() {
	local name=$1 status ok not_ok
	shift
	echo "# ---- $name"
	"$@" | tee "$log"
	status=$?
	# What was left out proves nothing.
	ok=$(grep -viE '^ok .*# skip' "$log" | grep -c '^ok ')
	not_ok=$(grep -ciE '^not ok |^ok .*# skip' "$log")
	grep -iE '^ok .*# skip' "$log" | sed 's/^/# left out: /'
	if ((status != 0 && not_ok == 0)); then
		echo "# $name ended with status $status"
		not_ok=1
	elif ((ok + not_ok == 0)); then
		echo "# $name ran no test"
		not_ok=1
	fi
	passed=$((passed + ok))
	failed=$((failed + not_ok))
}

# report: prints the line that ends it all, and fails if anything has
report() {
	echo "$passed passed, $failed failed"
	((failed == 0))
}
