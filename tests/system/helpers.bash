# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the system tests share: loading and unloading the modules, waiting, other users, and `check`, which runs the
# Python of a test. Assertions are the tests' own.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

# shellcheck disable=SC2034 # for the tests
programs=/src/build/tests/system

# How many times longer than usual anything may take before it counts as hung: tests/vm/run says so of slow kernels.
slowness=${MYDEV_SLOWNESS:-1}

# unload_modules: whoever would hold them or load them again is stopped first
unload_modules() {
	local backend
	systemctl --quiet stop mydevd.service 2>/dev/null || true
	for backend in /sys/module/mydev/holders/*; do
		[[ ! -e $backend ]] || modprobe -r "${backend##*/}"
	done
	if [[ -e /sys/module/mydev ]]; then
		modprobe -r mydev
	fi
}

# load_modules [PARAMETER=VALUE]...: loads both anew; the parameters are those of mydev_virt, or of mydev as mydev.NAME
load_modules() {
	local parameter core=() virt=()
	for parameter; do
		case $parameter in
		mydev.*) core+=("${parameter#mydev.}") ;;
		*) virt+=("$parameter") ;;
		esac
	done
	unload_modules
	modprobe mydev "${core[@]}"
	modprobe mydev_virt "${virt[@]}"
}

# forget_journal: what was logged before is gone; else mydevd may find that the end of an earlier test's load is not on
# record, and say so
forget_journal() {
	journalctl --quiet --rotate --vacuum-size=1
}

# wait_until COMMAND...: fails when it does not succeed within half a minute, times the slowness
wait_until() {
	local deadline=$((SECONDS + 30 * slowness))
	until "$@"; do
		if ((SECONDS > deadline)); then
			fail "waited in vain for: $*"
		fi
		sleep 0.1
	done
}

# as_user COMMAND...: as the unprivileged account of the guest
as_user() {
	setpriv --reuid=user --regid=user --init-groups -- "$@"
}

# check [COMMAND...]: runs the Python on standard input with everything of node.py, by COMMAND if given (as_user).
# The script goes as a descriptor, which other users can read too.
check() {
	local script=$BATS_TEST_TMPDIR/check.py
	{ echo "from node import *" && cat; } >"$script"
	PYTHONPATH=$BATS_TEST_DIRNAME PYTHONPYCACHEPREFIX=/tmp/pycache \
		"$@" timeout $((120 * slowness)) python3 -S /dev/fd/9 9<"$script"
}

# kernel_log_since MARK: what the kernel logged since `mark=$(kernel_log_mark)`
kernel_log_mark() {
	local mark=mydev-test-$BATS_SUITE_TEST_NUMBER-$RANDOM
	echo "$mark" >/dev/kmsg
	echo "$mark"
}
kernel_log_since() {
	dmesg | sed -n "/$1/,\$p" | tail -n +2
}

# sleep_and_wake: the devices go to sleep and wake up again, the processors do not. The folder that the tests are in is
# away meanwhile, since 9p is not made for this, and so are the ports of the VM's agent, which are deaf afterwards on 7.3.
sleep_and_wake() {
	local mounts device devices status=0
	local source target options
	mounts=$(findmnt -rn -t 9p -o SOURCE,TARGET,OPTIONS)
	devices=$(cd /sys/bus/virtio/drivers && echo {9pnet_virtio,virtio_console}/virtio*)
	while read -r source target options; do
		umount "$target"
	done <<<"$mounts"
	for device in $devices; do
		echo "${device#*/}" >"/sys/bus/virtio/drivers/${device%/*}/unbind"
	done
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo devices >/sys/power/pm_test
	echo mem >/sys/power/state || status=1
	echo none >/sys/power/pm_test
	for device in $devices; do
		echo "${device#*/}" >"/sys/bus/virtio/drivers/${device%/*}/bind"
	done
	while read -r source target options; do
		mount -t 9p -o "$options" "$source" "$target"
	done <<<"$mounts"
	return $status
}
