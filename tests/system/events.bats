#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's events: what each type carries, their order and numbers, that storms are told in sums that add up, and that
# the log is what a listener can always come back to.

load helpers

setup_file() {
	load_modules devices=1
}

# ---- What is told ----

@test "the life of a device is told in order, without holes, with who caused it and when" {
	check <<-'EOF'
		begin, since = time.clock_gettime_ns(time.CLOCK_BOOTTIME), Family().last_event()
		with Device() as d:
		    fd = d.open()
		    write(fd, bytes(77))
		    fcntl.ioctl(fd, RESET)
		    os.close(fd)
		events = Family().events(since + 1)
		end = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

		epoch, me = Family().do("info-get")["epoch"], {"pid": os.getpid(), "uid": 0, "comm": "python3"}
		types = ["device-added", "opened", "reset", "closed", "device-removed"]
		for n, (event, what) in enumerate(zip(events, types), 1):
		    more = {"discarded": 77} if what == "reset" else {}
		    equal(event, {"seq": since + n, "epoch": epoch, "time_ns": event["time_ns"], "event": EVENT_TYPES.index(what) + 1,
		                  "dev_id": d.id, "device": d.name, "kind": "virt", **me, **more})
		equal(len(events), len(types))
		times = [begin, *(event["time_ns"] for event in events), end]
		equal(times, sorted(times))
	EOF
}

@test "what a thread does is told of its process, and who is in a namespace is told by his numbers outside" {
	check <<-'EOF'
		with Device() as d:
		    since = d.family.last_event() + 1
		    Started(lambda: os.close(d.open())).result()
		    wait_until(lambda: len(d.family.events(since)) >= 2)
		    equal({event["pid"] for event in d.family.events(since)}, {os.getpid()})
	EOF
	check unshare --pid --fork <<-'EOF'
		since, me = Family().last_event() + 1, int(os.readlink("/proc/self"))
		os.close(os.open("/dev/mydev0", O_RDWR))
		assert os.getpid() != me
		wait_until(lambda: Family().events(since))
		equal(Family().events(since)[0]["pid"], me)
	EOF
	local mode
	mode=$(stat -c %a /dev/mydev0)
	chmod 666 /dev/mydev0
	check as_user unshare --user --map-root-user <<-'EOF'
		since = Family().last_event()
		os.close(os.open("/dev/mydev0", O_RDWR))
		wait_until(lambda: Family().events(since + 1))
		opened = Family().events(since + 1)[0]
		assert os.getuid() == 0 and opened["uid"] > 0, opened
	EOF
	chmod "$mode" /dev/mydev0
}

@test "a fault and its end are told with the state; a device that goes on complaining is told once" {
	check <<-'EOF'
		with Device() as d:
		    since = d.family.last_event()
		    for _ in range(3):
		        d.inject(LINK, "cable")
		    d.inject(LINK, "plug")
		    d.inject(OVERHEAT)
		    equal(d.reset()["faults"], 5)
		    told = [[event.get(name) for name in ("event", "state", "fault", "fault_msg")]
		            for event in d.family.events(since + 1)]
		    fault, changed, reset = [EVENT_TYPES.index(name) + 1 for name in ("fault", "state-changed", "reset")]
		    equal(told, [[fault, FAULTED, LINK, "cable"], [changed, FAULTED, None, None], [fault, FAULTED, LINK, "plug"],
		                 [fault, FAULTED, OVERHEAT, None], [reset, None, None, None], [changed, RUNNING, None, None]])
	EOF
}

@test "a fault without words has not those of the one before, and one of another code is another one" {
	check <<-'EOF'
		with Device() as d:
		    since = d.family.last_event() + 1
		    faults = [d.inject(fault, *msg) for fault, *msg in ((LINK, "cable"), (OVERHEAT,), (OVERHEAT,), (DMA,))]
		    equal([(now["fault"], now.get("fault_msg")) for now in faults],
		          [(LINK, "cable"), (OVERHEAT, None), (OVERHEAT, None), (DMA, None)])
		    equal([event["fault"] for event in d.family.events(since) if "fault" in event], [LINK, OVERHEAT, DMA])
	EOF
}

