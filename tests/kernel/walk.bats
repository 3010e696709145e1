#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Along every error path: each allocation and each copy of user memory that the kernel makes for an operation fails once
# (walk.c). In a kernel that injects faults and looks for leaks: tests/vm/run --monitor --kernel sanitized. VERBOSE=2, in
# the environment, has the kernel log where each fault was.

load ../system/helpers
load ../system/gadget

programs=/src/build/tests/kernel
faults=/sys/kernel/debug
group=/sys/fs/cgroup/mydev-walk

setup_file() {
	export BATS_TEST_TIMEOUT=$((600 * slowness))
	if [[ ! -e /proc/self/fail-nth || ! -e $faults/fail_usercopy ]]; then
		echo "this kernel injects no faults; tests/vm/run --kernel sanitized has one that does"
		return 1
	fi
	# Also memory that could be waited for, and single pages.
	echo N | tee "$faults"/failslab/ignore-gfp-wait "$faults"/fail_page_alloc/ignore-gfp-{wait,highmem} >/dev/null
	echo 0 >"$faults/fail_page_alloc/min-order"
	echo "${VERBOSE:-0}" | tee "$faults"/{failslab,fail_page_alloc,fail_usercopy}/verbose >/dev/null
	# It would only be busy with devices that come and go.
	systemctl --quiet stop systemd-udevd{,-kernel.socket,-control.socket}
}

teardown_file() {
	systemctl --quiet start systemd-udevd
}

teardown() {
	unplug_both
	[[ ! -e /sys/module/mydev_test_shield ]] || rmmod mydev_test_shield
}

# walk GROUP [DRIVER]...: in a control group, which is charged for what it makes the kernel keep
walk() {
	mkdir -p "$group"
	(
		echo $BASHPID >"$group/cgroup.procs"
		exec "$programs/walk" "$1" "$(modinfo -n mydev)" "$(modinfo -n mydev_virt)" "${@:2}"
	) >&3
}

# pages_kept: those that the group made the kernel keep and that are none of its allocators' and no page table
pages_kept() {
	awk '$1 == "kernel" { kept += $2 }
		$1 ~ /^(slab|kernel_stack|pagetables|percpu|vmalloc)$/ { kept -= $2 }
		END { print int(kept / 4096) }' "$group/memory.stat"
}

# An object counts as leaked when it is older than 5 s and two scans have not found it. Of pages, of which a ring is made,
# kmemleak knows nothing; their count is right but for what each processor keeps back.
no_leaks() {
	sleep 6
	assert [ "$(pages_kept)" -lt 8 ]
	echo scan >"$faults/kmemleak"
	echo scan >"$faults/kmemleak"
	run -0 cat "$faults/kmemleak"
	assert_output ""
}

# shield FUNCTION...: no fault is met in these functions of the 6.1 kernel, which are wrong themselves when memory is short
shield() {
	insmod "$programs/modules/mydev_test_shield.ko" "functions=$(IFS=,; echo "$*")"
}

# unshield: a fault came to each of them, and was kept away
unshield() {
	local kept_away
	kept_away=,$(</sys/module/mydev_test_shield/parameters/kept_away),
	rmmod mydev_test_shield
	refute [ "${kept_away/,0,/}" != "$kept_away" ]
}

# walk_devices GROUP: on devices that it makes itself
walk_devices() {
	load_modules devices=0
	walk "$1"
	unload_modules
	no_leaks
}

@test "the node loses no byte and doubles none" {
	walk_devices data
}

@test "whoever opens, awaits or asks the node gets it or is told" {
	walk_devices node
}

@test "a netlink request is answered by an error or by all of its result" {
	walk_devices netlink
}

@test "a dump is whole or ends with an error" {
	walk_devices dump
}

@test "an event comes, or who listens is told" {
	walk_devices event
}

@test "a device comes and goes as a whole or not at all" {
	walk_devices device
}

# plug_both: an edu and a gadget; what they need is loaded
plug_both() {
	modprobe --all mydev_edu mydev_usb
	/src/tests/vm/guest/monitor device_add edu,id=walked,bus=port0
	load_bus
	gadget a 0 high Loopback
	plug a
	wait_until both_are_there
}

both_are_there() {
	[[ $(cat /sys/class/mydev/*/kind) = *edu* && $(cat /sys/class/mydev/*/kind) = *usb* ]]
}

unplug_both() {
	# Without power, it says so by an error.
	echo 0 >/sys/bus/pci/slots/0/power || true
	remove_gadgets
}

unfit_for_probes=(
	acpi_ns_evaluate # drivers/acpi/acpica: frees what its tables need, and uses it the next time
	acpi_ut_update_object_reference # the same of what it has evaluated: counts a part of the references
	register_irq_proc # kernel/irq/proc.c: warns later that files are not there which it could not make
)

@test "a driver is bound to what it is for as a whole or not at all" {
	load_modules devices=1
	plug_both
	shield "${unfit_for_probes[@]}"
	walk probe
	unshield
	unplug_both
	unload_modules
	no_leaks
}

@test "a module is loaded and unloaded as a whole or not at all" {
	local unfit=(
		"${unfit_for_probes[@]}"
		event_define_fields # kernel/trace/trace_events.c: warns (WARN_ON_ONCE) when there is none for a field of a tracepoint
		kset_register # lib/kobject.c: leaves the name to its caller, and class_register() frees all but that
		module_add_driver # drivers/base/module.c: without the folder "drivers", links the driver in the root of sysfs; it stays
	)
	unload_modules
	modprobe mydev
	plug_both
	unload_modules
	shield "${unfit[@]}"
	walk module "$(modinfo -n mydev_edu)" "$(modinfo -n mydev_usb)"
	unshield
	unplug_both
	no_leaks
}
