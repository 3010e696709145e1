#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the kernel shows of a device without being asked by netlink: sysfs, tracepoints, dynamic debug, module parameters.

load helpers

setup_file() {
	load_modules
}

@test "the attributes in sysfs are what netlink says, and read-only" {
	check <<-'EOF'
		names = {"state": ["running", "faulted"], "rx_policy": ["block", "drop", "overwrite"]}

		def sysfs(d):
		    base, values = f"/sys/class/mydev/{d.name}", {}
		    for folder in ("", "statistics/"):
		        for name in os.listdir(f"{base}/{folder}"):
		            path = f"{base}/{folder}{name}"
		            if os.path.isfile(path) and name not in ("dev", "uevent"):
		                equal(os.stat(path).st_mode & 0o777, 0o444)
		                with open(path) as file:
		                    text = file.read()
		                equal(text[-1], "\n")
		                text = text[:-1]
		                values[name] = names[name].index(text) if name in names else int(text) if text.isdigit() else text
		    return values

		with Device(rx_size=4096, rx_policy=DROP, watermark=9) as d:
		    fd = d.open()
		    for act in (lambda: None, lambda: write(fd, bytes(5000)), lambda: read(fd, 1000), lambda: d.inject(LINK), d.reset,
		                lambda: d.set(rx_policy=OVERWRITE)):
		        act()
		        told = d.get()
		        equal(sysfs(d), {name: told[name] for name in
		                         "kind state rx_policy rx_size rx_used watermark users rx_bytes read_bytes rx_dropped "
		                         "rx_discarded rx_overruns tx_bytes resets faults".split()})
	EOF
}

@test "counters go on beyond 32 bits" {
	check <<-'EOF'
		with Device(rx_size=1 << 22, rx_policy=DROP) as d:
		    fd, block, total = d.open(), bytes(1 << 26), 0
		    while total <= 1 << 32:
		        total += os.writev(fd, [block] * 16)
		    counters = {"rx_bytes": total, "rx_dropped": total - (1 << 22), "tx_bytes": total}
		    equal({name: d.get()[name] for name in counters}, counters)
		    for name, value in counters.items():
		        with open(f"/sys/class/mydev/{d.name}/statistics/{name}") as file:
		            equal(int(file.read()), value)
	EOF
}

@test "udev gives the nodes to group mydev" {
	udevadm settle
	run -0 stat -c '%U %G %a' /dev/mydev0
	assert_output "root mydev 660"
}

@test "tracepoints fire for data, for control and for events" {
	local tracing=/sys/kernel/tracing/instances/mydev-test
	mkdir "$tracing"
	echo 1 >"$tracing/events/mydev/enable"
	check <<-'EOF'
		with Device(id=40, rx_size=4096, rx_policy=DROP) as d:
		    fd = d.open()
		    write(fd, bytes(5000))
		    read(fd, 1000)
		    d.set(rx_size=8192)
		    write(fd, bytes(4000))
		    with refused(EBUSY, "rx-size"):
		        d.set(rx_size=4096)
		    d.reset()
	EOF
	run -0 sed -n 's/.*: \(mydev_.*\)/\1/p' "$tracing/trace"
	echo 0 >"$tracing/events/mydev/enable"
	rmdir "$tracing"
	assert_line --partial "mydev_event: mydev40 kind=virt"
	assert_line "mydev_rx: mydev40 bytes=5000 used=4096"
	assert_line "mydev_lost: mydev40 bytes=904"
	assert_line "mydev_write: mydev40 bytes=5000 used=4096"
	assert_line "mydev_read: mydev40 bytes=1000 used=3096"
	assert_line "mydev_control: mydev40 register err=0"
	assert_line "mydev_control: mydev40 set err=0"
	assert_line "mydev_control: mydev40 set err=-16"
	assert_line "mydev_control: mydev40 reset err=0"
	assert_line "mydev_control: mydev40 unregister err=0"
}

@test "dynamic debug makes the core talk about its devices" {
	echo 'module mydev +p' >/proc/dynamic_debug/control
	local mark
	mark=$(kernel_log_mark)
	check <<-'EOF'
		with Device(id=41) as d:
		    d.set(watermark=7)
		    d.inject(LINK)
		    d.reset()
	EOF
	echo 'module mydev -p' >/proc/dynamic_debug/control
	run -0 kernel_log_since "$mark"
	local what
	for what in registered settings fault reset unregistered; do
		assert_line --regexp "mydev mydev41: .*$what"
	done
}

@test "each module describes itself and every parameter, and is found by what it serves" {
	run -0 modinfo --field=description mydev mydev_virt
	assert_equal "${#lines[@]}" 2
	local module
	for module in mydev mydev_virt; do
		diff <(modinfo --field=parm "$module" | sed 's/:.*//' | sort) \
			<(find "/sys/module/$module/parameters" -type f -printf '%f\n' | sort)
		run -0 modinfo --field=parm "$module"
		refute_line --regexp '^[a-z_]+: *\(|^[a-z_]+:[a-z]+$'
		assert_equal "$(modinfo --field=version "$module")" "$(cat "/sys/module/$module/version")"
		assert_equal "$(modinfo --field=license "$module")" GPL
	done
	run -0 modprobe --resolve-alias mydev-kind-virt
	assert_output mydev_virt
	run -0 modprobe --resolve-alias 'of:NxT(null)Cvendor,my-device'
	assert_output mydev_virt
}
