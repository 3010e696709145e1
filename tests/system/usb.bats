#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Devices on USB, which are gadgets of the same kernel (gadget.bash): their data, their errors, and all that can happen to
# them. SEED, ROUNDS and MEGABYTES, in the environment, repeat a failure and make it longer:
#   make test-system TESTS=tests/system/usb.bats VM_FLAGS="--env ROUNDS=100 --env SEED=4711"

load helpers
load gadget

setup_file() {
	export BATS_TEST_TIMEOUT=$((600 * slowness))
	export SEED=${SEED:-$RANDOM} ROUNDS=${ROUNDS:-6} MEGABYTES=${MEGABYTES:-2}
	echo "# seed $SEED, rounds $ROUNDS, $MEGABYTES MiB" >&3
	load_bus
}

setup() {
	unload_modules
	modprobe mydev
}

teardown() {
	rm -f "$BATS_TEST_TMPDIR/resetting"
	echo >/sys/module/usbcore/parameters/quirks
	remove_gadgets
	wait_until absent a
	wait_until absent b
	unload_modules
}

teardown_file() {
	unload_bus
}

# ---- What the tests are made of ----

# loopback [SPEED]: the gadget a is plugged in, and $device is its device
loopback() {
	gadget a 0 "${1:-high}" Loopback
	plug a
	device=$(device_of a)
}

# sourcesink: the same with one that halts its endpoint where it is sent anything but zeros
sourcesink() {
	gadget a 0 high SourceSink pattern=0
	plug a
	device=$(device_of a)
}

# on DEVICE [COMMAND...]: `check` with what usb.py has, for this device
on() {
	local device=$1
	shift
	{ echo "from usb import *" && cat; } | DEVICE=$device check "$@"
}

status_of() { # DEVICE JQ
	mydevctl status "$1" --json | jq --compact-output --raw-output ".items[0] | $2"
}

events_of() { # DEVICE: their names, that of a fault with what it is
	"$programs/kernel_events" | tr '\t' ' ' | grep "MYDEV_DEVICE=$1 " |
		sed -E 's/.* MYDEV_EVENT=([a-z-]*)( MYDEV_FAULT=([a-z]*) MYDEV_FAULT_MSG=(.*) MYDEV_KIND)?.*/\1 \3: \4/; s/ : $//'
}

asleep() { # NAME: whether the bus has suspended it
	[[ $(<"$(usb_of "$1")/power/runtime_status") = suspended ]]
}

# ---- Being found ----

