#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A real PCI device, the edu of QEMU: plugged in, driven by interrupts and DMA, put to sleep, pulled out; and its data, byte
# for byte. ROUNDS and SEED, in the environment, make the last test longer and repeat a failure:
#   make test-system TESTS=tests/system/edu.bats VM_FLAGS="--env ROUNDS=100 --env SEED=4711"

load helpers
load edu

setup_file() {
	export BATS_TEST_TIMEOUT=$((180 * slowness))
	[[ -e /dev/virtio-ports/mydev.monitor ]] || { echo "these tests need tests/vm/run --monitor" >&2; return 1; }
}

setup() {
	one_device
}

teardown_file() {
	unload_modules
	local slot
	for slot in 0 1 2; do
		if [[ -e $(sysfs_of "$slot") ]]; then
			unplug "$slot"
		fi
	done
}

# ---- Plugging in ----

@test "plugging a device in loads its driver, and the tools of the kernel say the same of it" {
	unplug 0
	unload_modules
	[ ! -e /sys/module/mydev_edu ]
	plug 0
	[ -e /sys/module/mydev_edu ]
	assert_equal "$(mydevctl list --json | jq -c '.items | map([.name, .kind, .state])')" '[["mydev0","edu","running"]]'
	run lspci -k -s "$(edu_in 0)"
	assert_line --regexp 'Device 1234:11e8'
	assert_line --partial 'Kernel driver in use: mydev_edu'
	run grep -w mydev0 /proc/interrupts
	assert_output --partial PCI-MSI
	assert_equal "$(of_mydev0 .parent)" "pci/$(edu_in 0)"
}

@test "what is not an edu is refused, and the kernel log says why" {
	local mark
	plug 1 pci-testdev
	mark=$(kernel_log_mark)
	echo 1b36 0005 >"$driver/new_id"
	[ ! -e "$(sysfs_of 1)/driver" ]
	echo 1b36 0005 >"$driver/remove_id"
	run kernel_log_since "$mark"
	assert_line --regexp "mydev_edu $(edu_in 1): .*identification 0x[0-9a-f]{8} is not that of an edu device"
	assert_equal "$(mydevctl list --json | jq '.items | length')" 1
	unplug 1
}

# ---- Data ----

@test "what is written travels into the device and comes back out of it, whatever the lengths" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR)
		at = 0
		for length in 1, 2, 3, 511, 4094, 4095, 4096, 4097, 12285, 13000:
		    sent = pattern(length, at)
		    equal(write(fd, sent), length)
		    got = b""
		    while len(got) < length:
		        got += read(fd, 70000)
		    assert got == sent, f"{length} bytes came back changed"
		    at += length
	EOF
}

@test "a stream of blocks of random lengths comes back as it was, and its transfers are counted" {
	local interrupts
	interrupts=$(interrupts_of mydev0)
	flow_begins mydev0
	sleep 4
	flow_ends mydev0 all
	((interrupts < $(interrupts_of mydev0)))
}

@test "status says of the hardware what the kernel says, and counts what the kernel counts" {
	flow_begins mydev0
	flow_ends mydev0 all
	assert_equal "$(of_mydev0 '[.bus, .address, .driver, has("link_speed")] | map(tostring) | join(" ")')" \
		"pci $(edu_in 0) mydev_edu false"
	assert_equal "$(of_mydev0 .interrupts)" "$(interrupts_of mydev0)"
	# One for each transfer, and each byte goes in and comes out.
	assert_equal "$(of_mydev0 .interrupts)" "$(of_mydev0 .dma_transfers)"
	assert_equal "$(of_mydev0 .dma_bytes)" "$(of_mydev0 '.tx_bytes + .rx_bytes')"
	local name
	for name in interrupts dma_transfers dma_bytes; do
		assert_equal "$(<"/sys/class/mydev/mydev0/statistics/$name")" "$(of_mydev0 ".$name")"
	done
	mydevctl reset --counters mydev0
	assert_equal "$(of_mydev0 '[.interrupts, .dma_transfers, .dma_bytes] | join(" ")')" '0 0 0'
}

@test "registers has those of the data sheet, for who may look" {
	run --separate-stderr -0 mydevctl registers mydev0 --json
	"$BATS_TEST_DIRNAME/validate.py" register <<<"$output"
	assert_equal "$(jq '.items[] | select(.name == "identification").value % 65536' <<<"$output")" $((0xed))
	assert_equal "$(jq '.items[] | select(.name == "liveness").value' <<<"$output")" $((0xffffffff - 0x5aa5c33c))
	run -0 mydevctl registers mydev0
	assert_line --regexp '^mydev0 +identification +0x0 +4 B 0x[0-9a-f]{4}00ed '
	run -5 as_user mydevctl registers mydev0
}

