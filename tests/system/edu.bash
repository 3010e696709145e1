# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Devices "edu" of QEMU in slots 0 to 2 of a guest of `tests/vm/run --monitor`: plugging in, pulling out, binding; data
# that flows through them.

driver=/sys/bus/pci/drivers/mydev_edu

monitor() {
	/src/tests/vm/guest/monitor "$@"
}

# ---- Devices ----

# edu_in SLOT: the PCI address of what is plugged in there, or would be
edu_in() {
	echo "$(<"/sys/bus/pci/slots/$1/address").0"
}

# sysfs_of SLOT: its folder
sysfs_of() {
	echo "/sys/bus/pci/devices/$(edu_in "$1")"
}

# name_in SLOT: the mydevN that the device there is; nothing when it is none
name_in() {
	local node
	for node in "$(sysfs_of "$1")"/mydev/*; do
		[[ ! -e $node ]] || echo "${node##*/}"
	done
}

# may_sleep, is_now STATE: the power of the device in slot 0, as sysfs has it
may_sleep() {
	echo 100 >"$(sysfs_of 0)/power/autosuspend_delay_ms"
	echo auto >"$(sysfs_of 0)/power/control"
}
is_now() {
	[[ $(<"$(sysfs_of 0)/power/runtime_status") = "$1" ]]
}

is_driven() {
	[[ -c /dev/$(name_in "$1") ]]
}

is_gone() {
	[[ ! -e $(sysfs_of "$1") ]] && ! monitor qom-list /machine/peripheral | grep -q "^device$1 "
}

# is_off PORT: power and indicator
is_off() {
	(((0x$(setpci -s "$1" CAP_EXP+18.w) & 0x700) == 0x700))
}

# plug SLOT [MODEL]: that of edu is driven when it returns
plug() {
	monitor device_add "${2:-edu},id=device$1,bus=port$1"
	if [[ ${2:-edu} = edu ]]; then
		wait_until is_driven "$1"
	else
		wait_until test -e "$(sysfs_of "$1")"
	fi
}

# unplug SLOT: with the consent of the kernel, which switches the slot off
unplug() {
	echo 0 >"/sys/bus/pci/slots/$1/power"
	wait_until is_gone "$1"
}

# yank SLOT: without. Where the power of a slot is off, and its indicator, too, QEMU takes the device out; the kernel is told
# when the slot looks as before, and so finds that somebody has pulled the device.
yank() {
	local port
	port=$(port_of "$1")
	setpci -s "$port" CAP_EXP+18.w=0700:0720 CAP_EXP+18.w=0120:0720
	wait_until is_gone "$1"
	# A new device would go with the power that is still to be switched off.
	wait_until is_off "$port"
}

# port_of SLOT: the PCI address of the port that a device is plugged into
port_of() {
	basename "$(readlink -f "$(sysfs_of "$1")/..")"
}

# unbind SLOT, bind SLOT: from and to its driver
unbind() {
	edu_in "$1" >"$driver/unbind"
}
bind() {
	edu_in "$1" >"$driver/bind"
	is_driven "$1"
}

# one_device: as after plugging it in, in slot 0; mydev0
one_device() {
	local slot
	unload_modules
	for slot in 1 2; do
		if [[ -e $(sysfs_of "$slot") ]]; then
			unplug "$slot"
		fi
	done
	if [[ -e $(sysfs_of 0) ]]; then
		modprobe mydev_edu
	else
		plug 0
	fi
	is_driven 0
	echo on >"$(sysfs_of 0)/power/control"
}

# of_mydev0 JQ: of its status
of_mydev0() {
	mydevctl status mydev0 --json | jq -r ".items[0] | $1"
}

# mydev0_has JQ VALUE: its status says so
mydev0_has() {
	[[ $(of_mydev0 "$1") = "$2" ]]
}

# interrupts_of NAME: how many the kernel has counted, on all processors
interrupts_of() {
	awk -v name="$1" '$NF == name { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts
}

# ---- Data ----

# flow_begins NAME [BASE]: data goes round through the device, in the background, and some of it is back already
flow_begins() {
	local out=$BATS_TEST_TMPDIR/flow-$1
	PYTHONPATH=/src/tests/system PYTHONPYCACHEPREFIX=/tmp/pycache \
		python3 -S /src/tests/system/edu.py "/dev/$1" "${2:-0}" >"$out" 2>&1 3>&- &
	echo $! >"$out.pid"
	wait_until grep -q 'data is back' "$out"
}

# flow_ends NAME END: it ends like this: all (that was written has come back), ENODEV or EIO; and no byte was wrong.
# What was left out or came twice would be one that is wrong.
flow_ends() {
	local out=$BATS_TEST_TMPDIR/flow-$1 pid
	pid=$(<"$out.pid")
	if [[ $2 = all ]]; then
		kill -TERM "$pid"
	fi
	wait "$pid" || fail "$(<"$out")"
	[[ $(tail -n 1 "$out") = "$2 "* ]] || fail "not $2: $(<"$out")"
	echo "# $1: $(tail -n 1 "$out")"
}