@test "a gadget that is plugged in loads its driver, and its device says what it is, as the kernel does" {
	refute [ -e /sys/module/mydev_usb ]
	loopback
	local usb
	usb=$(usb_of a)
	assert [ -e /sys/module/mydev_usb ]
	assert_equal "$(status_of "$device" '[.kind, .bus, .address, .driver, .link_speed, .state]')" \
		"[\"usb\",\"usb\",\"$(basename "$usb"/*:1.0)\",\"mydev_usb\",480,\"running\"]"
	assert_equal "$(basename "$(readlink "$usb"/*:1.0/driver)")" mydev_usb
	assert_equal "$(<"$usb/speed")" 480
	run lsusb -d 1209:0001
	assert_success
	run lsusb --tree
	assert_line --partial 'Driver=mydev_usb, 480M'
	assert_equal "$(status_of "$device" '[.dma_transfers, .dma_bytes, has("interrupts")]')" '[0,0,false]'
}

@test "a link is as fast as the gadget" {
	gadget a 0 super Loopback
	plug a
	assert_equal "$(status_of "$(device_of a)" .link_speed) $(<"$(usb_of a)/speed")" '5000 5000'
	remove_gadgets
	wait_until absent a
	gadget a 0 full Loopback
	plug a
	assert_equal "$(status_of "$(device_of a)" .link_speed) $(<"$(usb_of a)/speed")" '12 12'
}

# ---- Data ----

@test "data comes back byte for byte, whatever its length, at high speed" {
	loopback high
	lengths
}

@test "data comes back byte for byte, whatever its length, at super speed" {
	loopback super
	lengths
}

lengths() {
	on "$device" <<-'EOF'
		dice = random.Random(SEED)
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    # Around those of a packet, of a buffer of the gadget, of one of the driver, and of all of them.
		    for size in 64, 512, 1024, 4096, 16384, 8 * 16384:
		        for length in size - 1, size, size + 1, 2 * size:
		            exchange(fd, dice.randbytes(length))
		    exchange(fd, b"x")
		    for _ in range(60):
		        exchange(fd, *[dice.randbytes(dice.choice([1, 30, 512, 700, 4096, 9999, 20000])) for _ in range(4)])
		    at_rest = d.get()
		    equal(at_rest["dma_bytes"], at_rest["tx_bytes"] + at_rest["rx_bytes"])
		    equal(at_rest["tx_bytes"], at_rest["rx_bytes"])
	EOF
}

@test "a long stream goes both ways at once, through a small ring, too" {
	loopback super
	on "$device" <<-'EOF'
		dice = random.Random(SEED)
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    stream(fd, int(os.environ["MEGABYTES"]) << 20, dice)
		    d.set(rx_size=4096)
		    stream(fd, 1 << 19, dice)
		    equal(d.get()["rx_dropped"], 0)
	EOF
}

@test "while nobody reads, the writer waits, and nothing is lost" {
	loopback
	on "$device" <<-'EOF'
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    data = random.Random(SEED).randbytes(1 << 20)
		    writer = Started(send, fd, data)
		    d.settled()
		    writer.asleep_in("write")
		    stuck = d.get()
		    equal(stuck["rx_used"], stuck["rx_size"])
		    assert stuck["tx_bytes"] < len(data)
		    equal(polled(fd), IN)
		    equal(receive(fd, len(data)), data)
		    writer.result()
		    wait_until(lambda: polled(fd) == OUT)
	EOF
}

@test "what is written before the last close is sent, and read after the next open" {
	# Slow enough that the writer is gone long before the data.
	loopback full
	local n sent=$BATS_TEST_TMPDIR/sent
	for n in 1 2 3; do
		head --bytes=50000 /dev/urandom >"$sent"
		cat "$sent" >"/dev/$device"
		assert_equal "$(status_of "$device" '[.tx_bytes, .dma_bytes - .rx_bytes]')" "[$((n * 50000)),$((n * 50000))]"
		timeout $((30 * slowness)) head --bytes=50000 "/dev/$device" | cmp - "$sent"
	done
}

@test "what a device does not take before the last close is sent after the next open" {
	loopback
	on "$device" <<-'EOF'
		with Plugged() as d:
		    data = random.Random(SEED).randbytes(1 << 20)
		    fd = d.open(O_WRONLY | O_NONBLOCK)
		    sent = 0
		    while True:
		        try:
		            sent += write(fd, data[sent:sent + 10000])
		        except BlockingIOError:
		            before = d.get()["dma_bytes"]
		            d.settled()
		            if d.get()["dma_bytes"] == before:
		                break
		    os.close(fd)
		    time.sleep(0.5)
		    fd = d.open(O_RDWR)
		    equal(receive(fd, sent), data[:sent])
	EOF
}

@test "what is written from memory that is not there yet is sent, and an address that is none costs nothing" {
	loopback
	on "$device" <<-'EOF'
		import raw
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    for _ in range(20):
		        equal(Started(raw.write, fd, raw.pages(1), 4096).result(), 4096)
		        equal(receive(fd, 4096), bytes(4096))
		        with raises(EFAULT):
		            raw.write(fd, 1, 10)
	EOF
}

@test "two devices do not mix up their data" {
	gadget a 0 high Loopback
	gadget b 1 super Loopback
	plug a
	plug b
	A=$(device_of a) B=$(device_of b) on none <<-'EOF'
		with Plugged(os.environ["A"]) as a, Plugged(os.environ["B"]) as b:
		    equal([a.get()["link_speed"], b.get()["link_speed"]], [480, 5000])
		    work = [Started(stream, d.open(O_RDWR), 1 << 19, random.Random(SEED + d.id)) for d in (a, b)]
		    for each in work:
		        each.result(within=300)
	EOF
}

@test "a source that floods a device loses what is counted, with an event for each time" {
	gadget a 0 high SourceSink pattern=1
	plug a
	on "$(device_of a)" <<-'EOF'
		with Plugged() as d:
		    d.set(rx_policy=DROP)
		    fd = d.open()
		    wait_until(lambda: d.get()["rx_dropped"] > 1000000)
		    flooded = d.get()
		    equal([flooded["rx_overruns"], d.balanced()], [1, True])
		    wait_until(lambda: d.told("overrun-begin") == 1)
		    # The oldest was kept, whole.
		    equal(read(fd, 65536), bytes(n % 512 % 63 for n in range(65536)))
		    # Once half of it is free, an overrun is over; but it fills up again while it is read.
		    while d.get()["rx_overruns"] < 2:
		        receive(fd, 65536)
		    os.close(fd)
		    wait_until(lambda: d.told("overrun-begin") == d.get()["rx_overruns"])
		    at_rest = d.get()
		    assert d.balanced()
		    equal(at_rest["dma_bytes"], at_rest["rx_bytes"])
	EOF
}

@test "a device that sends back what it is sent passes its self-test; one that does not has none" {
	loopback
	run -0 mydevctl selftest "$device" --json
	assert_equal "$(jq -r '.items[0] | .result, .bytes' <<<"$output" | tr '\n' ' ')" 'passed 262144 '
	remove_gadgets
	wait_until absent a
	gadget a 0 high SourceSink
	plug a
	run --separate-stderr -6 mydevctl selftest "$(device_of a)"
	[[ $stderr = *'has no self-test'* ]]
}

@test "the self-test leaves alone what a user has on its way" {
	loopback full
	on "$device" <<-'EOF'
		with Plugged() as d:
		    data, got = random.Random(SEED).randbytes(50000), b""
		    fd = d.open(O_WRONLY)
		    send(fd, data)
		    os.close(fd)
		    while len(got) < len(data):
		        with raises(EBUSY):
		            d.family.do("selftest", id=d.id)
		        fd = d.open()
		        with raises(EAGAIN):
		            while True:
		                got += read(fd, 65536)
		        os.close(fd)
		    equal(got, data)
		    d.family.do("selftest", id=d.id)
	EOF
}

# ---- Rest ----

@test "a device that nobody has open is suspended, and wakes up for who opens it" {
	loopback
	local usb
	usb=$(usb_of a)
	echo 0 >"$usb/power/autosuspend_delay_ms"
	echo auto >"$usb/power/control"
	wait_until asleep a
	local n
	for n in 1 2; do
		on "$device" <<-'EOF'
			with Plugged() as d:
			    fd = d.open(O_RDWR)
			    exchange(fd, random.Random(SEED).randbytes(10000))
		EOF
		wait_until asleep a
		mydevctl reset "$device"
		wait_until asleep a
		mydevctl selftest "$device"
		wait_until asleep a
	done
	exec 7<>"/dev/$device"
	sleep 1
	run asleep a
	exec 7>&-
	assert_failure
}

@test "data goes on after the system was suspended, for who had the device open, too" {
	loopback
	export -f sleep_and_wake
	on "$device" <<-'EOF'
		import subprocess
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    for n in range(3):
		        exchange(fd, random.Random(SEED + n).randbytes(100000))
		        subprocess.run(["bash", "-c", "sleep_and_wake"], check=True)
		    exchange(fd, random.Random(SEED).randbytes(100000))
		    equal(d.get()["state"], RUNNING)
	EOF
	sleep_and_wake
	on "$device" <<-'EOF'
		with Plugged() as d:
		    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(100000))
	EOF
	assert_equal "$(device_of a)" "$device"
}

# ---- Errors ----

@test "an endpoint that the device halts is cleared, and what waited is sent" {
	sourcesink
	on "$device" <<-'EOF'
		with Plugged() as d:
		    d.set(rx_policy=DROP)
		    fd = d.open(O_RDWR)
		    for _ in range(3):
		        send(fd, bytes(5000), b"no zero", *[bytes(3000)] * 20)
		    os.close(fd)
		    at_rest = d.get()
		    equal([at_rest["state"], at_rest["tx_bytes"]], [RUNNING, 3 * (5000 + 7 + 20 * 3000)])
		    equal(at_rest["dma_bytes"], at_rest["rx_bytes"] + at_rest["tx_bytes"])
	EOF
}

@test "what was not sent when the device was closed amid an error is sent after the next open" {
	sourcesink
	on "$device" <<-'EOF'
		with Plugged() as d:
		    d.set(rx_policy=DROP)
		    def all_sent():
		        now = d.get()
		        return now["dma_bytes"] == now["rx_bytes"] + now["tx_bytes"]
		    fd = d.open(O_RDWR)
		    # The pauses before the next attempt grow beyond what closing waits for.
		    send(fd, *[b"no zero"] * 8, bytes(3000))
		    os.close(fd)
		    assert not all_sent()
		    fd = d.open(O_RDWR)
		    wait_until(all_sent)
		    equal(d.get()["state"], RUNNING)
	EOF
}

# forgetful_loopback: a loopback that the bus may suspend, which takes its power, as it were: by a quirk, waking it up begins
# with a reset
forgetful_loopback() {
	local usb
	# A device that was reset is asked for its quirks again.
	echo 1209:0001:b >/sys/module/usbcore/parameters/quirks
	loopback
	usb=$(usb_of a)
	echo 0 >"$usb/power/autosuspend_delay_ms"
	echo auto >"$usb/power/control"
}

@test "a device that lost its power while it was suspended goes on once it is woken" {
	forgetful_loopback
	local n
	for n in 1 2; do
		wait_until asleep a
		on "$device" <<-'EOF'
			with Plugged() as d:
			    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(10000))
			    equal(d.get()["state"], RUNNING)
		EOF
	done
	assert_equal "$(device_of a)" "$device"
}

@test "a device that lost its power with data inside is at fault, and works when it is reset" {
	forgetful_loopback
	on "$device" <<-'EOF'
		with Plugged() as d:
		    d.set(rx_size=4096)
		    fd = d.open()
		    with raises(EAGAIN):
		        while True:
		            write(fd, bytes(10000))
		            d.settled()
		    os.close(fd)
	EOF
	wait_until asleep a
	on "$device" <<-'EOF'
		with Plugged() as d:
		    fd = d.open()
		    wait_until(lambda: d.get()["state"] == FAULTED)
		    equal(d.get()["fault_msg"], "the device was reset while data was on its way")
		    d.reset()
		    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(10000))
	EOF
}

@test "the driver is unloaded amid an error, and nothing of it goes on" {
	sourcesink
	on "$device" <<-'EOF'
		import subprocess
		with Plugged() as d:
		    d.set(rx_policy=DROP)
		    fd = d.open(O_RDWR)
		    send(fd, *[b"no zero"] * 8)
		    time.sleep(0.4)  # so that the pause before the next attempt is a long one
		    os.close(fd)
		    subprocess.run(["rmmod", "mydev_usb"], check=True)
	EOF
	# Longer than the pause. The verdict is that of the kernel's log.
	sleep 3
	[ ! -e /sys/module/mydev_usb ]
}

@test "sysfs has the counters that the driver counts, and no other" {
	loopback
	run -0 ls "/sys/class/mydev/$device/statistics"
	assert_line dma_bytes
	assert_line dma_transfers
	refute_line interrupts
}

@test "a device that halts its endpoint again and again has a fault, which a reset cures" {
	sourcesink
	on "$device" <<-'EOF'
		with Plugged() as d:
		    d.set(rx_policy=DROP)
		    fd = d.open(O_RDWR)
		    # Each error is within 5 s of the one before; the first and the last are further apart.
		    def wrong():
		        while True:
		            send(fd, b"no zero")
		            time.sleep(0.7)
		    with raises(EIO):
		        Started(wrong).result()
		    faulted = d.get()
		    equal([faulted["state"], faulted["fault"], faulted["fault_msg"]],
		          [FAULTED, HARDWARE, "sending: the device halts its endpoint again and again"])
		    d.reset()
		    send(fd, *[bytes(3000)] * 20)
		    os.close(fd)
		    at_rest = d.get()
		    equal([at_rest["state"], at_rest["faults"]], [RUNNING, 1])
	EOF
}

@test "a reset clears what is on its way, and the device works" {
	loopback
	on "$device" <<-'EOF'
		dice = random.Random(SEED)
		with Plugged() as d:
		    fd = d.open(O_RDWR)
		    for n in range(4):
		        writer = Started(send, d.open(O_RDWR), dice.randbytes(300000))
		        wait_until(lambda: d.get()["rx_used"])
		        time.sleep(dice.random() / 5)
		        if n % 2:
		            d.inject(LINK, "rehearsed")
		            with raises(EIO):
		                writer.result() or write(fd, b"x")
		        else:
		            writer.result()
		        d.reset()
		        equal(d.get()["state"], RUNNING)
		        exchange(fd, dice.randbytes(50000))
	EOF
}

@test "a device that somebody else resets goes on" {
	loopback
	on "$device" <<-'EOF'
		with Plugged() as d:
		    fd, bus_node = d.open(O_RDWR), d.bus_node()
		    for n in range(3):
		        exchange(fd, random.Random(SEED + n).randbytes(50000))
		        fcntl.ioctl(bus_node, USBDEVFS_RESET)
		    exchange(fd, random.Random(SEED).randbytes(50000))
		    equal(d.get()["state"], RUNNING)
	EOF
}

@test "a device that somebody else resets while it has data is at fault, and works when it is reset" {
	loopback
	on "$device" <<-'EOF'
		with Plugged() as d:
		    fd, bus_node = d.open(), d.bus_node()
		    for _ in range(3):
		        with raises(EAGAIN):
		            while True:
		                write(fd, bytes(10000))
		                d.settled()
		        fcntl.ioctl(bus_node, USBDEVFS_RESET)
		        equal((d.get()["state"], d.get()["fault_msg"]), (FAULTED, "the device was reset while data was on its way"))
		        d.reset()
		        exchange(d.open(O_RDWR), random.Random(SEED).randbytes(50000))
	EOF
}

@test "a device that somebody else resets amid a block is at fault, though it sends nothing back" {
	gadget a 0 full SourceSink pattern=0
	plug a
	on "$(device_of a)" <<-'EOF'
		def is_cut():
		    fcntl.ioctl(bus_node, USBDEVFS_RESET)
		    return d.get()["state"] == FAULTED

		def flows():
		    with raises(EIO):
		        while True:
		            write(fd, bytes(100000))

		with Plugged() as d:
		    fd, bus_node = d.open(O_WRONLY), d.bus_node()
		    writer = Started(flows)
		    wait_until(is_cut)
		    writer.result()
		    equal(d.get()["fault_msg"], "the device was reset while data was on its way")
	EOF
}

# ---- Going away ----

# loses COMMAND...: what runs on the device while this is done to it ends, with what was in time
loses() {
	local loaded=$BATS_TEST_TMPDIR/loaded pid
	rm -f "$loaded"
	on "$device" <<-EOF &
		with Plugged() as d:
		    load = Load(d).flows()
		    open("$loaded", "w").close()
		    load.ends()
	EOF
	pid=$!
	wait_until test -e "$loaded"
	"$@"
	wait "$pid"
	wait_until test ! -e "/sys/class/mydev/$device"
}

@test "a device that is unplugged under load leaves its users what had come, and says so" {
	local n
	loopback
	for ((n = 0; n < 3; n++)); do
		loses unplug a
		plug a
		device=$(device_of a)
	done
	run events_of mydev0
	assert_line 'fault link: the device was unplugged'
	assert_equal "$(grep -c '^fault' <<<"$output") $(grep -c '^device-removed' <<<"$output")" '3 3'
	refute_line state-changed
	grep -A1 '^fault' <<<"$output" | grep -q device-removed
}

@test "a driver that is unbound, or a device that is forbidden, under load, is no fault; both come back" {
	loopback
	local usb interface
	usb=$(usb_of a)
	interface=$(basename "$usb"/*:1.0)
	unbind() { echo "$interface" >/sys/bus/usb/drivers/mydev_usb/unbind; }
	forbid() { echo 0 >"$usb/authorized"; }
	loses unbind
	echo "$interface" >/sys/bus/usb/drivers/mydev_usb/bind
	wait_until present a
	device=$(device_of a)
	loses forbid
	echo 1 >"$usb/authorized"
	wait_until present a
	device=$(device_of a)
	on "$device" <<-'EOF'
		with Plugged() as d:
		    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(50000))
	EOF
	run events_of mydev0
	assert_equal "$(grep -c '^device-removed' <<<"$output")" 2
	refute_line --partial fault
}

@test "the driver is unloaded under load" {
	loopback
	loses rmmod mydev_usb
	modprobe mydev_usb
	wait_until present a
	device=$(device_of a)
	on "$device" <<-'EOF'
		with Plugged() as d:
		    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(50000))
	EOF
}

# resetting: until the file is gone, whether or not there is a device
resetting() {
	local status
	touch "$BATS_TEST_TMPDIR/resetting"
	while [[ -e $BATS_TEST_TMPDIR/resetting ]]; do
		status=0
		timeout --signal=KILL $((20 * slowness)) mydevctl reset mydev0 >/dev/null 2>&1 || status=$?
		echo "$status" >>"$BATS_TEST_TMPDIR/resets"
	done
}

@test "resets beside unplugging, unbinding and unloading wait for each other, but not for good" {
	local round started what resetters=()
	loopback
	# While one has the device, another one is about to.
	for round in 1 2 3; do
		resetting 3>&- &
		resetters+=($!)
	done
	RANDOM=$SEED
	for ((round = 0; round < ROUNDS; round++)); do
		sleep "0.$((RANDOM % 900 + 100))"
		started=$SECONDS
		what=$((RANDOM % 3))
		case $what in
		0) unplug a ;;
		1) basename "$(usb_of a)"/*:1.0 >/sys/bus/usb/drivers/mydev_usb/unbind ;;
		2) rmmod mydev_usb ;;
		esac
		wait_until absent a
		((SECONDS - started < 15 * slowness)) || fail "it took $((SECONDS - started)) s"
		((what == 0)) || unplug a
		wait_until test ! -e /sys/class/mydev/mydev0
		modprobe mydev_usb
		plug a
	done
	rm "$BATS_TEST_TMPDIR/resetting"
	wait "${resetters[@]}"
	run sort --unique "$BATS_TEST_TMPDIR/resets"
	assert_line 0
	# Done, or there was no module, or no device, or it went meanwhile.
	refute_line --regexp '^[^0346]|..'
	on "$(device_of a)" <<-'EOF'
		with Plugged() as d:
		    d.reset()
		    exchange(d.open(O_RDWR), random.Random(SEED).randbytes(50000))
	EOF
}

# mishap: one of what can happen to the device, at random; afterwards it may be gone, or another one
mishap() {
	local usb interface
	usb=$(usb_of a)
	interface=$(basename "$usb"/*:1.0)
	echo "$1" >>"$BATS_TEST_TMPDIR/mishaps"
	case $1 in
	unplug) unplug a ;;
	unbind) echo "$interface" >/sys/bus/usb/drivers/mydev_usb/unbind ;;
	forbid) echo 0 >"$usb/authorized" ;;
	unload) rmmod mydev_usb ;;
	esac
}

@test "whatever happens at random under load, what is read is what was written, and the device comes back" {
	local round usb mishaps=(unplug unbind forbid unload)
	RANDOM=$SEED
	loopback
	for ((round = 0; round < ROUNDS; round++)); do
		if ((RANDOM % 3 == 0)); then
			sleep_and_wake
		fi
		if ((RANDOM % 2)); then
			mydevctl reset "$device"
		fi
		loses mishap "${mishaps[RANDOM % 4]}"
		# Back to a device that works, whatever it was.
		unplug a 2>/dev/null || true
		wait_until eval '! usb_of a'
		remove_gadgets
		modprobe mydev_usb
		gadget a 0 "$( ((RANDOM % 2)) && echo super || echo high)" Loopback
		plug a
		device=$(device_of a)
	done
}
