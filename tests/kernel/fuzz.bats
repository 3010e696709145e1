#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Fuzzers against the modules, as root and as a user: one of our own, which knows the spec and follows the coverage, and
# those of Debian. Needs the sanitized kernel, --monitor, and --with stress-ng --with trinity. FUZZ_SECONDS (of each) and
# SEED, in the environment, make it longer and repeat a run. What is kept is in /share, if there is one.
#
# The verdict of the last two is that of the kernel's log, which fails the run, and what each test looks at after them.

load ../system/helpers
load ../system/gadget

fuzz=/src/build/tests/kernel/fuzz/fuzz
seconds=${FUZZ_SECONDS:-60}

setup_file() {
	export BATS_TEST_TIMEOUT=$((seconds + 300 * slowness))
	# Devices come and go at a rate at which udev would be most of the work, and the kinds that are asked for do not exist.
	systemctl --quiet stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service
	cat /proc/sys/kernel/modprobe >"$BATS_FILE_TMPDIR/modprobe"
	echo >/proc/sys/kernel/modprobe
	kept=$BATS_FILE_TMPDIR
	if mountpoint --quiet /share; then
		kept=/share
	fi
	export kept
}

teardown_file() {
	unload_modules
	cat "$BATS_FILE_TMPDIR/modprobe" >/proc/sys/kernel/modprobe
	systemctl --quiet start systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service
}

teardown() {
	# Without power, it says so by an error.
	echo 0 >/sys/bus/pci/slots/1/power || true
	remove_gadgets
}

# fuzzed FOLDER [OPTION]...: our own, with its progress shown and in $output
fuzzed() {
	set -o pipefail
	"$fuzz" --seconds "$seconds" --seeds /src/tests/kernel/fuzz/seeds ${SEED:+--seed "$SEED"} --keep "$kept/$1" "${@:2}" | tee "$BATS_TEST_TMPDIR/out" >&3
	output=$(<"$BATS_TEST_TMPDIR/out")
}

# lists TITLE FUNCTION...: what the last run says that it has executed of the modules (reached), or has not (not reached)
lists() {
	local function
	for function in "${@:2}"; do
		grep -qE "^# $1:.* $function( |\$)" <<<"$output" || fail "$function is not among those $1"
	done
}

# grows: what the last run came to is more than what it began with
grows() {
	local seeds all
	seeds=$(sed -n 's/^# the seeds reach \([0-9]*\) points$/\1/p' <<<"$output")
	all=$(sed -n 's/^# .* programs of .*, \([0-9]*\) points$/\1/p' <<<"$output")
	assert [ "$seeds" -gt 0 ]
	assert [ "$all" -gt "$seeds" ]
}

# devices_for_users N: so many, which everybody can open
devices_for_users() {
	load_modules devices="$1"
	chmod 666 /dev/mydev*
}

# events_so_far: the number of the newest event
events_so_far() {
	PYTHONPATH=/src/tests/system PYTHONPYCACHEPREFIX=/tmp/pycache \
		python3 -S -c 'from family import *; print(Family().do("info-get")["event_last"])'
}

# busied COMMAND...: in a folder where everybody can write, it opens and closes devices, as their events tell
busied() {
	local before
	before=$(events_so_far)
	cd "$(mktemp -d)" || return
	chmod 777 .
	"$@"
	assert [ "$(events_so_far)" -gt "$before" ]
}

# draw_seed: $seed is SEED of the environment, or another one each time; says it
draw_seed() {
	seed=${SEED:-$RANDOM}
	echo "# seed $seed" >&3
}

is_left() {
	[[ $(</sys/class/mydev/mydev0/users) -eq 0 ]]
}

still_works() {
	wait_until is_left
	mydevctl reset mydev0 >/dev/null
	run -0 mydevctl selftest mydev0
	unload_modules
}

@test "programs of root, which follow the coverage, find no trouble" {
	load_modules devices=0
	fuzzed as-root
	lists reached mydev_nl_dev_set_doit mydev_ring_resize_swap mydev_rx_lost mydev_nl_event_get_dumpit mydev_virt_del \
		mydev_selftest_loopback mydev_fault mydev_read_more mydev_write_more
	grows
	still_works
}

@test "programs of a user, who gets nowhere where devices are changed, find no trouble" {
	load_modules devices=0
	fuzzed as-user --user user
	lists reached mydev_nl_dev_get_dumpit mydev_nl_event_get_dumpit mydev_read_more mydev_write_more mydev_poll mydev_reset
	lists 'not reached' mydev_nl_dev_set_doit mydev_nl_dev_new_doit mydev_nl_dev_del_doit mydev_nl_reset_doit \
		mydev_nl_fault_inject_doit mydev_nl_selftest_doit
	grows
	still_works
}