@test "data that is out of the device's reach goes through memory that is not" {
	local trace=/sys/kernel/tracing event=events/swiotlb/swiotlb_bounced/enable
	echo >$trace/trace
	echo 1 >$trace/$event
	mydevctl send mydev0 "$(printf '%03000d' 0)"
	wait_until mydev0_has .rx_used 3000
	echo 0 >$trace/$event
	run grep "swiotlb_bounced: dev_name: $(edu_in 0) dma_mask=fffffff dev_addr=[0-9a-f]\{8,\} size=3000 " $trace/trace
	assert_success
}

@test "while a block travels the next one is gathered, so that a writer waits for no round trip" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		equal(write(fd, pattern(100)), 100)
		equal(write(fd, pattern(4095, 100)), 4095)
		got = b""
		while len(got) < 4195:
		    wait_until(lambda: polled(fd) & IN)
		    got += read(fd, 70000)
		assert got == pattern(4195)
	EOF
}

@test "a reader that does not read holds the data back, and loses none of it" {
	mydevctl set mydev0 rx-policy=block rx-size=4K
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		sent = 0
		quiet_since = time.monotonic()
		while time.monotonic() < quiet_since + 1 * SLOWNESS:
		    if polled(fd) & OUT:
		        sent += write(fd, pattern(5000, sent))
		        quiet_since = time.monotonic()
		    time.sleep(0.01)
		with raises(EAGAIN):
		    write(fd, b"x")
		equal(readable_bytes(fd), 4096)
		# The ring, what the driver holds back, and what it has gathered meanwhile.
		assert 4096 + 4095 < sent <= 4096 + 2 * 4095, sent
		got = b""
		while len(got) < sent:
		    wait_until(lambda: polled(fd) & IN)
		    got += read(fd, 999)
		assert got == pattern(sent)
		equal(write(fd, b"on"), 2)
		wait_until(lambda: polled(fd) & IN)
		equal(read(fd, 10), b"on")
	EOF
	assert_equal "$(of_mydev0 '[.state, .rx_dropped] | join(" ")')" 'running 0'
}

@test "what is written arrives also when its writer has closed the device meanwhile" {
	echo 'hello, device' >/dev/mydev0
	wait_until mydev0_has .rx_used 14
	run -0 timeout 5 head -n 1 /dev/mydev0
	assert_output 'hello, device'
}

@test "who wants a signal gets it when the device takes data again" {
	check <<-'EOF'
		import signal
		F_SETSIG, POLL_OUT = 10, 2
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
		fd = os.open("/dev/mydev0", O_WRONLY | O_NONBLOCK)
		fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
		fcntl.fcntl(fd, F_SETSIG, signal.SIGRTMIN)

		def filled():
		    try:
		        while True:
		            write(fd, bytes(4095))
		    except BlockingIOError:
		        fcntl.fcntl(fd, fcntl.F_SETFL, O_NONBLOCK | os.O_ASYNC)
		        return not polled(fd) & OUT

		wait_until(filled)
		reason = None
		while reason != POLL_OUT:  # there are others for what comes back
		    told = signal.sigtimedwait([signal.SIGRTMIN], 10 * SLOWNESS)
		    assert told, "no signal for room"
		    reason = told.si_code
	EOF
}

@test "two devices at once do not mix up what goes through them" {
	plug 1
	flow_begins mydev0 0
	flow_begins "$(name_in 1)" 1000000
	sleep 3
	flow_ends mydev0 all
	flow_ends "$(name_in 1)" all
	unplug 1
}

@test "a device that may not use MSI is served by the legacy line" {
	unbind 0
	echo 0 >"$(sysfs_of 0)/msi_bus"
	bind 0
	run grep -w mydev0 /proc/interrupts
	assert_output --partial IO-APIC
	flow_begins mydev0
	sleep 2
	flow_ends mydev0 all
	unbind 0
	echo 1 >"$(sysfs_of 0)/msi_bus"
	bind 0
	run grep -w mydev0 /proc/interrupts
	assert_output --partial PCI-MSI
}

# ---- What goes wrong ----

