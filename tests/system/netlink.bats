#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The netlink family, asked by a client in plain sockets (family.py): what it answers, what it refuses and in which words,
# to whom it answers, and dumps while devices come and go. Events have a file of their own.

load helpers

setup_file() {
	load_modules devices=2
}

# ---- Answers ----

@test "info-get describes the loaded module" {
	check <<-'EOF'
		info = Family().do("info-get")
		equal(set(info), {name.replace("-", "_") for name in INFO})
		with open("/sys/module/mydev/version") as file:
		    equal(info["version"], file.read().strip())
		with open("/sys/module/mydev/parameters/event_log") as file:
		    equal(info["event_log_size"], int(file.read()))
		equal((info["protocol"], info["devices"], info["devices_max"], info["kind"]), (1, 2, 65536, ["virt"]))
		equal(len(info["epoch"]), 32)
		equal((info["event_first"], info["event_last"]), (1, len(Family().events())))
		with Device():
		    equal(Family().do("info-get")["devices"], 3)
	EOF
}

@test "dev-get describes a device by id, by name or by both" {
	check <<-'EOF'
		family = Family()
		device = still(family.do("dev-get", id=1))
		node = os.stat("/dev/mydev1").st_rdev
		fresh = dict.fromkeys("state fault rx_policy rx_used watermark users rx_bytes read_bytes rx_dropped rx_discarded "
		                      "rx_overruns tx_bytes resets faults".split(), 0)
		bus, address, driver = (device[key] for key in ("bus", "address", "driver"))
		equal(os.path.realpath("/sys/class/mydev/mydev1/device"), os.path.realpath(f"/sys/bus/{bus}/devices/{address}"))
		assert os.path.exists(f"/sys/bus/{bus}/drivers/{driver}/{address}"), device
		equal(device, {"id": 1, "name": "mydev1", "kind": "virt", "parent": f"{bus}/{address}", "rx_size": 65536,
		               "major": os.major(node), "minor": os.minor(node), "bus": bus, "address": address,
		               "driver": driver, **fresh})
		equal(still(family.do("dev-get", name="mydev1")), device)
		equal(still(family.do("dev-get", id=1, name="mydev1")), device)
	EOF
}

@test "dev-get tells since when a device has been in its state" {
	check <<-'EOF'
		age = lambda d: d.get()["state_age_ns"] / 1e9
		with Device(rx_size=4096) as d:
		    for change in (lambda: d.inject(DMA), d.reset):
		        begin = time.monotonic()
		        change()
		        assert age(d) <= time.monotonic() - begin
		        changed = time.monotonic()
		        time.sleep(0.2)
		        d.set(watermark=1)
		        d.inject(OVERHEAT) if d.get()["state"] == FAULTED else d.reset()
		        least = time.monotonic() - changed
		        assert age(d) >= least
	EOF
}

@test "dev-set changes all that is given and answers with the device" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    after = d.set(rx_size=8192, rx_policy=OVERWRITE, watermark=8192)
		    equal((after["rx_size"], after["rx_policy"], after["watermark"]), (8192, OVERWRITE, 8192))
		    equal(still(d.get()), still(after))
		    equal(d.family.do("dev-set", name=d.name, watermark=0)["watermark"], 0)
	EOF
}

@test "dev-new makes a device as asked for, with the number asked for" {
	check <<-'EOF'
		with Device(id=65535, rx_size=1 << 26, rx_policy=DROP, watermark=5) as d:
		    made = d.get()
		    equal((made["id"], made["rx_size"], made["rx_policy"], made["watermark"]), (65535, 1 << 26, DROP, 5))
		    equal(still(d.family.dump("dev-get")[-1]), still(made))
		    assert os.path.exists("/dev/mydev65535")
		with Device() as lowest:
		    equal((lowest.id, lowest.get()["rx_size"]), (2, 65536))
		with Device(rx_size=4096, watermark=4096) as d:
		    equal(d.get()["watermark"], 4096)
	EOF
}

