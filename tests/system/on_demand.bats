#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The module of a kind is loaded when a device of it is asked for, and only then: not for names that are made up, not for
# those who may not, and not against the will of whoever runs the machine.

load ctl

conf=/etc/modprobe.d/mydev-test.conf

setup() {
	unload_modules
	modprobe mydev
	modprobe=$(cat /proc/sys/kernel/modprobe)
}

teardown() {
	rm -f "$conf" /tmp/mydev-was-here
	echo "$modprobe" >/proc/sys/kernel/modprobe
	unload_modules
}

# nothing_loaded: no kind, no device, no module more than before
nothing_loaded() {
	[[ ! -e /sys/module/mydev_virt ]] || fail "mydev_virt is loaded"
	[[ -z $(ls /sys/class/mydev) ]] || fail "there are devices: $(ls /sys/class/mydev)"
	[[ ! -e /tmp/mydev-was-here ]] || fail "a shell has seen the name"
}

@test "mydevctl add loads the module of the kind, and makes the device that was asked for, and no other" {
	ctl 0 add virt id=3 rx-size=8K
	assert_output mydev3
	assert_equal "$(ls /sys/class/mydev)" mydev3
	assert_equal "$(cat /sys/module/mydev_virt/parameters/devices)" 0
	ctl 0 add
	assert_output mydev0
}

@test "of many who ask at once, each gets a device" {
	check <<-'EOF'
		made = [Started(lambda: Family().do("dev-new", kind="virt", rx_size=4096)["id"]) for _ in range(8)]
		equal(sorted(call.result(60) for call in made), list(range(8)))
		equal([d["id"] for d in Family().dump("dev-get")], list(range(8)))
	EOF
}

@test "a module that is loaded while another kind is asked for makes the devices that it makes by itself" {
	echo 'install mydev-kind-other modprobe mydev_virt' >"$conf"
	ctl 6 add other
	assert_equal "$(ls /sys/class/mydev)" mydev0
}

@test "without mydev itself nothing is loaded, and one is told what to do" {
	unload_modules
	ctl 3 add
	assert_stderr_has 'modprobe'
	[[ ! -e /sys/module/mydev && ! -e /sys/module/mydev_virt ]]
}

@test "a module that is blacklisted, replaced or fails is refused as a kind that there is not" {
	local line
	for line in 'blacklist mydev_virt' 'install mydev_virt /bin/false' 'alias mydev-kind-virt off' \
		'options mydev_virt devices=4097'; do
		echo "$line" >"$conf"
		ctl 6 add
		assert_output ''
		assert_stderr_has 'no such kind that creates devices, and no module of it loads'
		nothing_loaded
	done
	rm "$conf"
	echo /nonexistent >/proc/sys/kernel/modprobe
	ctl 6 add
	nothing_loaded
	echo "$modprobe" >/proc/sys/kernel/modprobe
	ctl 0 add
}

@test "no name of a kind means anything to modprobe, to a shell or to printf" {
	check <<-'EOF'
		names = ["", ".", "/", "../virt", "../../../tmp/x", "virt/", "*", "vir?", "v[i]rt", "virt*", "VIRT", "Virt", "mydev_virt", "kind-virt",
		         "-r virt", "--help", "virt --force", "virt devices=2", "virt\tx", "virt\nvirt", " virt", "virt ", "%", "%s%s%s%n", "%p",
		         "$(>/tmp/mydev-was-here)", "`>/tmp/mydev-was-here`", ";>/tmp/mydev-was-here;", "|>/tmp/mydev-was-here", "x" * 31,
		         "\u00e9\u00e8", "\x7f\x01"]
		family = Family()
		for name in names:
		    with refused(EOPNOTSUPP, "kind", "no such kind"):
		        family.do("dev-new", kind=name)
		for name in ("x" * 32, "x" * 5000):
		    with refused(POLICY, "kind"):
		        family.do("dev-new", kind=name)
	EOF
	nothing_loaded
	ctl 6 add '../virt'
	assert_stderr_has 'no such kind that creates devices, and no module of it loads'
	nothing_loaded
}

@test "who may not make devices loads no module, in no namespace of his own either" {
	run -5 as_user mydevctl add virt
	nothing_loaded
	# There he is root, but nobody answers.
	run -0 as_user unshare --user --map-root-user --net id -u
	assert_output 0
	run -3 as_user unshare --user --map-root-user --net mydevctl add virt
	nothing_loaded
}