@test "programs at an edu find no trouble" {
	load_modules devices=0
	modprobe mydev_edu
	/src/tests/vm/guest/monitor device_add edu,id=fuzzed,bus=port1
	wait_until test -c /dev/mydev0
	fuzzed at-edu
	lists reached edu_open edu_dma_write edu_dma_reset edu_read_register edu_selftest edu_probe edu_remove
	still_works
}

@test "programs at a device on USB find no trouble" {
	load_modules devices=0
	modprobe mydev_usb
	load_bus
	gadget a 0 high Loopback
	plug a
	fuzzed at-usb
	lists reached mydev_usb_open mydev_usb_pipe_write mydev_usb_pipe_drop mydev_usb_probe mydev_usb_disconnect
	still_works
}

@test "a program that was kept is executed again, and each call says what it gave" {
	load_modules devices=0
	printf '%s\n' 'open 0 0 0x802' 'write 0 0 5' 'read 0 4 1' 'netlink dev-set 5 1 0 0 id:00000000 rx-policy:ff000000' '' \
		'read 0 0 5' >"$BATS_TEST_TMPDIR/program"
	run -0 "$fuzz" --keep "$BATS_TEST_TMPDIR/kept" --replay "$BATS_TEST_TMPDIR/program"
	assert_line 'write 0 0 0x5 # = 5'
	assert_line 'read 0 0x4 0x1 # = -14, Bad address'
	assert_line --regexp '^netlink dev-set .* rx-policy:ff000000 # = -34, '
	assert_line 'read 0 0 0x5 # = -9, Bad file descriptor'
	echo 'writ 0 0 5' >>"$BATS_TEST_TMPDIR/program"
	run -2 "$fuzz" --keep "$BATS_TEST_TMPDIR/kept" --replay "$BATS_TEST_TMPDIR/program"
	assert_output --partial 'program:7: is no call'
	still_works
}

@test "what a program has a second task do is done while the first one goes on, and is followed, too" {
	load_modules devices=0
	# What the second task reads is written after it began. On a busy host the timer may end the read first: hence so many.
	for _ in {1..20}; do
		printf '%s\n' 'open 0 0 2' '& read 0 0 5' 'write 0 0 5' ''
	done >"$BATS_TEST_TMPDIR/programs"
	run -0 "$fuzz" --keep "$BATS_TEST_TMPDIR/kept" --replay "$BATS_TEST_TMPDIR/programs"
	assert_line '& read 0 0 0x5 # = 5'
	echo '& attribute 0 2' >"$BATS_TEST_TMPDIR/program"
	run -0 "$fuzz" --keep "$BATS_TEST_TMPDIR/kept" --seconds 0 --seeds "$BATS_TEST_TMPDIR/program"
	lists reached rx_policy_show
	still_works
}

@test "stress-ng finds no trouble at a device, as root" {
	devices_for_users 1
	draw_seed
	busied stress-ng --quiet --seed "$seed" --dev 2 --dev-file /dev/mydev0 --timeout "$seconds"
	still_works
}

@test "nor does stress-ng as a user" {
	devices_for_users 1
	draw_seed
	busied as_user stress-ng --quiet --seed "$seed" --dev 2 --dev-file /dev/mydev0 --timeout "$seconds"
	still_works
}

# trinity_at_device NAME WHO [OPTION]...: only with such calls at a device that spare the guest, whoever makes them. What it
# says is kept as NAME.
trinity_at_device() {
	local call calls=() status=139 out=$kept/$1 end=$((SECONDS + seconds))
	shift
	for call in read write readv writev pread64 pwrite64 preadv2 pwritev2 ioctl poll ppoll select lseek splice tee vmsplice \
		sendfile mmap fsync ftruncate fallocate fadvise64 readahead dup newfstat; do
		calls+=(-c "$call")
	done
	# With some seeds it falls over its own feet, and goes on with the next.
	while ((status == 139 && SECONDS < end)); do
		status=0
		"$1" timeout --signal INT --kill-after 30 $((end - SECONDS)) \
			trinity "${@:2}" -q -l off -C 2 -V /dev/mydev0 -s $((seed++)) "${calls[@]}" >"$out" 2>&1 || status=$?
	done
	# Its children may outlive it.
	pkill --signal KILL '^trinity' || true
	tail -n 3 "$out"
	# It goes on until it is told to end.
	((status == 124 || status == 137)) || fail "trinity ended by itself, with $status"
}

@test "trinity finds no trouble at a device, as root" {
	devices_for_users 1
	draw_seed
	busied trinity_at_device trinity-as-root command --dangerous
	still_works
}

@test "nor does trinity as a user" {
	devices_for_users 1
	draw_seed
	busied trinity_at_device trinity-as-user as_user
	still_works
}