@test "numbers come and go in 4 bytes or 8" {
	check <<-'EOF'
		family = Family()
		last = family.last_event()
		for encoded in (u32(last), u64(last)):
		    equal([event["seq"] for event in family.dump("event-get", seq=encoded)], [last])
		equal(family.dump("event-get", seq=u64(1 << 40)), [])
		equal(family.dump("event-get", seq=u64(0)), family.events())
	EOF
}

@test "a reset with counters=0 leaves them as one without does" {
	check <<-'EOF'
		with Device() as d:
		    write(d.open(), bytes(5))
		    for how, resets in ({}, 1), ({"counters": 0}, 2), ({"counters": 1}, 0):
		        after = d.reset(**how)
		        equal((after["tx_bytes"], after["resets"]), (5 if resets else 0, resets))
	EOF
}

# ---- Refusals ----

@test "attributes that are unknown, of another operation, or of the wrong length are refused" {
	check <<-'EOF'
		family = Family()
		def ask(number, payload, command="dev-get", **header):
		    return family.raw(command, attr(DEV.index("id") + 1, u32(0)) + attr(number, payload), **header)

		for number in (0, len(DEV) + 1, 60, 0x3fff):
		    with refused(EINVAL, number):
		        ask(number, u32(1))
		with refused(EINVAL, "rx-size"):
		    ask(9, u32(4096))
		with refused(EINVAL, "fault"):
		    ask(6, u32(1), "dev-set")
		with refused(EINVAL, "version"):
		    family.do("info-get", version=1)
		with refused(EINVAL, "time-ns"):
		    family.dump("event-get", time_ns=1)
		for length in (0, 1, 3, 5, 8):
		    with refused(POLICY, "watermark"):
		        ask(11, bytes(length), "dev-set")
		for length in (0, 3, 9, 5, 7):
		    with refused(POLICY, ANYWHERE):
		        family.dump("event-get", seq=bytes(length))
		for length in (0, 15, 17):
		    with refused(POLICY, "epoch"):
		        family.dump("event-get", epoch=bytes(length))
	EOF
}

@test "names must end, and may not be longer than a name can be" {
	check <<-'EOF'
		family = Family()
		for name in (b"mydev0", b""):
		    with refused(EINVAL, "name"):
		        family.do("dev-get", name=name)
		with refused(POLICY, "name"):
		    family.do("dev-get", name="m" * 32)
		with refused(POLICY, "fault-msg"):
		    family.do("fault-inject", id=0, fault=LINK, fault_msg="m" * 128)
		with refused(POLICY, "kind"):
		    family.do("dev-new", kind="k" * 32)
		with Device() as d:
		    equal(d.inject(LINK, "m" * 127)["fault_msg"], "m" * 127)
	EOF
}

@test "values out of range are refused at their attribute" {
	check <<-'EOF'
		family = Family()
		for settings in ({"rx_size": 2048}, {"rx_size": 1 << 27}, {"rx_policy": 3}, {"watermark": (1 << 26) + 1},
		                 {"watermark": 0xffffffff}, {"rx_policy": 0xffffffff}):
		    attribute, = settings
		    with refused(ERANGE, attribute.replace("_", "-")):
		        family.do("dev-set", id=0, **settings)
		    with refused(ERANGE, attribute.replace("_", "-")):
		        family.do("dev-new", kind="virt", **settings)
		for number in (65536, 0xffffffff):
		    with refused(ERANGE, "id", "below 65536"):
		        family.do("dev-new", kind="virt", id=number)
		with refused(EINVAL, "rx-size", "power of two"):
		    family.do("dev-set", id=0, rx_size=5000)
		with refused(EINVAL, "watermark", "above rx-size"):
		    family.do("dev-set", id=0, watermark=65537)
		with refused(EINVAL, "watermark", "above rx-size"):
		    family.do("dev-new", kind="virt", rx_size=4096, watermark=4097)
		with refused(ERANGE, "counters"):
		    family.do("reset", id=0, counters=2)
		with refused(ERANGE, "fault"):
		    family.do("fault-inject", id=0, fault=6)
		with refused(EINVAL, "fault", "no fault"):
		    family.do("fault-inject", id=0, fault=NONE)
	EOF
}