@test "an interrupt that does not come is a fault, of which a reset cures the device" {
	setpci -s "$(edu_in 0)" COMMAND=0:4 # it can reach no memory, and a message is nothing else
	echo lost >/dev/mydev0
	wait_until mydev0_has .state faulted
	assert_equal "$(of_mydev0 '.fault + ": " + .fault_msg')" 'timeout: a transfer has ended without an interrupt'
	run -1 bash -c 'echo more >/dev/mydev0'
	assert_output --partial 'Input/output error'
	mydevctl reset mydev0
	assert_equal "$(of_mydev0 '[.state, .rx_used] | join(" ")')" 'running 0'
	flow_begins mydev0
	flow_ends mydev0 all
}

@test "an interrupt that does not come is a fault also when others came before" {
	flow_begins mydev0
	flow_ends mydev0 all
	setpci -s "$(edu_in 0)" COMMAND=0:4
	echo lost >/dev/mydev0
	wait_until mydev0_has .state faulted
	mydevctl reset mydev0
}

@test "a reset that the device does not carry out changes nothing, and the device goes on" {
	mydevctl set mydev0 rx-policy=block rx-size=4K
	check <<-'EOF'
		import subprocess
		address = os.path.basename(os.path.realpath("/sys/class/mydev/mydev0/device"))

		def answers(yes):
		    subprocess.run(["setpci", "-s", address, f"COMMAND={2 * yes}:2"], check=True)

		fd, family = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK), Family()
		equal((write(fd, pattern(4000)), write(fd, pattern(2000, 4000))), (4000, 2000))
		wait_until(lambda: readable_bytes(fd) == 4096)
		# The rest is in the driver.
		before = family.do("dev-get", id=0)
		answers(False)
		try:
		    with raises(EIO):
		        family.do("reset", id=0)
		finally:
		    answers(True)
		now = family.do("dev-get", id=0)
		equal(*({name: d[name] for name in ("state", "rx_used", "rx_discarded", "resets")} for d in (now, before)))
		got = b""
		while len(got) < 6000:
		    wait_until(lambda: polled(fd) & IN)
		    got += read(fd, 70000)
		assert got == pattern(6000)
		equal(write(fd, b"on"), 2)
		wait_until(lambda: polled(fd) & IN)
		equal(read(fd, 10), b"on")
	EOF
}

@test "a reset drops what is on its way, and nothing of it turns up later" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR)
		family = Family()
		for delay in 0, 0.05, 0.15, 0.25:
		    equal(write(fd, b"old" * 1500), 4500)
		    time.sleep(delay)
		    family.do("reset", id=0)
		    equal(readable_bytes(fd), 0)
		    equal(write(fd, b"new"), 3)
		    equal(read(fd, 10), b"new")
	EOF
}

@test "while a reset waits for the device, nobody waits who writes to it or looks at it" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		family = Family()

		def put_off():
		    """How often a byte was refused, and the device looked at, while a reset waited for a transfer to end."""
		    family.do("reset", id=0)
		    equal(write(fd, pattern(4000)), 4000)
		    reset = Started(lambda: Family().do("reset", id=0))
		    sent = times = 0
		    while reset.thread.is_alive():
		        try:
		            sent += write(fd, b"x")
		        except BlockingIOError:
		            assert sent < 4000, "the device has taken what it has room for"
		            family.do("dev-get", id=0)
		            times += reset.thread.is_alive()
		    reset.result()
		    return times

		wait_until(lambda: put_off() > 3)
		family.do("reset", id=0)
		equal(write(fd, b"new"), 3)
		wait_until(lambda: polled(fd) & IN)
		equal(read(fd, 10), b"new")
	EOF
}

@test "while a reset waits for the device, poll tells of no room" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)

		def without_room():
		    Family().do("reset", id=0)
		    equal(write(fd, pattern(100)), 100)
		    reset, times = Started(lambda: Family().do("reset", id=0)), 0
		    while reset.thread.is_alive():
		        times += not polled(fd) & OUT
		    reset.result()
		    return times

		wait_until(without_room)
		equal(polled(fd), OUT)
	EOF
}

@test "the self-test has the device compute, and sends data round" {
	run -0 mydevctl selftest mydev0 --json
	assert_equal "$(jq -r '.items[0] | [.kind, .result, .bytes] | join(" ")' <<<"$output")" 'edu passed 6144'
}

