# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share: messages, the cache, building a thing in it exactly once.

vm=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$vm/../..")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydev

say() { echo "tests/vm: $*" >&2; }

die() {
	say "$*"
	exit 125
}

# quietly COMMAND...: its output is shown only if it fails
quietly() {
	local log
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		say "failed: $*"
		return 1
	fi
	rm -f "$log"
}

# build_once TARGET COMMAND...: runs COMMAND... TARGET.tmp to make what becomes TARGET, unless it exists.
# Callers at the same time wait for the first. TARGET is there whole or not at all; what an interrupted
# build left is removed by the next.
build_once() {
	local target=$1 lock
	shift
	[[ -e $target ]] && return
	mkdir -p "$(dirname "$target")"
	exec {lock}>"$target.lock"
	if ! flock --nonblock "$lock"; then
		say "waiting for another session that is making $target"
		flock "$lock"
	fi
	if [[ ! -e $target ]]; then
		rm -rf "$target.tmp"
		if ! "$@" "$target.tmp"; then
			rm -rf "$target.tmp"
			die "could not make $target"
		fi
		mv -T "$target.tmp" "$target"
	fi
	exec {lock}>&-
}

# bootstrap SUITE DIR SOURCES [ARGUMENT]...: a minimal Debian in DIR; the mirror is reached as by this machine's apt
bootstrap() {
	local suite=$1 dir=$2 sources=$3 conf
	shift 3
	conf=$(apt-config dump --format '%F "%v";%n' Acquire::http Acquire::https Acquire::Retries \
		Acquire::Check-Valid-Until Acquire::Check-Date)
	quietly mmdebstrap --mode=root --variant=minbase --format=directory ${conf:+--aptopt="$conf"} \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		"$@" "$suite" "$dir" "$sources"
}

# forget_unused TARGET: removes what stands beside TARGET and has not been used for two weeks
forget_unused() {
	touch "$1"
	find "$(dirname "$1")" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
}

# disk_of DIRECTORY FILE FREE_MIB: an ext4 image of DIRECTORY with room left, made without mounting it
disk_of() {
	local used
	used=$(du -sm --apparent-size "$1" | cut -f 1)
	rm -f "$2"
	truncate -s "$((used * 5 / 4 + $3 + 32))M" "$2"
	quietly mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1 -d "$1" "$2"
}
