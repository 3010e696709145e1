#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What mydevctl prints, to the letter: the sessions in golden/, run again. How they are written down and what may vary
# is in golden.py; `make golden` writes them anew.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

setup() {
	forget_journal
	load_modules devices=2
	udevadm settle
}

# golden: the session whose name the test has prints what is written down; with MYDEV_GOLDEN, a folder, it is written
# there
golden() {
	local name=$BATS_TEST_DESCRIPTION found=$BATS_TEST_TMPDIR/found
	"$BATS_TEST_DIRNAME/golden.py" "$BATS_TEST_DIRNAME/golden/$name.txt" >"$found"
	if [[ ${MYDEV_GOLDEN-} ]]; then
		cp "$found" "$MYDEV_GOLDEN/$name.txt"
		return
	fi
	diff -u --label "golden/$name.txt" --label "what came out" "$BATS_TEST_DIRNAME/golden/$name.txt" "$found" ||
		fail "if it is to be so: make golden, and look at the difference"
}

@test "every command and every session has its test" {
	local name
	for name in $(mydevctl help --json | jq -r '.items[1:][].name'); do
		[[ -e $BATS_TEST_DIRNAME/golden/$name.txt ]] || fail "there is no golden/$name.txt"
	done
	for name in "$BATS_TEST_DIRNAME"/golden/*.txt; do
		name=$(basename "$name" .txt)
		grep -qx "@test \"$name\" { golden; }" "$BATS_TEST_FILENAME" || fail "no test for golden/$name.txt"
	done
}

@test "list" { golden; }
@test "status" { golden; }
@test "reset" { golden; }
@test "set" { golden; }
@test "add" { golden; }
@test "remove" { golden; }
@test "send" { golden; }
@test "receive" { golden; }
@test "watch" { golden; }
@test "top" { golden; }
@test "monitor" { golden; }
@test "events" { golden; }
@test "inject" { golden; }
@test "selftest" { golden; }
@test "registers" { golden; }
@test "doctor" { golden; }
@test "report" { golden; }
@test "help" { golden; }
@test "version" { golden; }
@test "select" { golden; }
@test "exit" { golden; }
@test "usage" { golden; }
@test "errors" { golden; }
@test "empty" { golden; }
@test "scripts" { golden; }
@test "narrow" { golden; }
@test "colour" { golden; }