@test "a request that lacks something says what" {
	check <<-'EOF'
		family = Family()
		for command in ("dev-get", "dev-del", "reset"):
		    with refused(EINVAL, text="id or name", missing="id"):
		        family.do(command)
		with refused(EINVAL, text="id or name", missing="id"):
		    family.do("dev-set", watermark=1)
		with refused(EINVAL, text="id or name", missing="id"):
		    family.do("fault-inject", fault=LINK)
		with refused(EINVAL, text="nothing to change"):
		    family.do("dev-set", id=0)
		with refused(EINVAL, text="kind", missing="kind"):
		    family.do("dev-new")
		with refused(EINVAL, text="fault", missing="fault"):
		    family.do("fault-inject", id=0)
	EOF
}

@test "a device that is not there is refused by every operation, at the attribute that names it" {
	check <<-'EOF'
		family = Family()
		for command, more in (("dev-get", {}), ("dev-set", {"watermark": 1}), ("dev-del", {}), ("reset", {}),
		                      ("fault-inject", {"fault": LINK})):
		    for number in (7, 65535, 65536, 0xffffffff):
		        with refused(ENODEV, "id", "no such device"):
		            family.do(command, id=number, **more)
		    for name in ("mydev7", "mydev", "", "mydev00", "mydev+0", "mydev 0", "mydev0 ", "mydev-1", "mydev4294967296",
		                 "MYDEV0", "../mydev0"):
		        with refused(ENODEV, "name", "no such device"):
		            family.do(command, name=name, **more)
		    with refused(EINVAL, "id", "different devices"):
		        family.do(command, id=0, name="mydev1", **more)
	EOF
}

@test "dev-new refuses a number that is taken and a kind that there is not" {
	check <<-'EOF'
		family = Family()
		before = still(family.dump("dev-get"))
		with refused(EEXIST, "id", "exists"):
		    family.do("dev-new", kind="virt", id=0)
		for kind in ("nonesuch", "", "virt ", "../virt", "%s", "virt\nx"):
		    with refused(EOPNOTSUPP, "kind", "no such kind"):
		        family.do("dev-new", kind=kind)
		equal(still(family.dump("dev-get")), before)
	EOF
}

@test "broken messages are refused, and the socket works on" {
	check <<-'EOF'
		family = Family()
		whole = attr(1, u32(0))
		for broken in (whole + b"\1", whole + b"\1\0\0", attr(1, u32(0), length=12), attr(1, u32(0), length=3), bytes(4)):
		    with refused(EINVAL):
		        family.raw("dev-get", broken)
		with raises(EINVAL):
		    family.exchange(struct.pack("=IHHIIH", 18, family.id, NLM_F_REQUEST | NLM_F_ACK, 1, 0, 0))
		with refused(EINVAL):
		    family.raw("dev-get", whole, reserved=1)
		with raises(EOPNOTSUPP):
		    family.exchange(message(family.id, 0))
		with raises(EOPNOTSUPP):
		    family.exchange(message(family.id, COMMANDS["event-ntf"]))
		with raises(EOPNOTSUPP):
		    family.exchange(message(family.id, 200))
		with raises(EOPNOTSUPP):
		    family.do("event-get")
		with raises(EOPNOTSUPP):
		    family.dump("dev-set", id=0)
		family.socket.send(message(family.id, 2, whole, length=10000))
		family.socket.send(message(family.id, 2, whole, length=15))
		family.socket.send(b"\0" * 16)
		equal(family.do("dev-get", id=0)["id"], 0)
	EOF
}

@test "of an attribute that comes twice, the last counts" {
	check <<-'EOF'
		got, = Family().raw("dev-get", attr(1, u32(0)) + attr(1, u32(1)))
		equal(got["id"], 1)
	EOF
}