@test "an overrun is told when it begins and when the ring is drained to half, with what it cost" {
	check <<-'EOF'
		begun, ended = EVENT_TYPES.index("overrun-begin") + 1, EVENT_TYPES.index("overrun-end") + 1
		for policy, relief in ((DROP, lambda: read(fd, 1)), (OVERWRITE, lambda: read(fd, 1)), (DROP, lambda: d.reset())):
		    with Device(rx_size=4096, rx_policy=policy) as d:
		        fd, since = d.open(), d.family.last_event() + 1
		        told = lambda: [event for event in d.family.events(since) if event["event"] in (begun, ended)]
		        write(fd, bytes(4096))
		        equal(told(), [])
		        write(fd, bytes(10))
		        write(fd, bytes(20))
		        begin, = told()
		        equal((begin["event"], begin["rx_policy"], begin["rx_size"]), (begun, policy, 4096))
		        read(fd, 2047)
		        equal(len(told()), 1)
		        relief()
		        end = told()[1]
		        equal((end["event"], end["lost"]), (ended, 30))
		        # It began when it was noticed, a moment before it was told.
		        assert 0 < end["duration_ns"] <= end["time_ns"] - begin["time_ns"] + 50000000 * SLOWNESS
		        equal((d.get()["rx_overruns"], d.get()["rx_dropped"]), (1, 30))
	EOF
}

@test "an overrun lasts from its first loss on, be it more nanoseconds than 32 bits count" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd, since = d.open(), d.family.last_event() + 1
		    write(fd, bytes(4097))
		    begun = time.monotonic_ns()
		    time.sleep(4.5)
		    write(fd, b"x")
		    lasted = time.monotonic_ns() - begun
		    read(fd, 4096)
		    end = d.family.events(since)[-1]
		    equal((EVENT_TYPES[end["event"] - 1], end["lost"]), ("overrun-end", 2))
		    assert end["duration_ns"] >= lasted, (end["duration_ns"], lasted)
	EOF
}

@test "what waits to be told is told before other settings are, or a fault, or a reset" {
	check <<-'EOF'
		for then, follows in ((lambda: d.set(watermark=0), "setting-changed"), (lambda: d.inject(LINK), "fault"),
		                      (lambda: d.reset(), "reset")):
		    with Device(rx_size=4096, watermark=1000) as d:
		        fd, since = d.open(), d.family.last_event() + 1
		        # The first is told at once, the others wait.
		        for _ in range(3):
		            write(fd, bytes(1000))
		            read(fd, 1000)
		        then()
		        told = [(EVENT_TYPES[event["event"] - 1], event.get("count", 1), event.get("watermark"))
		                for event in d.family.events(since) if event["event"] != EVENT_TYPES.index("opened") + 1]
		        marks = [n for n, (what, _, mark) in enumerate(told) if what == "watermark" and mark == 1000]
		        equal((sum(told[n][1] for n in marks), max(marks) < [what for what, *_ in told].index(follows)), (3, True))
	EOF
}

@test "an overrun that waits to be told is told with the size of its time" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd, since = d.open(), d.family.last_event() + 1
		    for _ in range(3):
		        write(fd, bytes(5000))
		        read(fd, 4096)
		    d.set(rx_size=8192)
		    told = [event for event in d.family.events(since) if event["event"] == EVENT_TYPES.index("overrun-begin") + 1]
		    equal((sum(event.get("count", 1) for event in told), {event["rx_size"] for event in told}), (3, {4096}))
	EOF
}

@test "a watermark that is set below the fill is told at once" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    write(d.open(), bytes(4096))
		    since = d.family.last_event() + 1
		    d.set(watermark=1000)
		    equal([(EVENT_TYPES[event["event"] - 1], event.get("rx_used")) for event in d.family.events(since)],
		          [("setting-changed", None), ("watermark", 4096)])
	EOF
}

@test "the watermark is told again when the fill has fallen to just half of it, also where that is nothing" {
	check <<-'EOF'
		mark = EVENT_TYPES.index("watermark") + 1
		for watermark, fills, falls in ((1, 1, 1), (1000, 1000, 500)):
		    with Device(watermark=watermark) as d:
		        fd, since = d.open(), d.family.last_event() + 1
		        write(fd, bytes(fills))
		        for _ in range(2):
		            read(fd, falls)
		            write(fd, bytes(falls))
		        d.set(watermark=0)  # what waits to be told is told before
		        equal(sum(event.get("count", 1) for event in d.family.events(since) if event["event"] == mark), 3)
	EOF
}

