# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts of this folder share: messages, the cache, building a thing in it exactly once.

vm=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$vm/../..")
# shellcheck disable=SC2034 # for who sources this
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

# unpack_linux CONF SUITE DIR PACKAGE...: downloads those packages of the kernel that apt would install for PACKAGE... from
# SUITE, and unpacks them below DIR. CONF is as `mirror config` prints it.
unpack_linux() {
	local conf=$1 suite=$2 dir=$3 debs deb chosen
	shift 3
	mkdir -p "$dir/debs"
	quietly apt-get -c "$conf" -qq update || return
	# Only the solver knows which packages make up a kernel: their number and names change with each release.
	debs=$(apt-get -c "$conf" -qq -y -t "$suite" --no-install-recommends --print-uris install "$@" |
		awk '{ print $2 }' | grep -E '^linux-.*[0-9]_' | grep -v '^linux-base_') || return
	mapfile -t chosen < <(sed 's/^\([^_]*\)_\(.*\)_\([^_]*\)\.deb$/\1:\3=\2/; s/:all=/=/; s/%3a/:/' <<<"$debs")
	(cd "$dir/debs" && quietly apt-get -c "$conf" -qq -o APT::Sandbox::User=root download "${chosen[@]}") || return
	for deb in "$dir"/debs/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return
	done
	rm -r "$dir/debs"
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

# forget_make: the variables of a make that this runs below are not for the one that is run here
forget_make() { unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES; }

# in_buildroot ROOT DIR COMMAND...: chroots into ROOT, where the source tree is at the same place, and DIR at /mnt
in_buildroot() {
	mkdir -p "$1$top"
	# shellcheck disable=SC2016 # the shell in the new namespace expands it
	unshare --mount -- bash -euc 'root=$1 top=$2 dir=$3; shift 3
		mount --bind "$top" "$root$top"; mount --bind "$dir" "$root/mnt"; mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"
		exec chroot "$root" "$@"' bash "$1" "$top" "${@:2}"
}

# kernel_make KERNEL_DIR DIR ARGUMENT...: make in the source tree for that kernel, where the tools of its build tree run;
# what it installs goes below DIR
kernel_make() {
	local kernel=$1 dir=$2 make=(make -s -C "$top" -j "$(nproc)")
	shift 2
	if [[ -e $kernel/buildroot ]]; then
		in_buildroot "$kernel/buildroot" "$dir" \
			"${make[@]}" DESTDIR=/mnt KDIR="/lib/modules/$(<"$kernel/release")/build" "$@"
	else
		"${make[@]}" DESTDIR="$dir" KDIR="$kernel/build" "$@"
	fi
}

# forget_unused TARGET: removes what stands beside TARGET and has not been used for two weeks. A root that another session
# is just making has been changed of late, whatever age its packages give it.
forget_unused() {
	touch "$1"
	find "$(dirname "$1")" -mindepth 1 -maxdepth 1 -ctime +14 -exec rm -rf {} +
}

# disk_of DIRECTORY FILE FREE_MIB: an ext4 image of DIRECTORY with room left, made without mounting it
disk_of() {
	local used
	used=$(du -sm --apparent-size "$1" | cut -f 1)
	rm -f "$2"
	truncate -s "$((used * 5 / 4 + $3 + 32))M" "$2"
	quietly mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1 -d "$1" "$2"
}
