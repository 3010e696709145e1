#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The drivers of docs/writing-a-backend.md, which are built from it (MYDEV_GUIDE=y): the sessions of the page, and all that the
# page promises of the toy.

load helpers

driver=/sys/bus/platform/drivers/mydev_toy

setup_file() {
	[[ $(modinfo -n mydev_toy) ]] || fail "built without MYDEV_GUIDE=y"
	unload_modules
	modprobe mydev
}

teardown() {
	local module
	for module in mydev_echo mydev_toy; do
		[[ ! -e /sys/module/$module ]] || rmmod "$module"
	done
}

teardown_file() {
	unload_modules
}

# toys PYTHON: with what comes back from a toy
toys() {
	{
		cat <<-'EOF'
			def text(length, start=0):
			    """No zero among it, and every shift and every hole shows."""
			    return b"".join(b"%x," % n for n in range(start, start + length))[:length]

			def read_all(fd, length):
			    data = b""
			    while len(data) < length:
			        data += read(fd, length - len(data))
			    return data

		EOF
		cat
	} | check "$@"
}

@test "the sessions of the page go as they stand there" {
	local line
	/src/tests/guide --sessions >"$BATS_TEST_TMPDIR/page"
	grep -c '^# ' "$BATS_TEST_TMPDIR/page"
	sed -n 's/^# //p' "$BATS_TEST_TMPDIR/page" | while IFS= read -r line; do
		printf 'echo %q\n%s\n' "# $line" "$line"
	done >"$BATS_TEST_TMPDIR/commands"
	bash -s <"$BATS_TEST_TMPDIR/commands" 2>&1 3>&- | sed 's/^bash: line [0-9]*: /bash: /' >"$BATS_TEST_TMPDIR/played"
	diff -u "$BATS_TEST_TMPDIR/page" "$BATS_TEST_TMPDIR/played"
}

@test "all that is written comes back in upper case and in order, through a ring that is smaller" {
	toys <<-'EOF'
		with Device("toy", rx_size=4096) as d:
		    fd, data = d.open(O_RDWR), text(300000)
		    reader = Started(read_all, fd, len(data))
		    for size in (1, 1023, 1024, 1025, 5000, 291927):
		        equal(write(fd, data[:size]), size)
		        sent, data = data[:size], data[size:]
		    equal(data, b"")
		    equal(reader.result() == text(300000).upper(), True)
		    now = d.get()
		    equal((now["tx_bytes"], now["read_bytes"], now["rx_dropped"]), (300000, 300000, 0))
		    assert d.balanced()
	EOF
}

@test "when ring and chip are full the writer waits, and goes on when there is room" {
	toys <<-'EOF'
		with Device("toy", rx_size=4096) as d:
		    fd, slow, sent = d.open(), d.open(O_WRONLY), 0
		    while sent < 5000:
		        wait_until(lambda: polled(fd) & OUT)
		        sent += write(fd, text(20000)[sent:sent + 1000])
		    # What does not fit stays in the chip.
		    wait_until(lambda: d.get()["rx_used"] == 4096)
		    equal(polled(fd), IN)
		    with raises(EAGAIN):
		        write(fd, b"x")
		    writer = Started(write, slow, text(20000)[sent:]).asleep_in("write")
		    data = b""
		    while len(data) < 20000:
		        wait_until(lambda: polled(fd) & IN)
		        data += read(fd, 100)
		    equal(writer.result(), 15000)
		    equal(data == text(20000).upper(), True)
		    wait_until(lambda: polled(fd) == OUT)
	EOF
}

@test "where data may be lost nobody waits, and every byte is accounted for" {
	toys <<-'EOF'
		for policy in DROP, OVERWRITE:
		    with Device("toy", rx_size=4096, rx_policy=policy) as d:
		        fd, data = d.open(O_RDWR), text(50000)
		        equal(write(fd, data), 50000)
		        wait_until(lambda: d.get()["rx_bytes"] == 50000)
		        equal(d.get()["rx_dropped"], 50000 - 4096)
		        equal(read(fd, 5000), (data[:4096] if policy == DROP else data[-4096:]).upper())
		        assert d.balanced()
	EOF
}

@test "what was written before the last close is there for the next who opens" {
	toys <<-'EOF'
		with Device("toy") as d:
		    for _ in range(50):
		        # A whole block, which takes the chip the longest.
		        fd, data = d.open(O_WRONLY), text(1024)
		        write(fd, data)
		        os.close(fd)
		        fd = d.open(O_RDONLY)
		        equal(read_all(fd, 1024), data.upper())
		        os.close(fd)
	EOF
}

