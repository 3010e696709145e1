#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Coming and going of devices and modules: removal waits for nobody, ends what waits, keeps what is buffered, and leaves
# nothing behind.

load helpers

driver=/sys/bus/platform/drivers/mydev_virt

setup() {
	if [[ ! -e /sys/module/mydev_virt || -e $BATS_FILE_TMPDIR/reload ]]; then
		load_modules
	fi
	rm -f "$BATS_FILE_TMPDIR/reload"
}

# Tests that leave modules behind which are loaded in another way, as whoever came before may have.
reload_after() {
	touch "$BATS_FILE_TMPDIR/reload"
}

setup_file() {
	reload_after
}

# ---- Devices ----

@test "unbinding wakes at once who reads, writes, polls or owns signals; what is buffered can be read" {
	check env DRIVER="$driver" <<-'EOF'
		import signal
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])

		def unbind(d):
		    with open(f"{os.environ['DRIVER']}/unbind", "w") as file:
		        file.write(d.platform_device)

		def poll(fd):
		    poller = select.poll()
		    poller.register(fd, IN)
		    return poller.poll()[0][1]

		with Device(rx_size=4096) as empty, Device(rx_size=4096) as full:
		    fd = full.open(O_RDWR)
		    write(fd, pattern(4096))
		    readers = [Started(read, empty.open(O_RDONLY), 1).asleep_in("read") for _ in range(3)]
		    writers = [Started(write, full.open(O_WRONLY), b"x").asleep_in("write") for _ in range(3)]
		    poller = Started(poll, empty.open(O_RDONLY)).asleep_in("poll")
		    owner = empty.open()
		    fcntl.fcntl(owner, fcntl.F_SETOWN, os.getpid())
		    fcntl.fcntl(owner, fcntl.F_SETFL, os.O_ASYNC)
		    begin = time.monotonic()
		    unbind(empty)
		    unbind(full)
		    assert time.monotonic() - begin < 5 * SLOWNESS
		    for call in readers + writers:
		        with raises(ENODEV):
		            call.result(5)
		    equal(poller.result(5), IN | ERR | HUP)
		    assert signal.sigtimedwait([signal.SIGIO], 5)

		    equal(readable_bytes(fd), 4096)
		    equal(read(fd, 1000) + read(fd, 5000), pattern(4096))
		    for call in (lambda: read(fd, 1), lambda: write(fd, b"x"), lambda: status(fd), lambda: readable_bytes(fd),
		                 lambda: fcntl.ioctl(fd, RESET)):
		        with raises(ENODEV):
		            call()
		    for d in empty, full:
		        with refused(ENODEV, "id"):
		            d.get()
		        with raises(ENOENT):
		            d.open()
	EOF
	load_modules
}

@test "binding again gives a device again, under a number that no open file has" {
	check env DRIVER="$driver" <<-'EOF'
		def sysfs(what, device):
		    with open(f"{os.environ['DRIVER']}/{what}", "w") as file:
		        file.write(device)

		family = Family()
		old = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		parent = family.do("dev-get", id=0)["parent"].removeprefix("platform/")
		sysfs("unbind", parent)
		equal(family.dump("dev-get"), [])
		sysfs("bind", parent)
		again, = family.dump("dev-get")
		equal((again["id"], again["parent"], again["users"]), (1, f"platform/{parent}", 0))
		new = os.open("/dev/mydev1", O_RDWR | O_NONBLOCK)
		write(new, b"new")
		with raises(ENODEV):
		    read(old, 1)
		equal(read(new, 10), b"new")
		os.close(old)
		sysfs("unbind", parent)
		sysfs("bind", parent)
		equal(family.dump("dev-get")[0]["id"], 0)
		family.do("dev-del", id=0)
		equal(os.path.exists(f"/sys/bus/platform/devices/{parent}"), False)
	EOF
	load_modules
}

