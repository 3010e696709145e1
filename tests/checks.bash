# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests/check and tests/check-static share: to be sourced at the top of the tree.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# check NAME COMMAND...: passes when the command exits with 0
check() {
	local name=$1
	shift
	if "$@" >"$scratch/out" 2>&1; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		sed 's/^/        /' "$scratch/out"
		# shellcheck disable=SC2034 # for who sources this
		failed=1
	fi
}

# clean_build COMMAND...: fails when a build of modules prints anything but what it is and that BTF is skipped: headers lack
# the vmlinux that it needs
clean_build() {
	local out
	out=$("$@" 2>&1) || { echo "$out"; return 1; }
	! grep -vE '^$|^  KBUILD|Skipping BTF generation' <<<"$out"
}

# quiet COMMAND...: fails when the command prints anything
quiet() {
	local out
	out=$("$@" 2>&1) || { echo "$out"; return 1; }
	[[ -z $out ]] || { echo "$out"; return 1; }
}