@test "a zero byte jams it: a fault with its text, which ends what waits, until a reset" {
	toys <<-'EOF'
		with Device("toy", rx_size=4096) as d:
		    fd = d.open(O_RDWR)
		    since = d.family.last_event() + 1
		    reader = Started(read, fd, 10).asleep_in("read")
		    write(fd, b"a\0b")
		    writer = Started(write, fd, text(5000))
		    for call in reader, writer:
		        with raises(EIO):
		            call.result()
		    now = d.get()
		    equal((now["state"], now["fault"], now["fault_msg"]), (1, 1, "jammed by a zero byte"))
		    told = [event for event in d.family.events(since) if "fault_msg" in event]
		    equal([event["fault_msg"] for event in told], ["jammed by a zero byte"])
		    assert "pid" not in told[0], told
		    d.reset()
		    write(fd, b"as new")
		    equal(read_all(fd, 6), b"AS NEW")
	EOF
}

@test "a reset drops what is on its way; the first block after it is whole" {
	toys <<-'EOF'
		with Device("toy", rx_size=4096) as d:
		    fd = d.open()
		    def fill():
		        try:
		            while True:
		                write(fd, text(3000))
		        except BlockingIOError:
		            return d.get()["rx_used"] == 4096
		    for n in range(50):
		        fill()
		        if n % 3:
		            wait_until(fill)
		        if n % 2:
		            wait_until(lambda: polled(fd) & IN)
		            read(fd, n * 20)
		        d.reset()
		        equal((polled(fd), d.get()["rx_used"]), (OUT, 0))
		        write(fd, b"first")
		        wait_until(lambda: polled(fd) & IN)
		        equal(read(fd, 100), b"FIRST")
	EOF
}

@test "it tests itself, under each policy, and is as before" {
	local policy
	modprobe mydev_toy
	for policy in block drop overwrite; do
		mydevctl set mydev0 rx-policy=$policy rx-size=4096
		run -0 mydevctl selftest mydev0
		assert_line --index 1 --regexp '^mydev0 +toy +passed +256 KiB '
		echo "after it" >/dev/mydev0
		assert_equal "$(timeout $((30 * slowness)) head -n 1 /dev/mydev0)" "AFTER IT"
	done
}

@test "unbinding it wakes who waits; bound again it is a new one" {
	modprobe mydev_toy
	toys env DRIVER="$driver" <<-'EOF'
		def driver(what):
		    with open(f"{os.environ['DRIVER']}/{what}", "w") as file:
		        file.write("mydev_toy")

		for _ in range(10):
		    device, = Family().dump("dev-get")
		    equal((device["kind"], device["parent"]), ("toy", "platform/mydev_toy"))
		    fd = os.open(f"/dev/{device['name']}", O_RDWR)
		    reader = Started(read_all, fd, 10000)
		    writer = Started(lambda: [write(fd, text(5000)) for _ in range(1000000)])
		    other = os.open(f"/dev/{device['name']}", O_RDWR)
		    wait_until(lambda: Family().do("dev-get", id=device["id"])["rx_bytes"] > 20000)
		    driver("unbind")
		    with raises(ENODEV):
		        writer.result()
		    equal(len(reader.result()), 10000)
		    with raises(ENODEV):
		        while True:
		            read(other, 65536)
		    os.close(fd)
		    os.close(other)
		    driver("bind")
	EOF
}

@test "the bound device is not to be removed on demand, and of two who remove another, one does" {
	modprobe mydev_toy
	check <<-'EOF'
		def remove(family):
		    try:
		        return family.do("dev-del", id=60)
		    except Refused as problem:
		        equal(problem.errno, ENODEV)
		        return "gone"

		with refused(EOPNOTSUPP, text="unbind its driver"):
		    Family().do("dev-del", id=0)
		with refused(EEXIST, "id", "a device of that id exists"):
		    Family().do("dev-new", kind="toy", id=0)
		families = [Family() for _ in range(3)]
		for _ in range(30):
		    Device("toy", id=60, rx_size=4096)
		    results = [call.result() for call in [Started(remove, family) for family in families]]
		    equal(sorted(results, key=str), [None, "gone", "gone"])
	EOF
}

@test "unloading it ends its devices while they work" {
	for _ in {1..5}; do
		modprobe mydev_toy
		check <<-'EOF'
			import subprocess
			ids = [Family().do("dev-new", kind="toy", rx_size=4096)["id"] for _ in range(5)] + [0]
			files = [os.open(f"/dev/mydev{n}", O_RDWR) for n in ids]
			writers = [Started(lambda fd: [write(fd, b"data" * 1000) for _ in range(1000000)], fd) for fd in files]
			readers = [Started(lambda fd: [read(fd, 100) for _ in range(1000000)], fd) for fd in files]
			time.sleep(0.2)
			equal(subprocess.run(["rmmod", "mydev_toy"]).returncode, 0)
			for call in writers + readers:
			    with raises(ENODEV):
			        call.result()
		EOF
	done
	[[ -z $(ls /sys/class/mydev) ]]
}