@test "a node that outlives its device does not open another" {
	check <<-'EOF'
		with Device(id=50) as d:
		    os.mknod("/tmp/mydev50", 0o20600, os.stat(d.path).st_rdev)
		try:
		    with raises(ENODEV):
		        os.open("/tmp/mydev50", O_RDWR)
		finally:
		    os.unlink("/tmp/mydev50")
	EOF
}

@test "removal does not wait for a page that a reader or a writer withholds" {
	check <<-'EOF'
		import raw
		for syscall, policy in ((raw.read, BLOCK), (raw.write, BLOCK), (raw.write, DROP), (raw.write, OVERWRITE)):
		    with Device(rx_policy=policy) as d:
		        fd, (page, faults, provide) = d.open(O_RDWR), raw.withheld()
		        write(fd, b"some data")
		        call = Started(syscall, fd, page, 100)
		        select.select([faults], [], [], 30)
		        equal(os.read(faults, 32)[0], 0x12)
		        begin = time.monotonic()
		        equal((d.get()["rx_used"], d.set(watermark=3)["watermark"]), (9, 3))
		        d.remove()
		        assert time.monotonic() - begin < 5 * SLOWNESS
		        assert call.thread.is_alive()
		        provide()
		        if syscall == raw.read:
		            equal((call.result(), raw.content(page, 9)), (9, b"some data"))
		        else:
		            with raises(ENODEV):
		                call.result()
	EOF
}

@test "of two who remove a device at once, one does and the other learns that it is gone" {
	check <<-'EOF'
		def remove(family):
		    try:
		        return family.do("dev-del", id=60)
		    except Refused as problem:
		        equal(problem.errno, ENODEV)
		        assert problem.text
		        return "gone"

		families = [Family() for _ in range(3)]
		for _ in range(50):
		    Device(id=60, rx_size=4096)
		    results = [call.result() for call in [Started(remove, family) for family in families]]
		    equal(sorted(results, key=str), [None, "gone", "gone"])
	EOF
}

@test "who asks something of a device that is being removed learns that it is gone" {
	load_modules devices=1 defect=stall
	check <<-'EOF'
		family = Family()
		test = Started(lambda: Family().do("selftest", id=0))  # has the device for 2 s
		wait_until(lambda: family.do("dev-get", id=0)["tx_bytes"])
		SYSCALLS["sendto"] = 44
		remove = Started(lambda: Family().do("dev-del", id=0)).asleep_in("sendto")
		late = [Started(call) for call in (
		    lambda: Family().do("dev-set", id=0, watermark=1), lambda: Family().do("reset", id=0),
		    lambda: Family().do("fault-inject", id=0, fault=LINK), lambda: Family().do("selftest", id=0),
		    lambda: Family().dump("register-get", dev_id=0))]
		equal(test.result()["id"], 0)
		remove.result()
		for call in late:
		    with raises(ENODEV):
		        call.result()
	EOF
}

@test "who opens a device that is being removed learns that it is gone, and keeps nothing of it" {
	reload_after
	load_modules devices=1 defect=stall
	check <<-'EOF'
		SYSCALLS["sendto"], SYSCALLS["openat"] = 44, 257
		family = Family()
		test = Started(lambda: Family().do("selftest", id=0))  # has the device for 2 s
		wait_until(lambda: family.do("dev-get", id=0)["tx_bytes"])
		remove = Started(lambda: Family().do("dev-del", id=0)).asleep_in("sendto")
		late = [Started(os.open, "/dev/mydev0", O_RDWR).asleep_in("openat") for _ in range(2)]
		equal(test.result()["id"], 0)
		remove.result()
		for call in late:
		    with raises(ENODEV):
		        call.result()
		# Nobody holds it: its number is free.
		with Device(id=0) as d:
		    equal(d.get()["users"], 0)
	EOF
}