@test "the self-test leaves alone what a user has on its way" {
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_WRONLY)
		write(fd, pattern(8000))
		os.close(fd)
		with raises(EBUSY):
		    Family().do("selftest", id=0)
		fd = os.open("/dev/mydev0", O_RDONLY)
		got = b""
		while len(got) < 8000:
		    got += read(fd, 8000)
		assert got == pattern(8000)
	EOF
}

@test "a self-test that is killed leaves nothing to the next reader" {
	check <<-'EOF'
		import subprocess
		family = Family()

		def amid_it():
		    family.do("reset", id=0, counters=1)
		    since = family.last_event() + 1
		    test = subprocess.Popen(["mydevctl", "selftest", "mydev0"])
		    wait_until(lambda: family.do("dev-get", id=0)["tx_bytes"] or test.poll() is not None)
		    test.kill()
		    test.wait()
		    return "selftest-passed" not in [EVENT_TYPES[event["event"] - 1] for event in family.events(since)]

		wait_until(amid_it)
		time.sleep(0.5)  # until what may still be on its way would be back
		now = family.do("dev-get", id=0)
		equal([now[name] for name in ("state", "rx_used", "resets")], [RUNNING, 0, 1])
	EOF
}

@test "a self-test without interrupts fails, and says so" {
	mydevctl selftest mydev0
	setpci -s "$(edu_in 0)" COMMAND=0:4
	run --separate-stderr -1 mydevctl selftest mydev0 --json
	assert_equal "$(jq -r '.items[0] | .result + ": " + .msg' <<<"$output")" \
		'failed: no interrupt came for the factorial of 5'
}

@test "a reset forgets how much of a block was delivered" {
	mydevctl set mydev0 rx-policy=block rx-size=4K
	check <<-'EOF'
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		equal((write(fd, pattern(4000)), write(fd, pattern(2000, 4000))), (4000, 2000))
		# 96 bytes of the second block are in the ring, the rest is in the driver.
		wait_until(lambda: readable_bytes(fd) == 4096)
		Family().do("reset", id=0)
		equal(write(fd, pattern(50)), 50)
		wait_until(lambda: polled(fd) & IN)
		equal(read(fd, 5000), pattern(50))
	EOF
}

@test "a device that is faulted does not keep the machine from sleeping" {
	setpci -s "$(edu_in 0)" COMMAND=0:4
	echo lost >/dev/mydev0
	wait_until mydev0_has .state faulted
	sleep_and_wake
	mydevctl reset mydev0
	flow_begins mydev0
	flow_ends mydev0 all
}

@test "two devices that share a legacy line each get their own interrupts" {
	local other each name names=()
	other_is_there() { [[ -e /sys/bus/pci/devices/$other/mydev ]]; }
	other_is_gone() { ! monitor qom-list /machine/peripheral | grep -q '^other0 '; }
	unplug 0
	# Function 0 comes last: it is what the kernel is told of.
	monitor device_add edu,id=other0,bus=port0,addr=0.1
	monitor device_add edu,id=device0,bus=port0,addr=0.0,multifunction=on
	wait_until is_driven 0
	other=$(edu_in 0)
	other=${other%.0}.1
	wait_until other_is_there
	for each in "$(edu_in 0)" "$other"; do
		echo "$each" >"$driver/unbind"
		echo 0 >"/sys/bus/pci/devices/$each/msi_bus"
		echo "$each" >"$driver/bind"
		names+=("$(ls "/sys/bus/pci/devices/$each/mydev")")
	done
	run grep -w "${names[0]}" /proc/interrupts
	assert_output --regexp "IO-APIC.* ${names[0]}, ${names[1]}\$"
	flow_begins "${names[0]}"
	flow_begins "${names[1]}" 1000000
	for name in "${names[@]}"; do
		flow_ends "$name" all
	done
	assert_equal "$(mydevctl status --json | jq -c '.items | map(.interrupts == .dma_transfers)')" '[true,true]'
	unplug 0
	wait_until other_is_gone
}

@test "a device that does not wake up for who opens it is a fault, of which a reset cures it" {
	setpci -s "$(edu_in 0)" COMMAND=0:2 # it answers no more
	may_sleep
	wait_until is_now suspended
	exec 5<>/dev/mydev0
	assert_equal "$(of_mydev0 '.fault + ": " + .fault_msg')" 'link: the device has not woken up'
	setpci -s "$(edu_in 0)" COMMAND=2:2
	mydevctl reset mydev0
	exec 5>&-
	flow_begins mydev0
	flow_ends mydev0 all
}