@test "a watermark that is set to just the fill is told at once" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    write(d.open(), bytes(1000))
		    since = d.family.last_event() + 1
		    d.set(watermark=1000)
		    equal([(EVENT_TYPES[event["event"] - 1], event.get("rx_used")) for event in d.family.events(since)],
		          [("setting-changed", None), ("watermark", 1000)])
	EOF
}

@test "the watermark is told when the fill reaches it, and again only after it has fallen" {
	check <<-'EOF'
		mark = EVENT_TYPES.index("watermark") + 1
		with Device(rx_size=4096, watermark=1000) as d:
		    fd, since = d.open(), d.family.last_event() + 1

		    def told():
		        time.sleep(0.15)
		        return [event for event in d.family.events(since) if event["event"] == mark]

		    write(fd, bytes(999))
		    equal(told(), [])
		    write(fd, bytes(501))
		    first, = told()
		    equal((first["rx_used"], first["watermark"]), (1500, 1000))
		    read(fd, 999)
		    write(fd, bytes(600))
		    equal(len(told()), 1)
		    read(fd, 700)
		    write(fd, bytes(599))
		    equal([event["rx_used"] for event in told()], [1500, 1000])
		    d.set(watermark=0)
		    read(fd, 5000)
		    write(fd, bytes(4096))
		    equal(len(told()), 2)
		    read(fd, 5000)
		    d.set(watermark=1000)
		    d.set(watermark=0)
		    write(fd, bytes(4096))
		    equal(len(told()), 2)
	EOF
}

@test "a change is told with exactly the settings that changed, and not at all if none did" {
	check <<-'EOF'
		with Device(rx_size=8192) as d:
		    since = d.family.last_event()
		    d.set(rx_size=4096, rx_policy=BLOCK, watermark=0)
		    d.set(rx_policy=DROP, rx_size=4096, watermark=10)
		    d.set(rx_policy=DROP)
		    d.set(watermark=11)
		    told = d.family.events(since + 1)
		    equal({event["event"] for event in told}, {EVENT_TYPES.index("setting-changed") + 1})
		    equal([{name: event[name] for name in ("rx_size", "rx_policy", "watermark") if name in event} for event in told],
		          [{"rx_size": 4096}, {"rx_policy": DROP, "watermark": 10}, {"watermark": 11}])
	EOF
}

@test "an event names the user and the process that caused it" {
	local mode
	mode=$(stat -c %a /dev/mydev0)
	chmod 666 /dev/mydev0
	check as_user <<-'EOF'
		since = Family().last_event()
		os.close(os.open("/dev/mydev0", O_RDWR))
		opened = Family().events(since + 1)[0]
		equal((opened["event"], opened["uid"], opened["pid"], opened["comm"]),
		      (EVENT_TYPES.index("opened") + 1, os.getuid(), os.getpid(), "python3"))
		assert os.getuid() > 0
	EOF
}

@test "the first open file and the last close are told, not those between" {
	check <<-'EOF'
		with Device() as d:
		    since, files = d.family.last_event() + 1, [d.open() for _ in range(3)]
		    files.append(os.dup(files[0]))
		    equal(d.get()["users"], 3)
		    for fd in files[1:]:
		        os.close(fd)
		    equal([event["event"] for event in d.family.events(since)], [EVENT_TYPES.index("opened") + 1])
		    os.close(files[0])
		    equal(d.get()["users"], 0)
		    equal(d.family.events(since)[-1]["event"], EVENT_TYPES.index("closed") + 1)
	EOF
}

@test "a device that is unplugged tells of a fault, of its state and at last of its removal" {
	check <<-'EOF'
		with Device() as d:
		    for _ in range(5):
		        fd = d.open()
		        os.close(fd)  # some of it waits to be told
		    since = d.family.last_event() + 1
		    d.inject(LINK, "the device was unplugged")
		    d.remove()
		    told = [(event["event"], event.get("fault_msg"), event.get("state")) for event in d.family.events(since)]
		    number = lambda name: EVENT_TYPES.index(name) + 1
		    fault = told.index((number("fault"), "the device was unplugged", FAULTED))
		    equal(told[fault + 1], (number("state-changed"), None, FAULTED))
		    equal(told.index((number("device-removed"), None, None)), len(told) - 1)
	EOF
}