@test "devices that are made while the driver unbinds them are whole or refused" {
	check env DRIVER="$driver" <<-'EOF'
		def unbind_all():
		    while not done:
		        for name in os.listdir(os.environ["DRIVER"]):
		            if name.startswith("mydev_virt."):
		                try:
		                    with open(f"{os.environ['DRIVER']}/unbind", "w") as file:
		                        file.write(name)
		                except OSError as problem:
		                    equal(problem.errno, ENODEV)

		done, family, made = False, Family(), 0
		unbinder = Started(unbind_all)
		for _ in range(300):
		    try:
		        equal(family.do("dev-new", kind="virt", rx_size=4096)["kind"], "virt")
		        made += 1
		    except Refused as problem:
		        equal(problem.errno, ENODEV)
		done = True
		unbinder.result()
		assert made, made
	EOF
	load_modules
}

@test "4,096 devices at once: a node and one place in the dump each" {
	reload_after
	load_modules devices=4096 mydev.rx_size=4096
	check <<-'EOF'
		family = Family()
		equal([d["id"] for d in family.dump("dev-get")], list(range(4096)))
		equal(family.do("info-get")["devices"], 4096)
		equal(len([name for name in os.listdir("/dev") if name[:5] == "mydev" and name[5:].isdigit()]), 4096)
		fd = os.open("/dev/mydev4095", O_RDWR)
		write(fd, b"last")
		equal(read(fd, 10), b"last")
	EOF
}

# ---- Modules ----

@test "dev-new loads the module of the kind" {
	unload_modules
	modprobe mydev
	check <<-'EOF'
		equal("kind" in Family().do("info-get"), False)
		with Device(id=0) as d:
		    equal(d.get()["kind"], "virt")
		    equal(Family().do("info-get")["kind"], ["virt"])
		    equal(len(Family().dump("dev-get")), 1)
	EOF
	assert_equal "$(cat /sys/module/mydev_virt/parameters/devices)" 0
	reload_after
}

@test "removing the backend ends its devices; the core stays as long as a file is open" {
	exec 7<>/dev/mydev0
	echo hello >&7
	# It takes the core along, if it may, and says so when not.
	modprobe -r mydev_virt || [[ ! -e /sys/module/mydev_virt ]]
	[ ! -e /dev/mydev0 ]
	run -1 rmmod mydev
	assert_output --partial "in use"
	read -r -u 7 line
	assert_equal "$line" hello
	run -1 head -c 1 <&7
	assert_output --partial "No such device"
	exec 7>&-
	rmmod mydev
	[ ! -e /sys/module/mydev ]
}

@test "a backend is not removed under a request that makes devices" {
	check <<-'EOF'
		import subprocess

		def churn():
		    family, made = Family(), 0
		    while not done:
		        try:
		            family.do("dev-new", kind="virt", id=80, rx_size=4096)
		            family.do("dev-del", id=80)
		            made += 1
		        except Refused as problem:
		            assert problem.errno in (ENODEV, EOPNOTSUPP, ENXIO), problem
		    return made

		def remove():
		    return subprocess.run(["rmmod", "mydev_virt"], stderr=subprocess.DEVNULL).returncode == 0

		done = False
		call = Started(churn)
		try:
		    # It is in use now and then; the next request loads it again.
		    if not any([remove() for _ in range(10)]):
		        wait_until(remove)
		finally:
		    done = True
		assert call.result() > 0
	EOF
}