@test "a device that fails its self-test and cannot be reset is faulted" {
	setpci -s "$(edu_in 0)" COMMAND=0:2 # it answers no more
	run -1 mydevctl selftest mydev0
	setpci -s "$(edu_in 0)" COMMAND=2:2
	assert_equal "$(of_mydev0 '.fault + ": " + .fault_msg')" \
		'hardware: it could not be reset after a self-test that failed'
	mydevctl reset mydev0
	assert_equal "$(of_mydev0 .state)" running
}

@test "a reset that fails does not keep the device awake" {
	setpci -s "$(edu_in 0)" COMMAND=0:2 # it answers no more
	run ! mydevctl reset mydev0
	setpci -s "$(edu_in 0)" COMMAND=2:2
	may_sleep
	wait_until is_now suspended
}

@test "a device that is hardware is not removed on request" {
	run --separate-stderr -6 mydevctl remove mydev0
	[[ $stderr = *'no loaded kind removes this device; unbind its driver instead'* ]] || fail "$stderr"
	is_driven 0
}

@test "an interrupt that does not come is missed after 2 s" {
	setpci -s "$(edu_in 0)" COMMAND=0:4
	check <<-'EOF'
		family = Family()
		fd, since = os.open("/dev/mydev0", O_WRONLY), family.last_event() + 1
		begin = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
		write(fd, b"lost")
		wait_until(lambda: family.do("dev-get", id=0)["state"] == FAULTED)
		fault, = [event for event in family.events(since) if event["event"] == EVENT_TYPES.index("fault") + 1]
		took = (fault["time_ns"] - begin) / 1e9
		assert 1.9 < took < 10, took
	EOF
	mydevctl reset mydev0
}

@test "the registers tell of what the device did last" {
	mydevctl selftest mydev0
	echo 'hello, device' >/dev/mydev0
	wait_until mydev0_has .rx_used 14
	run --separate-stderr -0 mydevctl registers mydev0 --json
	value_of() {
		jq ".items[] | select(.name == \"$1\").value" <<<"$output"
	}
	# 12!; that an interrupt tells of it; none is pending.
	assert_equal "$(value_of factorial) $(value_of status) $(value_of interrupt-status)" '479001600 128 0'
	# Out of the device's own buffer, which is over, and an interrupt has told so.
	assert_equal "$(value_of dma-source) $(value_of dma-count) $(value_of dma-command)" '262144 14 6'
	# Into memory, of which it has the first 256 MiB.
	assert_equal "$(jq '.items[] | select(.name == "dma-destination").value | . != 262144 and . < 268435456' <<<"$output")" true
	assert_equal "$(jq --compact-output '[.items[].offset]' <<<"$output")" '[0,4,8,32,36,128,136,144,152]'
}

# ---- Coming and going ----

@test "a device that is pulled out under load is a fault and gone; what was buffered is read, and a new one works" {
	local mark
	flow_begins mydev0
	mark=$(kernel_log_mark)
	yank 0
	flow_ends mydev0 ENODEV
	run "$programs/kernel_events"
	assert_line --regexp 'MYDEV_EVENT=fault.*MYDEV_FAULT=link.*MYDEV_FAULT_MSG=the device was unplugged'
	assert_line --partial 'MYDEV_EVENT=device-removed'
	run kernel_log_since "$mark"
	refute_output --regexp 'mydev|irq|DMA'
	plug 0
	flow_begins "$(name_in 0)"
	flow_ends "$(name_in 0)" all
}

@test "a device that the operator asks for goes without a fault" {
	flow_begins mydev0
	monitor device_del device0
	wait_until is_gone 0
	flow_ends mydev0 ENODEV
	run "$programs/kernel_events"
	assert_line --partial 'MYDEV_EVENT=device-removed'
	refute_line --partial 'MYDEV_EVENT=fault'
}

@test "unbound and bound again under load, it goes on as new each time" {
	local round name
	for round in 1 2 3; do
		name=$(name_in 0)
		flow_begins "$name"
		unbind 0
		flow_ends "$name" ENODEV
		bind 0
	done
	flow_begins "$(name_in 0)"
	flow_ends "$(name_in 0)" all
}

was_reset() {
	(($(mydevctl status "$1" --json | jq '.items[0] | .resets') > 0))
}