@test "nothing is told of a device after its removal" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    d.remove()
		    write_end = d.family.last_event()
		    os.close(fd)
		    time.sleep(0.2)
		    equal(d.family.events(write_end)[0]["event"], EVENT_TYPES.index("device-removed") + 1)
		    equal(d.family.last_event(), write_end)
	EOF
}

# ---- Storms ----

@test "a storm of opening and closing is a few events, whose counts add up and whose last is the closing" {
	check <<-'EOF'
		opened, closed = EVENT_TYPES.index("opened") + 1, EVENT_TYPES.index("closed") + 1
		with Device() as d:
		    since = d.family.last_event() + 1
		    for _ in range(1000):
		        os.close(d.open())
		    time.sleep(0.3)
		    told = d.family.events(since)
		    for which in (opened, closed):
		        equal(sum(event.get("count", 1) for event in told if event["event"] == which), 1000)
		    equal(told[-1]["event"], closed)
		    took = (told[-1]["time_ns"] - told[0]["time_ns"]) / 1e9
		    assert len(told) <= 2 * (took / 0.1 + 2), f"{len(told)} events in {took} s"
	EOF
}

@test "a few are counted like many, also where the device goes before they are told" {
	check <<-'EOF'
		opened, closed, removed = [EVENT_TYPES.index(name) + 1 for name in ("opened", "closed", "device-removed")]
		for times in (1, 2, 3, 4):
		    for wait in (0.3, 0):
		        with Device() as d:
		            since = d.family.last_event() + 1
		            for _ in range(times):
		                os.close(d.open())
		            time.sleep(wait)
		            d.remove()
		            told = d.family.events(since)
		            for which in (opened, closed):
		                equal(sum(event.get("count", 1) for event in told if event["event"] == which), times)
		            equal(told[-1]["event"], removed)
	EOF
}

@test "what waits to be told is not overtaken" {
	check <<-'EOF'
		def told():
		    time.sleep(0.3)
		    return [EVENT_TYPES[event["event"] - 1] for event in d.family.events(since)]

		with Device(rx_size=4096, watermark=1) as d:
		    since = d.family.last_event() + 1
		    os.close(d.open())
		    fd = d.open()
		    write(fd, b"x")
		    equal(told(), ["opened", "closed", "opened", "watermark"])

		    since = d.family.last_event() + 1
		    fcntl.ioctl(fd, RESET)
		    d.inject(LINK)
		    fcntl.ioctl(fd, RESET)
		    equal(told(), ["reset", "fault", "state-changed", "reset", "state-changed"])
	EOF
}

@test "a storm of resets by ioctl is a few events, whose counts and discarded bytes add up" {
	check <<-'EOF'
		with Device() as d:
		    fd, since = d.open(), d.family.last_event() + 1
		    for _ in range(500):
		        write(fd, b"12345")
		        fcntl.ioctl(fd, RESET)
		    time.sleep(0.3)
		    told = d.family.events(since)
		    equal({event["event"] for event in told}, {EVENT_TYPES.index("reset") + 1})
		    equal(sum(event.get("count", 1) for event in told), 500)
		    equal((sum(event["discarded"] for event in told), d.get()["rx_discarded"]), (2500, 2500))
		    assert len(told) < 100, len(told)
	EOF
}

@test "a storm of overruns is a few events, whose counts and losses add up" {
	check <<-'EOF'
		begun, ended = EVENT_TYPES.index("overrun-begin") + 1, EVENT_TYPES.index("overrun-end") + 1
		for policy in (DROP, OVERWRITE):
		    with Device(rx_size=4096, rx_policy=policy) as d:
		        fd, since = d.open(), d.family.last_event() + 1
		        for _ in range(500):
		            write(fd, bytes(4196))
		            read(fd, 4096)
		        time.sleep(0.3)
		        told, now = d.family.events(since), d.get()
		        for which in (begun, ended):
		            equal(sum(event.get("count", 1) for event in told if event["event"] == which), 500)
		        equal(now["rx_overruns"], 500)
		        equal(sum(event.get("lost", 0) for event in told), now["rx_dropped"])
		        assert len(told) < 100, len(told)
	EOF
}

