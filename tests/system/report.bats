#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# mydevctl report: that it has what a bug report needs, and nothing that others may not see.

load ctl

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

setup() {
	load_modules devices=2
	udevadm settle
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	rm -rf /etc/mydev
}

# part NAME: the lines of that part of the report in $output
part() {
	awk -v heading="== $1 ==" '/^== / { within = $0 == heading } within' <<<"$output"
}

@test "report writes a file that only its user can read, and prints its name" {
	umask 000
	ctl 0 report
	assert_output --regexp '^mydev-report-[0-9]{8}-[0-9]{6}\.txt$'
	assert_equal "$(stat -c %a "$output")" 600
	ctl 0 report bug.txt --json
	"$BATS_TEST_DIRNAME/validate.py" report <<<"$output"
	assert_equal "$(jq -c '.items' <<<"$output")" '[{"file":"bug.txt"}]'
	assert_equal "$(grep -c '^== ' bug.txt)" 11
}

@test "report has all there is" {
	systemctl start mydevd
	modprobe -r mydev_virt
	run ! modprobe mydev_virt defect=gone
	modprobe mydev_virt devices=2
	mydevctl inject mydev1 overheat 'fan 2' >/dev/null
	has_it() { mydevctl events --json -n 2 | jq -e '.items[] | select(.event == "fault")' >/dev/null; }
	wait_until has_it
	ctl 0 report -
	assert_stderr ''
	part versions | grep -qx "Module: *$(modinfo -F version mydev)"
	part versions | grep -q '^/usr/local/sbin/mydevd: .*0\.'
	part versions | grep -q "^Kernel: Linux $(uname -r) "
	part versions | grep -q '^Distribution: .*Debian'
	part doctor | grep -q '^warning devices .*overheat (fan 2)'
	part module | grep -qx '/sys/module/mydev_virt/parameters/devices: 2'
	part module | grep -q '^/sys/module/mydev/srcversion: '
	part devices | grep -qx 'Fault msg: *fan 2'
	part registers | grep -qx 'no device has registers to show'
	part configuration | grep -qx '# /usr/local/lib/mydev/mydevd.conf'
	part service | grep -qx ActiveState=active
	part 'log of mydevd' | grep -q 'kernel module mydev .* is loaded'
	part 'events in the journal' | grep -q 'mydev1  fault'
	part 'events in the kernel' | grep -q 'mydev1  fault'
	part 'kernel log' | grep -q 'mydev_virt: defect=gone: must be none'
}

@test "report is JSON like every other command" {
	ctl 0 report --json
	"$BATS_TEST_DIRNAME/validate.py" report <<<"$output"
	assert_equal "$(jq -r '.items[].name' <<<"$output" | tail -n 1)" 'kernel log'
	jq -e '.items[] | select(.name == "service").line | index("ActiveState=inactive")' <<<"$output"
	assert_equal "$(find . -name '*.txt')" ''
}

@test "report leaves a file alone that exists" {
	echo mine >bug.txt
	ln -s elsewhere link.txt
	ctl 1 report bug.txt
	assert_output ''
	assert_stderr 'mydevctl: report: cannot write bug.txt: File exists (name another file)'
	ctl 1 report link.txt
	assert_equal "$(cat bug.txt)" mine
	[[ ! -e elsewhere ]]
	ctl 1 report /nosuch/bug.txt --json
	"$BATS_TEST_DIRNAME/validate.py" error <<<"$output"
}

@test "report leaves no part of a file where the disk is full" {
	mkdir full
	mount -t tmpfs -o size=4k tmpfs full
	ctl 1 report full/bug.txt
	assert_stderr 'mydevctl: report: cannot write full/bug.txt: No space left on device (name another file, or - for standard output)'
	assert_equal "$(ls full)" ''
	umount full
}

@test "report works without module, daemon and journal, and says what it lacks" {
	unload_modules
	ctl 0 report -
	part devices | grep -q '^status: the module mydev is not loaded'
	part 'events in the kernel' | grep -qx 'the module does not answer'
	part service | grep -qx ActiveState=inactive
	part doctor | grep -q '^failed  *module'
}

@test "report works for everybody, and says what may not be read" {
	systemctl start mydevd
	mydevctl reset mydev0 >/dev/null
	run --separate-stderr -0 as_user mydevctl report -
	part devices | grep -q '^Name: *mydev1$'
	part registers | grep -qx 'registers: not permitted (needs CAP_NET_ADMIN: run it as root)'
	part 'events in the kernel' | grep -q 'mydev0  reset'
	local name
	for name in 'kernel log' 'log of mydevd' 'events in the journal'; do
		part "$name" | grep -q 'the journal may not be read'
	done
}

@test "report has nothing in it that others may not see" {
	local own
	own=$(hostname)
	mkdir -p /etc/mydev/mydevd.conf.d
	cat >/etc/mydev/mydevd.conf.d/own.conf <<-'EOT'
		[Recovery]
		Tries=2
		Password=hunter2hunter2
		[Hooks]
		fault=/etc/mydev/s3cret-hook
		just a s3cret line
	EOT
	printf '#!/bin/sh\necho s3cret; exit 3\n' >/etc/mydev/s3cret-hook
	chmod +x /etc/mydev/s3cret-hook
	sed -i '$d' /etc/mydev/mydevd.conf.d/own.conf
	hostname s3crethost
	systemctl restart mydevd
	mydevctl inject mydev0 link broken >/dev/null
	hook_failed() { journalctl -t mydevd | grep -q 'hook /etc/mydev/s3cret-hook'; }
	wait_until hook_failed
	mydevctl reset mydev0 >/dev/null
	mydevctl send mydev0 s3cret-data
	echo 'mydev: s3cret of a program' >/dev/kmsg
	export S3CRET=s3cret
	echo 'just a s3cret line' >>/etc/mydev/mydevd.conf.d/own.conf
	ctl 0 report -
	hostname "$own"
	systemctl stop mydevd
	part configuration | grep -qx Tries=2
	part configuration | grep -qx 'fault=\[hidden\]'
	part configuration | grep -qx 'Password=\[hidden\]'
	part 'log of mydevd' | grep -q 'hook \[hidden\]'
	refute_output --partial s3cret
	refute_output --partial hunter2
	refute_output --partial "$own"
	run -0 as_user mydevctl report -
	part doctor | grep -q ' this user may look at the devices'
}

@test "report of what the kernel says has only what names mydev" {
	ctl 0 report -
	assert_equal "$(part 'kernel log' | grep -c '^\[.*Command line:')" 0
	assert_equal "$(part 'kernel log' | grep '^\[' | grep -vc mydev)" 0
}
