# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of mydevctl share: running it, looking at what it prints, and waiting for it in the background.

load helpers

# ctl STATUS ARGUMENT...: mydevctl must exit with STATUS; its output is in $output, its errors in $stderr
ctl() {
	local status_wanted=$1
	shift
	run --separate-stderr "-$status_wanted" mydevctl "$@"
}

# valid [KIND...]: $output is documents of these kinds, valid against the schemas
valid() {
	"$BATS_TEST_DIRNAME/validate.py" "$@" <<<"$output"
}

# json EXPRESSION: of $output, by jq
json() {
	jq --compact-output --raw-output "$1" <<<"$output"
}

assert_stderr() {
	[[ $stderr = "$1" ]] || fail "stderr is: $stderr"
}

assert_stderr_has() {
	[[ $stderr = *"$1"* ]] || fail "stderr has no '$1': $stderr"
}

# background COMMAND...: its output goes to $log, its process is $pid
background() {
	log=$BATS_TEST_TMPDIR/log
	"$@" >"$log" 2>"$log.err" 3>&- &
	pid=$!
}

# ended STATUS: the background process ends, with this status
ended() {
	local status=0
	wait "$pid" || status=$?
	[[ $status = "$1" ]] || fail "it exits with $status, not $1: $(cat "$log" "$log.err")"
}

in_log() {
	grep -q -- "$1" "$log"
}