@test "what a reader loses in a race with an overwriting writer is in the events, too" {
	check <<-'EOF'
		def flood():
		    fd = d.open(O_WRONLY)
		    while not done:
		        write(fd, bytes(65536))

		# So much takes long to copy, and the ring is full: the reader is overtaken indeed.
		with Device(rx_size=1 << 20, rx_policy=OVERWRITE) as d:
		    fd = d.open()
		    for _ in range(2):
		        # The second time there is nothing of the first in the counters.
		        d.reset(counters=1)
		        since, done = d.family.last_event() + 1, False
		        writers = [Started(flood) for _ in range(2)]
		        for _ in range(100):
		            time.sleep(0.01)
		            try:
		                read(fd, 1 << 20)
		            except BlockingIOError:
		                pass
		        done = True
		        for writer in writers:
		            writer.result()
		        write(fd, b"last")
		        read(fd, 1 << 20)
		        time.sleep(0.3)
		        assert d.balanced()
		        equal(sum(event.get("lost", 0) for event in d.family.events(since)), d.get()["rx_dropped"])
	EOF
}

# ---- Log and listeners ----

@test "listeners are told what is in the log" {
	check <<-'EOF'
		listener, family = Listener(), Family()
		since = family.last_event()
		with Device(rx_size=4096, rx_policy=DROP, watermark=5) as d:
		    fd = d.open()
		    write(fd, bytes(5000))
		    d.set(rx_policy=BLOCK)
		    d.inject(DMA, "bad")
		    d.reset()
		    os.close(fd)
		logged = family.events(since + 1)
		equal(listener.until(logged[-1]["seq"]), logged)
		assert len({event["event"] for event in logged}) >= 10, logged
	EOF
}

@test "a listener that is too slow is told so, and finds what it missed in the log" {
	check <<-'EOF'
		import socket
		listener, family = Listener(), Family()
		listener.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		since = family.last_event()
		with Device() as d:
		    for n in range(100):
		        d.set(watermark=n + 1)
		    with raises(ENOBUFS):
		        listener.until(since + 1 << 40)
		    equal([event["watermark"] for event in family.events(since + 2)], list(range(1, 101)))
	EOF
}

@test "the log is read from a sequence number, of this load and of no other" {
	check <<-'EOF'
		family = Family()
		last, epoch = family.last_event(), bytes.fromhex(family.do("info-get")["epoch"])
		equal([event["seq"] for event in family.events()], list(range(1, last + 1)))
		equal([event["seq"] for event in family.events(last - 2)], [last - 2, last - 1, last])
		equal(family.events(last + 1), [])
		equal(len(family.dump("event-get", seq=last, epoch=epoch)), 1)
		with refused(ESTALE, ANYWHERE, "loaded anew"):
		    family.dump("event-get", seq=last, epoch=bytes(16))
	EOF
}

@test "a log that has run over says so by its first number" {
	load_modules devices=0 mydev.event_log=16
	check <<-'EOF'
		family = Family()
		info = family.do("info-get")
		equal((info["event_first"], info["event_last"], info["event_log_size"]), (1, 0, 16))
		equal(family.events(), [])
		with Device() as d:
		    for n in range(20):
		        d.set(watermark=n + 1)
		    info = family.do("info-get")
		    equal((info["event_first"], info["event_last"]), (6, 21))
		    equal([event["seq"] for event in family.events(3)], list(range(6, 22)))
		    equal([event["watermark"] for event in family.events()], list(range(5, 21)))
	EOF
}

@test "each load of the module begins a new epoch, at number 1" {
	load_modules devices=2
	check <<<'print(Family().do("info-get")["epoch"])' >"$BATS_TEST_TMPDIR/epoch"
	load_modules devices=2
	check env EPOCH="$(<"$BATS_TEST_TMPDIR/epoch")" <<-'EOF'
		family = Family()
		equal([event["seq"] for event in family.events()], [1, 2])
		assert family.do("info-get")["epoch"] != os.environ["EPOCH"]
		with refused(ESTALE, ANYWHERE):
		    family.dump("event-get", epoch=bytes.fromhex(os.environ["EPOCH"]))
	EOF
}