@test "a change with one bad part changes nothing" {
	check <<-'EOF'
		with Device(rx_size=16384) as d:
		    write(d.open(), bytes(5000))
		    before, last = still(d.get()), d.family.last_event()
		    for number, bad, change in ((EBUSY, "rx-size", {"rx_policy": DROP, "watermark": 7, "rx_size": 4096}),
		                                (EINVAL, "rx-size", {"rx_policy": DROP, "watermark": 7, "rx_size": 5000}),
		                                (EINVAL, "watermark", {"rx_policy": DROP, "rx_size": 8192, "watermark": 8193}),
		                                (EINVAL, "rx-size", {"rx_policy": 1, "rx_size": 12288}),
		                                (ERANGE, "rx-policy", {"rx_size": 8192, "watermark": 7, "rx_policy": 3})):
		        with refused(number, bad):
		            d.set(**change)
		        equal(still(d.get()), before)
		    d.set(watermark=16384)
		    with refused(EINVAL, "rx-size", "watermark must not be above"):
		        d.set(rx_size=8192)
		    equal(d.get()["rx_size"], 16384)
		    equal([event["watermark"] for event in d.family.events(last + 1)], [16384])
	EOF
}

# ---- Dumps ----

@test "a dump of no device, of one, and with a device named" {
	check <<-'EOF'
		family = Family()
		equal([d["name"] for d in family.dump("dev-get")], ["mydev0", "mydev1"])
		for named in ({"id": 0}, {"name": "mydev0"}):
		    with refused(EINVAL, ANYWHERE, "all devices"):
		        family.dump("dev-get", **named)
		family.do("dev-del", id=1)
		equal([d["name"] for d in family.dump("dev-get")], ["mydev0"])
		equal(still(family.dump("dev-get")[0]), still(family.do("dev-get", id=0)))
		family.do("dev-del", id=0)
		equal(family.dump("dev-get"), [])
		for number in (0, 1):
		    family.do("dev-new", kind="virt", id=number)
	EOF
}

@test "a dump during which devices come or go says so, and has those that stayed exactly once" {
	check <<-'EOF'
		class Slow(Family):
		    """Between the first and the second message of a dump there is time for a change."""
		    def exchange(self, request, names=()):
		        answer = super().exchange
		        receive, calls = self.socket.recv, []
		        class Socket:
		            def __getattr__(_, name):
		                return getattr(real, name)
		            def recv(_, size):
		                if len(calls) == 1 and self.change:
		                    self.change()
		                calls.append(1)
		                return receive(size)
		        real, self.socket = self.socket, Socket()
		        try:
		            return answer(request, names)
		        finally:
		            self.socket = real

		Slow.change = None
		slow, family = Slow(), Family()
		stay = [Device(rx_size=4096) for _ in range(150)]
		ids = [d["id"] for d in family.dump("dev-get")]
		equal(ids, sorted(set(ids)))

		def dumped(change):
		    slow.change = change
		    got = [d["id"] for d in slow.dump("dev-get")]
		    equal(len(got), len(set(got)))
		    return set(got)

		equal(dumped(None), set(ids))
		assert not slow.interrupted

		def come():
		    family.do("dev-new", kind="virt", id=1000, rx_size=4096)
		assert dumped(come) >= set(ids) and slow.interrupted
		def go():
		    family.do("dev-del", id=1000)
		assert dumped(go) >= set(ids) and slow.interrupted
		def replace():
		    family.do("dev-del", id=0)
		    family.do("dev-new", kind="virt", id=0)
		assert dumped(replace) >= set(ids) - {0} and slow.interrupted
		equal(dumped(None), set(ids))
		assert not slow.interrupted
		for device in stay:
		    device.remove()
	EOF
}