@test "bad parameters are refused with a line in the kernel log that says what would do" {
	unload_modules
	local mark
	mark=$(kernel_log_mark)
	local parameter
	for parameter in rx_size=5000 rx_size=2048 rx_size=134217728 rx_size=many event_log=15 event_log=1048577; do
		run -1 modprobe mydev "$parameter"
	done
	modprobe mydev
	for parameter in devices=4097 devices=-1; do
		run -1 modprobe mydev_virt "$parameter"
	done
	run -0 kernel_log_since "$mark"
	assert_line --partial "mydev: rx_size=5000: must be a power of two from 4096 to 67108864"
	assert_line --partial "mydev: rx_size=2048: must be"
	assert_line --partial "mydev: rx_size=134217728: must be"
	assert_line --partial "mydev: \`many' invalid for parameter \`rx_size'"
	assert_line --partial "mydev: event_log=15: must be 16 to 1048576"
	assert_line --partial "mydev: event_log=1048577: must be"
	assert_line --partial "mydev_virt: devices=4097: must be 0 to 4096"
	[ ! -e /sys/module/mydev_virt ]
	[ ! -e /sys/class/mydev/mydev0 ]
}

# Memory is what can be taken away from a kernel that has no fault injection: of this group, and of nobody else.
with_little_memory() {
	systemd-run --quiet --scope --property=MemoryMax=48M --property=MemorySwapMax=0 -- "$@"
}

@test "no parameter can be changed once a module is loaded, where nothing would look at it" {
	load_modules
	run find /sys/module/mydev*/parameters -type f -perm /222
	assert_output ""
}

@test "where memory ends, loading, dev-new and dev-set are refused and nothing of them stays" {
	unload_modules
	modprobe mydev rx_size=8388608
	run -1 with_little_memory modprobe mydev_virt devices=64
	assert_output --partial "Cannot allocate memory"
	[ ! -e /sys/module/mydev_virt ]
	[[ -z $(ls /sys/class/mydev) ]]
	[[ -z $(ls -d /sys/bus/platform/devices/mydev_virt* 2>/dev/null) ]]

	modprobe mydev_virt devices=0
	check with_little_memory <<-'EOF'
		with Device(rx_size=4096) as d:
		    before = still(d.get())
		    with refused(ENOMEM, "rx-size", "no memory"):
		        d.set(rx_size=1 << 26)
		    equal(still(d.get()), before)
		    with refused(ENOMEM, "rx-size"):
		        d.family.do("dev-new", kind="virt", rx_size=1 << 26)
		    equal(len(d.family.dump("dev-get")), 1)
	EOF
	reload_after
}

# What mydev could leave behind: all that it registers, and memory.
traces() {
	find /dev /sys/class /sys/bus/platform /sys/module /sys/devices/platform /sys/devices/virtual \
		/sys/kernel/tracing/events -maxdepth 2 -name '*mydev*' -not -path '/dev/virtio-ports/*'
	grep mydev /proc/devices /proc/modules /proc/vmallocinfo /proc/dynamic_debug/control
	# A kworker goes by the name of its last work for a while.
	# shellcheck disable=SC2009 # pgrep says their numbers, too, which differ
	ps -e -o comm= | grep '^mydev'
}
memory() { # NAME...: of /proc/meminfo, KiB in all
	awk -v names=" $* " '{ sub(":", "", $1) } index(names, " " $1 " ") { sum += $2 } END { print sum }' /proc/meminfo
}
objects() { memory SUnreclaim VmallocUsed Percpu KernelStack PageTables; }
available() { memory MemAvailable; }

@test "loading and removing leaves nothing behind, however often" {
	local rounds=${ROUNDS:-40} objects available n
	# A ring that stays is seen among the pages of the system: three of a MiB in each round.
	one_round() {
		modprobe mydev rx_size=1048576
		modprobe mydev_virt devices=3
		echo data >/dev/mydev2
		modprobe -r mydev_virt mydev
	}
	unload_modules
	for n in {1..10}; do
		one_round
	done
	run traces
	refute_output
	udevadm settle
	objects=$(objects) available=$(available)
	for ((n = 0; n < rounds; n++)); do
		one_round
	done
	run traces
	refute_output
	udevadm settle
	# Less than a KiB a round is what the rest of the system comes and goes by.
	assert [ $(($(objects) - objects)) -lt $((1024 + rounds)) ]
	assert [ $((available - $(available))) -lt $((32 * 1024)) ]
}