@test "unbound while it is reset and written to, it leaves nothing behind that goes on" {
	local round name node writer resetter
	for round in 1 2 3 4 5; do
		name=$(name_in 0)
		exec {node}>"/dev/$name"
		timeout --signal=KILL $((60 * slowness)) cat /dev/zero >&"$node" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
		writer=$!
		while mydevctl reset "$name"; do :; done >/dev/null 2>&1 3>&- {node}>&- &
		resetter=$!
		exec {node}>&-
		wait_until was_reset "$name"
		sleep "0.$((RANDOM % 900 + 100))"
		unbind 0
		wait "$resetter"
		if wait "$writer"; then
			fail "the writer has come to an end"
		fi
		assert grep 'No such device' "$BATS_TEST_TMPDIR/said"
		bind 0
	done
	flow_begins "$(name_in 0)"
	flow_ends "$(name_in 0)" all
}

@test "the module can be removed under load, while the device is open" {
	flow_begins mydev0
	rmmod mydev_edu
	flow_ends mydev0 ENODEV
	modprobe mydev_edu
	is_driven 0
}

# ---- Sleep ----

@test "a device sleeps with the machine, and no byte is lost over it" {
	flow_begins mydev0
	sleep_and_wake
	sleep 1
	flow_ends mydev0 all
}

@test "the machine waits for a transfer no longer than it takes" {
	local start=$SECONDS idle
	sleep_and_wake
	idle=$((SECONDS - start))
	flow_begins mydev0
	start=$SECONDS
	sleep_and_wake
	((SECONDS - start < idle + 5 * slowness))
	flow_ends mydev0 all
}

@test "a device that does not wake up with the machine is a fault, of which a reset cures it" {
	setpci -s "$(edu_in 0)" COMMAND=0:2 # it answers no more
	sleep_and_wake
	assert_equal "$(of_mydev0 '.fault + ": " + .fault_msg')" 'link: the device has not woken up'
	setpci -s "$(edu_in 0)" COMMAND=2:2
	mydevctl reset mydev0
	flow_begins mydev0
	flow_ends mydev0 all
}

@test "a device that may not sleep does not, also after it was used, unbound and bound again" {
	exec 5<>/dev/mydev0
	exec 5>&-
	unbind 0
	bind 0
	sleep 1.5
	assert_equal "$(<"$(sysfs_of 0)/power/control") $(<"$(sysfs_of 0)/power/runtime_status")" 'on active'
}

@test "a device that nobody has open sleeps, and wakes up for who opens it or looks at it" {
	may_sleep
	wait_until is_now suspended
	exec 5<>/dev/mydev0
	is_now active
	echo awake >&5
	exec 5>&-
	# Not before the data has come back.
	wait_until is_now suspended
	assert_equal "$(of_mydev0 .rx_used)" 6
	mydevctl reset mydev0
	wait_until is_now suspended
	flow_begins mydev0
	flow_ends mydev0 all
	wait_until is_now suspended
	mydevctl registers mydev0
	wait_until is_now suspended
	exec 5<>/dev/mydev0 6<>/dev/mydev0
	exec 5>&-
	sleep 0.5
	is_now active
	exec 6>&-
	wait_until is_now suspended
}

# ---- All of it ----

# one_round: something at random, while data flows
one_round() {
	local name
	name=$(name_in 0)
	flow_begins "$name"
	case $((RANDOM % 6)) in
	0)
		yank 0
		flow_ends "$name" ENODEV
		plug 0
		;;
	1)
		unplug 0
		flow_ends "$name" ENODEV
		plug 0
		;;
	2)
		unbind 0
		flow_ends "$name" ENODEV
		bind 0
		;;
	3)
		rmmod mydev_edu
		flow_ends "$name" ENODEV
		modprobe mydev_edu
		is_driven 0
		;;
	4)
		sleep_and_wake
		flow_ends "$name" all
		;;
	5)
		mydevctl inject "$name" hardware
		flow_ends "$name" EIO
		mydevctl reset "$name"
		;;
	esac
}

@test "whatever happens to it, in any order, the data is right and the next one works" {
	local round seed=${SEED:-$RANDOM}
	export BATS_TEST_TIMEOUT=$((60 * slowness * ${ROUNDS:-5}))
	echo "# seed $seed, ${ROUNDS:-5} rounds" >&3
	RANDOM=$seed
	for ((round = 0; round < ${ROUNDS:-5}; round++)); do
		one_round
	done
	flow_begins "$(name_in 0)"
	flow_ends "$(name_in 0)" all
}
