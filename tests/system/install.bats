#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# make install and make uninstall on a running system: what they place and remove, and that systemd, udev, the journal
# and modprobe know of it at once. The other tests see what a staged installation (DESTDIR=) gives after a boot.

load helpers

fault=2481c0a1468d43239fcb92f19abd2115

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
	# As much of a kernel's build tree as tells its release.
	export KDIR=$BATS_FILE_TMPDIR/kernel
	mkdir -p "$KDIR/include/generated"
	echo "#define UTS_RELEASE \"$(uname -r)\"" >"$KDIR/include/generated/utsrelease.h"
	# The modules are in a folder of their own when those of the guide were built beside them.
	if modinfo --field=name mydev_toy >/dev/null 2>&1; then
		export MYDEV_GUIDE=y
	fi
}

# What the other suites need.
teardown_file() {
	[[ -e /usr/local/bin/mydevctl ]] || installing install
}

setup() {
	unload_modules
}

# installing TARGET [VARIABLE=VALUE]...: make for a tree that is built; the guest has no compiler
installing() {
	make --no-print-directory -C /src -o build-deps -o user -o modules KDIR="$KDIR" "$@"
}

# traces: files of mydev in the system; mydev-vm is this VM's own
traces() {
	find /etc /usr/local /usr/lib -name '*mydev*' ! -name '*mydev-vm*'
}

@test "make uninstall leaves nothing behind but the user" {
	systemctl --quiet enable --now mydevd
	modprobe -r mydev
	installing uninstall
	assert_equal "$(traces)" ''
	run ! systemctl cat mydevd
	assert_equal "$(systemctl is-active mydevd)" inactive
	run ! journalctl --dump-catalog $fault
	run ! modprobe --dry-run mydev
	id mydev
}

@test "make install places everything, and all who must know do" {
	[[ ! -e /usr/local/bin/mydevctl ]] || installing uninstall
	systemctl --quiet reset-failed mydevd 2>/dev/null || true
	userdel mydev
	installing install

	modprobe mydev_virt
	udevadm settle
	assert_equal "$(stat -c '%G %a' /dev/mydev0)" 'mydev 660'
	assert_equal "$(readlink /dev/my_device)" mydev0
	systemctl start mydevd
	assert_equal "$(stat -c %U "/proc/$(systemctl show --property=MainPID --value mydevd)")" mydev
	run journalctl --dump-catalog $fault
	assert_line --regexp '^Subject: Device .* reports a fault'
	assert_equal "$(mydevctl version --json | jq -r '.items[0].module')" "$(modinfo -F version mydev)"
	local file
	for file in man/man1/mydevctl.1 man/man4/mydev.4 man/man8/mydevd.8 mydev/schema/event.json; do
		diff "/usr/local/share/$file" <(cat /src/docs/man/"${file##*/}" /src/proto/schema/"${file##*/}" 2>/dev/null)
	done
	diff -r /usr/local/include/linux /src/proto/uapi/linux
	diff /usr/local/share/bash-completion/completions/mydevctl /src/cli/completions/mydevctl.bash
	diff /usr/local/share/zsh/site-functions/_mydevctl /src/cli/completions/_mydevctl
	diff /usr/local/share/fish/vendor_completions.d/mydevctl.fish /src/cli/completions/mydevctl.fish
}

@test "make install twice is the same as once" {
	local before
	before=$(traces | sort)
	installing install
	assert_equal "$(traces | sort)" "$before"
}

@test "make install refuses a prefix below which systemd and udev do not look" {
	run -2 installing install PREFIX=/opt/mydev
	assert_line --partial 'make install: systemd and udev look for nothing below /opt/mydev'
	[[ ! -e /opt/mydev ]]
}