@test "what is asked about devices that come and go is true or ENODEV" {
	check <<-'EOF'
		import re
		done = False
		answers = [0, 0]

		def churn():
		    family = Family()
		    while not done:
		        try:
		            family.do("dev-new", kind="virt", id=500, rx_size=4096)
		            family.do("dev-del", id=500)
		        except Refused as problem:
		            equal(problem.errno, EEXIST)  # somebody still looks at the one before

		def ask(which):
		    family = Family()
		    while not done:
		        seen = family.dump("dev-get")
		        try:
		            seen.append(family.do("dev-get", id=500))
		            seen.append(family.do("dev-set", id=500, watermark=1))
		            answers[which] += 1
		        except Refused as problem:
		            equal(problem.errno, ENODEV)
		            assert problem.text
		        for device in seen:
		            assert re.fullmatch(r"platform/mydev_virt\.\d+(\.auto)?", device["parent"]), device
		            equal((device["kind"], device["rx_used"]), ("virt", 0))

		calls = [Started(churn), Started(ask, 0), Started(ask, 1)]
		time.sleep(3)
		try:
		    wait_until(lambda: all(answers) or any(call.problem for call in calls))
		finally:
		    done = True
		for call in calls:
		    call.result()
	EOF
}

@test "a dump of the log ends where the log ended when it began" {
	check <<-'EOF'
		with Device() as d:
		    since = d.family.last_event() + 1
		    for n in range(500):
		        d.set(watermark=n + 1)
		    last, family, told, done = d.family.last_event(), Family(), [], False
		    family.socket.send(message(family.id, COMMANDS["event-get"], encode("event-get", {"seq": since}),
		                               NLM_F_REQUEST | NLM_F_DUMP))
		    while not done:
		        data = family.socket.recv(1 << 16)
		        d.set(watermark=1000 + len(told))
		        while data:
		            length, kind = struct.unpack_from("=IH", data)
		            done |= kind == NLMSG_DONE
		            if kind == family.id:
		                told.append(decode("event-get", data[20:length])["seq"])
		            data = data[(length + 3) & ~3:]
		    equal(told, list(range(since, last + 1)))
	EOF
}

# ---- Registers ----

@test "register-get refuses a device without registers, an unknown device and none" {
	check <<-'EOF'
		family = Family()
		for values in ({"dev_id": 0}, {"device": "mydev0"}, {"dev_id": 0, "device": "mydev0"}):
		    with refused(EOPNOTSUPP, ANYWHERE, "this device has no registers"):
		        family.dump("register-get", **values)
		for values in ({"dev_id": 7}, {"device": "mydev7"}, {"device": "eth0"}):
		    with refused(ENODEV, ANYWHERE, "no such device"):
		        family.dump("register-get", **values)
		with refused(EINVAL, ANYWHERE, "of different devices"):
		    family.dump("register-get", dev_id=1, device="mydev0")
		with refused(EINVAL, ANYWHERE, "must be named"):
		    family.dump("register-get")
		with raises(EOPNOTSUPP):
		    family.do("register-get", dev_id=0)
	EOF
}

# ---- Who may ----

@test "an unprivileged user may read everything" {
	check as_user <<-'EOF'
		family = Family()
		equal(family.do("info-get")["devices"], 2)
		equal(family.do("dev-get", id=0)["id"], 0)
		equal(len(family.dump("dev-get")), 2)
		equal(family.events()[0]["seq"], 1)
		Listener()
	EOF
}

@test "only CAP_NET_ADMIN in the initial namespace may change anything" {
	cat >"$BATS_TEST_TMPDIR/changes" <<-'EOF'
		family = Family()
		before = still(family.do("dev-get", id=0))
		for command, values in (("dev-set", {"id": 0, "watermark": 1}), ("dev-new", {"kind": "virt"}), ("dev-del", {"id": 0}),
		                        ("reset", {"id": 0}), ("fault-inject", {"id": 0, "fault": LINK})):
		    with raises(EPERM):
		        family.do(command, **values)
		with raises(EPERM):
		    family.dump("register-get", dev_id=0)
		equal(still(family.do("dev-get", id=0)), before)
		equal(family.do("info-get")["devices"], 2)
	EOF
	check as_user <"$BATS_TEST_TMPDIR/changes"
	check as_user unshare --user --map-root-user <"$BATS_TEST_TMPDIR/changes"
	check setpriv --bounding-set=-net_admin <"$BATS_TEST_TMPDIR/changes"
}

@test "other network namespaces do not have the family" {
	check unshare --net <<-'EOF'
		with raises(ENOENT):
		    Family()
	EOF
}
