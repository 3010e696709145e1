# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Devices on USB made of software: gadgets by configfs, in the device's end of dummy_hcd, whose other end is a host
# controller of the same kernel. They carry the numbers that mydev_usb knows; their name is their serial number.

gadgets=/sys/kernel/config/usb_gadget

# load_bus: with two ports, which can do super speed (tests/vm/run says so to the kernel)
load_bus() {
	if [[ ! -e /sys/class/udc/dummy_udc.0 ]]; then
		modprobe --all libcomposite usb_f_ss_lb dummy_hcd
	fi
	mountpoint --quiet /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
}

unload_bus() {
	# A kernel that has them built in keeps them.
	modprobe --remove --quiet dummy_hcd usb_f_ss_lb libcomposite || true
}

# gadget NAME PORT SPEED FUNCTION [ATTRIBUTE=VALUE]...: makes one for port 0 or 1, of speed full, high or super. FUNCTION is
# Loopback, which sends back what it is sent, or SourceSink, which sends a pattern and wants one to be sent.
gadget() {
	local name=$1 port=$2 speed=$3 function=$4 attribute product=1
	shift 4
	[[ $function = Loopback ]] || product=2
	mkdir "$gadgets/$name" "$gadgets/$name/"{strings/0x409,configs/c.1,"functions/$function.$name"}
	echo 0x1209 >"$gadgets/$name/idVendor"
	echo "$product" >"$gadgets/$name/idProduct"
	echo "$speed-speed" >"$gadgets/$name/max_speed"
	echo "$name" >"$gadgets/$name/strings/0x409/serialnumber"
	echo "$port" >"$gadgets/$name/strings/0x409/product"
	for attribute; do
		echo "${attribute#*=}" >"$gadgets/$name/functions/$function.$name/${attribute%%=*}"
	done
	ln -s "$gadgets/$name/functions/$function.$name" "$gadgets/$name/configs/c.1/"
}

# plug NAME: plugs the gadget in and waits for its device
plug() {
	echo "dummy_udc.$(<"$gadgets/$1/strings/0x409/product")" >"$gadgets/$1/UDC"
	wait_until present "$1"
}

# unplug NAME: pulls it out, and returns at once
unplug() {
	echo >"$gadgets/$1/UDC"
}

remove_gadgets() {
	local dir
	for dir in "$gadgets"/*/; do
		[[ -d $dir ]] || continue
		[[ ! $(<"$dir/UDC") ]] || echo >"$dir/UDC"
		rm "$dir"configs/c.1/*.*
		rmdir "$dir"{configs/c.1,functions/*,strings/0x409}
		rmdir "$dir"
	done
}

# usb_of NAME: its place in sysfs, where the host sees it; fails where it does not
usb_of() {
	local serial
	for serial in /sys/bus/usb/devices/*/serial; do
		if [[ $(cat "$serial" 2>/dev/null) = "$1" ]]; then
			dirname "$serial"
			return
		fi
	done
	return 1
}

# device_of NAME: mydevN
device_of() {
	local usb device
	usb=$(usb_of "$1") || return
	for device in "$usb"/*/mydev/mydev*; do
		[[ -e $device ]] || return
		basename "$device"
	done
}

present() {
	local device
	device=$(device_of "$1") && [[ -c /dev/$device ]] && mydevctl status "$device" >/dev/null 2>&1
}

absent() {
	! device_of "$1" >/dev/null
}
