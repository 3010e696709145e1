#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a driver does when the machine goes down, which has to go on for a test to see it: mydev_test_shutdown.

load ../system/helpers
load ../system/edu

setup_file() {
	export BATS_TEST_TIMEOUT=$((180 * slowness))
}

setup() {
	one_device
}

teardown() {
	[[ ! -e /sys/module/mydev_test_shutdown ]] || rmmod mydev_test_shutdown
	unload_modules
	unplug 0
}

# transfers SLOT: bit 0 of its register dma-command, as QEMU has it
transfers() {
	local base value
	read -r base _ <"$(sysfs_of "$1")/resource"
	value=$(monitor xp /1wx $((base + 0x98)))
	((${value##*: } & 1))
}

@test "a device that is shut down under load is gone without a fault; it is silent, and can still be pulled out" {
	local mark
	flow_begins mydev0
	wait_until transfers 0
	mark=$(kernel_log_mark)
	insmod /src/build/tests/kernel/modules/mydev_test_shutdown.ko device="$(edu_in 0)"
	refute transfers 0
	flow_ends mydev0 ENODEV
	run "$programs/kernel_events"
	assert_line --partial 'MYDEV_EVENT=device-removed'
	refute_line --partial 'MYDEV_EVENT=fault'
	yank 0
	run kernel_log_since "$mark"
	refute_output --regexp 'mydev|irq|DMA'
	plug 0
	flow_begins "$(name_in 0)"
	flow_ends "$(name_in 0)" all
}
