#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Data and events that a device delivers in hard interrupt context: devices that send a test pattern by a timer.

load helpers

setup_file() {
	load_modules devices=0 pattern_interval_us=2000 pattern_bytes=701
}

teardown_file() {
	unload_modules
}

@test "the pattern arrives whole and in order, whatever the sizes that are read" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, got = d.open(O_RDONLY), 0
		    for size in [1, 2, 3, 700, 701, 702, 4096] * 20:
		        data = read(fd, size)
		        equal(data, pattern(len(data), got))
		        got += len(data)
		    assert d.balanced()
		    equal(d.get()["rx_dropped"], 0)
	EOF
}

@test "where the ring is full and nothing may be lost, the device stops, and goes on where it stopped" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, got = d.open(O_RDONLY), 0
		    for room in (lambda: None, lambda: d.set(rx_size=16384), lambda: None):
		        wait_until(lambda: d.get()["rx_used"] == d.get()["rx_size"])
		        before = d.get()["rx_bytes"]
		        time.sleep(0.1)
		        equal(d.get()["rx_bytes"], before)
		        room()
		        data = read(fd, 5000)
		        equal(data, pattern(len(data), got))
		        got += len(data)
		    wait_until(lambda: d.get()["rx_used"] == d.get()["rx_size"])
		    discarded = d.reset()["rx_discarded"]
		    equal(discarded, 16384)
		    got += discarded
		    data = read(fd, 5000)
		    equal(data, pattern(len(data), got))
	EOF
}

@test "a reader that waits is woken, and so is who polls or wants a signal" {
	check <<-'EOF'
		import signal
		with Device() as d:
		    equal(len(read(d.open(O_RDONLY), 701)), 701)
		    fd = d.open()
		    for _ in range(3):
		        poller = select.poll()
		        poller.register(fd, IN)
		        equal(poller.poll(5000), [(fd, IN)])
		        read(fd, 65536)
		    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
		    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
		    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC | O_NONBLOCK)
		    assert signal.sigtimedwait({signal.SIGIO}, 5)
	EOF
}

@test "with drop, what is missing in the pattern is what is counted and told as lost" {
	check <<-'EOF'
		def common(data, start):
		    pairs = zip(data, pattern(len(data), start))
		    return next((i for i, (a, b) in enumerate(pairs) if a != b), len(data))

		def runs(data):
		    """Where in the pattern the data begins, how long it goes on, and so forth."""
		    while len(data) >= 7:
		        starts = [4 * struct.unpack_from("<I", data, skip)[0] - skip for skip in range(4)]
		        length, start = max((common(data, start), start) for start in starts if 0 <= start < 1 << 30)
		        yield start, length
		        data = data[length:]

		since = Family().last_event() + 1
		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd = d.open(O_RDONLY)
		    got = end = 0
		    for _ in range(5):
		        time.sleep(0.05)
		        data = read(fd, 4096)
		        got += len(data)
		        for start, length in runs(data):
		            assert start >= end, (start, end)
		            end = start + length
		    missing = end - got
		    d.set(rx_policy=BLOCK)
		    d.reset()
		    time.sleep(0.3)
		    told = [event for event in d.family.events(since) if event["dev_id"] == d.id]
		    assert missing, "nothing was lost"
		    assert missing <= d.get()["rx_dropped"], (missing, d.get())
		    equal(sum(event.get("lost", 0) for event in told), d.get()["rx_dropped"])
		    equal(sum(event.get("count", 1) for event in told
		              if event["event"] == EVENT_TYPES.index("overrun-begin") + 1), d.get()["rx_overruns"])
		    assert d.balanced()
	EOF
}

@test "a device that waits for room goes on when its ring may lose data" {
	check <<-'EOF'
		for policy in DROP, OVERWRITE:
		    with Device(rx_size=4096, rx_policy=BLOCK) as d:
		        wait_until(lambda: d.get()["rx_used"] == 4096)
		        d.set(rx_policy=policy)
		        wait_until(lambda: d.get()["rx_dropped"])
	EOF
}

@test "with overwrite, the newest of the pattern is there, and each byte is accounted for" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=OVERWRITE) as d:
		    fd, last = d.open(O_RDONLY), 0
		    for _ in range(10):
		        time.sleep(0.05)
		        data = read(fd, 4096)
		        skip = next(i for i in range(4)
		                    if pattern(len(data), 4 * struct.unpack_from("<I", data, i)[0] - i) == data)
		        begin = 4 * struct.unpack_from("<I", data, skip)[0] - skip
		        assert begin >= last
		        last = begin + len(data)
		    assert d.get()["rx_dropped"] > 0
		    assert d.balanced()
	EOF
}

@test "events that an interrupt raises name no process" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=DROP, watermark=2000) as d:
		    wait_until(lambda: d.get()["rx_dropped"])
		    told = {EVENT_TYPES[event["event"] - 1]: event for event in d.family.events(1) if event["dev_id"] == d.id}
		    for name in ("watermark", "overrun-begin"):
		        assert not {"pid", "uid", "comm"} & set(told[name]), told[name]
	EOF
}

@test "a faulted device sends nothing, and after a reset it goes on" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd = d.open(O_RDONLY)
		    read(fd, 100)
		    d.inject(LINK)
		    with raises(EIO):
		        while True:
		            read(fd, 4096)
		    before = d.get()["rx_bytes"]
		    time.sleep(0.1)
		    equal(d.get()["rx_bytes"], before)
		    d.reset()
		    assert read(fd, 100)
	EOF
}

@test "what is written to such a device goes nowhere" {
	check <<-'EOF'
		with Device() as d:
		    equal(write(d.open(), bytes(100000)), 100000)
		    equal(d.get()["tx_bytes"], 100000)
		    data = read(d.open(O_RDONLY), 100)
		    equal(data, pattern(len(data)))
	EOF
}

@test "devices that send at full speed come and go" {
	check <<-'EOF'
		def drain(fd):
		    with raises(ENODEV):
		        while True:
		            read(fd, 4096)

		for turn in range(20):
		    # With block, the reader makes the device go on, perhaps while it is being removed.
		    with Device(rx_size=4096, rx_policy=(DROP, BLOCK)[turn // 2 % 2]) as d:
		        fd = d.open(O_RDONLY)
		        reader = Started(drain, fd)
		        if turn % 2:
		            wait_until(lambda: d.get()["rx_bytes"])
		    reader.result()
		    os.close(fd)
	EOF
}

@test "a pattern that makes no sense is refused, with the reason in the kernel's log" {
	unload_modules
	mark=$(kernel_log_mark)
	for wrong in pattern_interval_us=1 pattern_bytes=0 pattern_bytes=4097; do
		run ! modprobe mydev_virt devices=1 "$wrong"
	done
	run -0 kernel_log_since "$mark"
	assert_output --partial "pattern interval: must be 0 or 20 to 3600000000 us"
	assert_output --partial "pattern bytes: must be 1 to 4096"
}

@test "an interval may be more nanoseconds than 32 bits count" {
	load_modules devices=0 pattern_interval_us=5000000 pattern_bytes=4
	check <<-'EOF'
		begun = time.monotonic()
		with Device() as d:
		    wait_until(lambda: d.get()["rx_bytes"])
		    assert time.monotonic() - begun >= 5
	EOF
}

@test "a block may begin and end anywhere in a word of the pattern" {
	load_modules devices=0 pattern_interval_us=2000 pattern_bytes=703
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, got = d.open(O_RDONLY), 0
		    for _ in range(40):
		        data = read(fd, 4096)
		        equal(data, pattern(len(data), got))
		        got += len(data)
	EOF
}
