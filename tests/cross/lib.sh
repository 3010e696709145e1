# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts of this folder share: the machines that mydev is built for elsewhere than on them.

# shellcheck source=../vm/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../vm/lib.sh"
cross=$top/tests/cross

# machine (Debian's name)|kernel's name|prefix of the compiler|what is special
machines='
arm64|arm64|aarch64-linux-gnu|boots from a device tree
s390x|s390|s390x-linux-gnu|big-endian
'

# machine NAME: sets name, arch, triplet and root, the folder of `fetch NAME`
# shellcheck disable=SC2034 # for who sources this
machine() {
	root=$("$cross/fetch" "$1") || exit 125
	IFS='|' read -r name arch triplet _ < <(grep "^$1|" <<<"$machines")
}
