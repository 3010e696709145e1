#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The device node: what each system call does with it, and that no byte is lost that the policy does not give up.
# Each test makes a device of its own (node.py).

load helpers

setup_file() {
	load_modules
}

# ---- Reading and writing ----

@test "the textbook program runs unchanged through the link to the first device" {
	wait_until test -e /dev/my_device
	run -0 "$programs/textbook" /dev/my_device
	assert_output "status 0"
}

@test "cat, dd and socat carry data through a device" {
	seq 10000 | head -c 40000 >"$BATS_TEST_TMPDIR/sent"
	dd if="$BATS_TEST_TMPDIR/sent" of=/dev/mydev0 bs=700 status=none
	dd if=/dev/mydev0 of="$BATS_TEST_TMPDIR/dd" bs=40000 count=1 iflag=fullblock status=none
	cmp "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/dd"

	cat "$BATS_TEST_TMPDIR/sent" >/dev/mydev0
	timeout 1 cat /dev/mydev0 >"$BATS_TEST_TMPDIR/cat" || [[ $? -eq 124 ]]
	cmp "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/cat"

	socat -u "$BATS_TEST_TMPDIR/sent" /dev/mydev0
	socat -u -T 1 /dev/mydev0 - >"$BATS_TEST_TMPDIR/socat"
	cmp "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/socat"
}

@test "bytes come back in order, whatever the sizes and wherever the ring wraps" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd = d.open()
		    sent = got = 0
		    for size in [*range(1, 300, 7), 4096, 4095, 1, 2048, 2049, 3] * 3:
		        equal(write(fd, pattern(size, sent)), size)
		        sent += size
		        for part in (size // 3, size):
		            data = read(fd, part) if part else b""
		            equal(data, pattern(len(data), got))
		            got += len(data)
		        equal(got, sent)
		    assert d.balanced()
	EOF
}

@test "a read of an empty device waits for data, and takes what there is" {
	check <<-'EOF'
		with Device() as d:
		    with raises(EAGAIN):
		        read(d.open(O_RDONLY | O_NONBLOCK), 1)
		    reader = Started(read, d.open(O_RDONLY), 100).asleep_in("read")
		    write(d.open(), b"hello")
		    equal(reader.result(), b"hello")
	EOF
}

@test "a write to a full device waits for room, and goes on until all is written" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd = d.open()
		    equal(write(fd, pattern(5000)), 4096)
		    with raises(EAGAIN):
		        write(fd, b"x")
		    writer = Started(write, d.open(O_WRONLY), pattern(50000, 4096)).asleep_in("write")
		    equal(d.get()["rx_used"], 4096)
		    data = b""
		    reader = d.open(O_RDONLY)
		    while len(data) < 54096:
		        data += read(reader, 999)
		    equal(data, pattern(54096))
		    equal(writer.result(), 50000)
		    assert d.balanced()
	EOF
}

@test "a megabyte passes whole from a writer to a reader that sleep and wake each other" {
	check <<-'EOF'
		with Device(rx_size=8192) as d:
		    writer = Started(write, d.open(O_WRONLY), pattern(1 << 20))
		    fd, data = d.open(O_RDONLY), bytearray()
		    while len(data) < 1 << 20:
		        data += read(fd, 5000)
		    equal(writer.result(), 1 << 20)
		    assert data == pattern(1 << 20)
		    assert d.balanced()
	EOF
}

@test "three writers and three readers at once lose and invent nothing" {
	check <<-'EOF'
		def send(letter):
		    fd = d.open(O_WRONLY)
		    for _ in range(100):
		        equal(write(fd, letter * 1500), 1500)

		def receive():
		    fd, data = d.open(O_RDONLY), []
		    try:
		        while True:
		            data.append(read(fd, 700))
		    except OSError as end:
		        equal(end.errno, ENODEV)
		    return b"".join(data)

		with Device(rx_size=4096) as d:
		    readers = [Started(receive) for _ in range(3)]
		    writers = [Started(send, letter) for letter in (b"a", b"b", b"c")]
		    for writer in writers:
		        writer.result()
		    wait_until(lambda: d.get()["rx_used"] == 0)
		    equal(d.get()["read_bytes"], 450000)
		    d.remove()
		    data = b"".join(reader.result() for reader in readers)
		    equal({letter: data.count(letter) for letter in (b"a", b"b", b"c")}, {b"a": 150000, b"b": 150000, b"c": 150000})
	EOF
}

@test "what a device counts adds up at any moment, also while data flows" {
	check <<-'EOF'
		import subprocess
		with Device(rx_size=4096) as d:
		    flow = [subprocess.Popen(["dd", f"if={source}", f"of={sink}", "bs=16", "status=none"])
		            for source, sink in (("/dev/zero", d.path), (d.path, "/dev/null"))]
		    wait_until(lambda: d.get()["read_bytes"])
		    for _ in range(1000):
		        now = d.get()
		        equal((now["rx_bytes"], now["read_bytes"] + now["rx_used"]), (now["tx_bytes"], now["rx_bytes"]))
		    for end in flow:
		        end.kill()
		        end.wait()
	EOF
}

@test "one wake-up goes on to the next reader and the next writer while there is data and room" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd = d.open()
		    readers = [Started(read, d.open(O_RDONLY), 10).asleep_in("read") for _ in range(5)]
		    write(fd, bytes(50))
		    equal([len(reader.result()) for reader in readers], [10] * 5)

		    write(fd, bytes(4096))
		    writers = [Started(write, d.open(O_WRONLY), bytes(10)).asleep_in("write") for _ in range(5)]
		    equal(len(read(fd, 4096)), 4096)
		    equal([writer.result() for writer in writers], [10] * 5)
	EOF
}

@test "who is woken and then waits for a page of his hands the wake-up on" {
	check <<-'EOF'
		import raw
		with Device(rx_size=4096) as d:
		    fd, (page, _, provide) = d.open(), raw.withheld()
		    first = Started(raw.read, d.open(O_RDONLY), page, 10).asleep_in("read")
		    second = Started(read, d.open(O_RDONLY), 10).asleep_in("read")
		    write(fd, b"some data")
		    equal(second.result(), b"some data")
		    provide()
		    write(fd, b"more")
		    equal((first.result(), raw.content(page, 4)), (4, b"more"))

		    write(fd, bytes(4096))
		    page, _, provide = raw.withheld()
		    first = Started(raw.write, d.open(O_WRONLY), page, 10).asleep_in("write")
		    second = Started(write, d.open(O_WRONLY), b"some data").asleep_in("write")
		    equal(len(read(fd, 4096)), 4096)
		    equal(second.result(), 9)
		    provide()
		    equal((first.result(), read(fd, 100)), (10, b"some data" + bytes(10)))
	EOF
}

@test "readv and writev work on the pieces as on one" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    equal(os.writev(fd, [b"one", b"", b"two", b"three"]), 11)
		    parts = bytearray(4), bytearray(0), bytearray(100)
		    equal(os.readv(fd, parts), 11)
		    equal((bytes(parts[0]), bytes(parts[2][:7])), (b"onet", b"wothree"))
	EOF
}

@test "splice moves data into a pipe and out of one, and the pipe's data stays what it was" {
	check <<-'EOF'
		with Device(rx_size=65536) as d:
		    fd, (out, into) = d.open(), os.pipe()
		    with raises(EAGAIN):
		        os.splice(fd, into, 100)
		    write(fd, pattern(60000))
		    moved = 0
		    while moved < 60000:
		        moved += os.splice(fd, into, 60000 - moved)
		    write(fd, bytes(65536))
		    data = b""
		    while len(data) < 60000:
		        data += read(out, 60000)
		    assert data == pattern(60000)

		    equal(len(read(fd, 65536)), 65536)
		    write(into, pattern(10000, 5))
		    moved = 0
		    while moved < 10000:
		        moved += os.splice(out, fd, 10000 - moved)
		    assert read(fd, 65536) == pattern(10000, 5)
		    assert d.balanced()
	EOF
}

@test "sendfile writes a file to a device, and reads from one into a pipe" {
	check <<-'EOF'
		import tempfile
		with Device() as d, tempfile.TemporaryFile() as file:
		    fd, (out, into) = d.open(), os.pipe()
		    file.write(pattern(10000))
		    file.flush()
		    equal(os.sendfile(fd, file.fileno(), 0, 10000), 10000)
		    equal(os.sendfile(into, fd, None, 4000), 4000)
		    equal(read(out, 4000) + read(fd, 6000), pattern(10000))
		    with raises(EINVAL):
		        os.sendfile(file.fileno(), fd, None, 1)
	EOF
}

@test "RWF_NOWAIT does not wait on a descriptor that would" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, buffer = d.open(O_RDWR), bytearray(8000)
		    with raises(EAGAIN):
		        os.preadv(fd, [buffer], -1, os.RWF_NOWAIT)
		    equal(os.pwritev(fd, [pattern(8000)], -1, os.RWF_NOWAIT), 4096)
		    with raises(EAGAIN):
		        os.pwritev(fd, [b"x"], -1, os.RWF_NOWAIT)
		    equal(os.preadv(fd, [buffer], -1, os.RWF_NOWAIT), 4096)
		    equal(buffer[:4096], pattern(4096))
	EOF
}

@test "a device has no position: seeking, pread and pwrite say ESPIPE" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    write(fd, b"data")
		    for call in (lambda: os.lseek(fd, 0, os.SEEK_SET), lambda: os.pread(fd, 1, 0), lambda: os.pwrite(fd, b"x", 0)):
		        with raises(ESPIPE):
		            call()
		    equal(readable_bytes(fd), 4)
	EOF
}

@test "a signal ends a wait: EINTR, a restart if the handler asks for it, or the count of what was done" {
	check <<-'EOF'
		import raw, signal

		handled = []
		signal.signal(signal.SIGUSR1, lambda *_: handled.append(True))

		def interrupt(call, syscall):
		    call.asleep_in(syscall)
		    handled.clear()
		    signal.pthread_kill(call.thread.ident, signal.SIGUSR1)
		    wait_until(lambda: handled)

		with Device(rx_size=4096) as d:
		    fd, page = d.open(O_RDWR), raw.pages(2)
		    reader = Started(raw.read, fd, page, 10)
		    interrupt(reader, "read")
		    with raises(EINTR):
		        reader.result()

		    signal.siginterrupt(signal.SIGUSR1, False)
		    reader = Started(raw.read, fd, page, 10)
		    interrupt(reader, "read")
		    reader.asleep_in("read")
		    write(fd, b"after")
		    equal(raw.content(page, reader.result()), b"after")

		    writer = Started(raw.write, fd, page, 5000)
		    interrupt(writer, "write")
		    equal(writer.result(), 4096)
		    writer = Started(raw.write, fd, page, 10)
		    interrupt(writer, "write")
		    writer.asleep_in("write")
		    equal(len(read(fd, 4096)), 4096)
		    equal(writer.result(), 10)
	EOF
}

# ---- Waiting for events on a descriptor ----

@test "poll tells data, a quarter of room, a fault and the end" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd = d.open()
		    equal(polled(fd), OUT)
		    write(fd, bytes(3072))
		    equal(polled(fd), IN | OUT)
		    write(fd, b"x")
		    equal(polled(fd), IN)
		    read(fd, 1)
		    equal(polled(fd), IN | OUT)
		    d.inject(LINK)
		    equal(polled(fd), IN | OUT | ERR)
		    d.reset()
		    equal(polled(fd), OUT)
		    write(fd, b"x")
		    d.remove()
		    equal(polled(fd), IN | OUT | ERR | HUP)
		    equal(read(fd, 10), b"x")
		    equal(polled(fd), IN | OUT | ERR | HUP)
		with Device() as d:
		    write(d.open(), b"x")
		    equal([polled(d.open(flags)) for flags in (O_RDONLY, O_WRONLY)], [IN, OUT])
	EOF
}

@test "who sleeps in poll wakes for data, for room, for a fault" {
	check <<-'EOF'
		def wait(what):
		    poller = select.poll()
		    poller.register(fd, what)
		    return Started(lambda: poller.poll()[0][1]).asleep_in("poll")

		with Device(rx_size=4096) as d:
		    fd = d.open()
		    poller = wait(IN)
		    write(fd, b"x")
		    equal(poller.result(), IN)
		    write(fd, bytes(4095))
		    poller = wait(OUT)
		    read(fd, 1024)
		    equal(poller.result(), OUT)
		    write(fd, bytes(1024))
		    poller = wait(OUT)
		    d.inject(DMA)
		    equal(poller.result(), OUT | ERR)
	EOF
}

@test "edge-triggered epoll tells each arrival of data and each return of room once" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, epoll = d.open(), select.epoll()
		    epoll.register(fd, IN | select.EPOLLET)
		    equal(epoll.poll(0), [])
		    for _ in range(2):
		        write(fd, b"data")
		        equal(epoll.poll(0), [(fd, IN)])
		        equal(epoll.poll(0), [])
		    read(fd, 1)
		    equal(epoll.poll(0), [])

		    epoll.modify(fd, OUT | select.EPOLLET)
		    equal(epoll.poll(0), [(fd, OUT)])
		    write(fd, bytes(5000))
		    with raises(EAGAIN):
		        write(fd, b"x")
		    equal(epoll.poll(0), [])
		    read(fd, 4096)
		    equal(epoll.poll(0), [(fd, OUT)])
		    equal(epoll.poll(0), [])
	EOF
}

@test "an owner gets signals for data, for room, for a fault, for a reset and for the end" {
	check <<-'EOF'
		import signal
		POLL_IN, POLL_OUT, POLL_ERR, POLL_HUP, F_SETSIG = 1, 2, 4, 6, 10
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])

		def signals():
		    """The reasons of those that are pending, and at least one."""
		    info = signal.sigtimedwait([signal.SIGRTMIN], 10)
		    reasons = set()
		    while info:
		        reasons.add(info.si_code)
		        info = signal.sigtimedwait([signal.SIGRTMIN], 0)
		    return reasons

		with Device(rx_size=4096) as d:
		    owner, fd = d.open(), d.open()
		    fcntl.fcntl(owner, fcntl.F_SETOWN, os.getpid())
		    fcntl.fcntl(owner, F_SETSIG, signal.SIGRTMIN)
		    fcntl.fcntl(owner, fcntl.F_SETFL, O_NONBLOCK | os.O_ASYNC)
		    write(fd, bytes(4096))
		    equal(signals(), {POLL_IN})
		    read(fd, 100)
		    equal(signal.sigtimedwait([signal.SIGRTMIN], 0), None)
		    read(fd, 2000)
		    equal(signals(), {POLL_OUT})
		    d.inject(TIMEOUT)
		    equal(signals(), {POLL_ERR})
		    d.reset()
		    equal(signals(), {POLL_OUT})
		    d.remove()
		    equal(signals(), {POLL_HUP})
	EOF
}

@test "on a descriptor that does not wait, no call waits, however it hands the data over" {
	check <<-'EOF'
		with Device(rx_size=4096) as d:
		    fd, (out, into), page = d.open(), os.pipe(), bytearray(10)
		    for call in (lambda: os.readv(fd, [page]), lambda: os.splice(fd, into, 10)):
		        with raises(EAGAIN):
		            Started(call).result()
		    write(fd, bytes(4096))
		    write(into, b"x")
		    for call in (lambda: os.writev(fd, [b"x", b"y"]), lambda: os.splice(out, fd, 1)):
		        with raises(EAGAIN):
		            Started(call).result()
	EOF
}

@test "a signal ends a long write that never waits" {
	check <<-'EOF'
		import signal
		signal.signal(signal.SIGUSR1, lambda *_: None)
		block, times = bytes(1 << 20), 1000

		def cut_short():
		    before = d.get()["tx_bytes"]
		    writer = Started(os.writev, fd, [block] * times)
		    wait_until(lambda: d.get()["tx_bytes"] > before)
		    if writer.thread.is_alive():
		        signal.pthread_kill(writer.thread.ident, signal.SIGUSR1)
		    return writer.result() < times << 20

		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd = d.open(O_WRONLY)
		    wait_until(cut_short)
		    assert d.balanced()
	EOF
}

@test "a signal ends a long read that never waits" {
	check <<-'EOF'
		import mmap
		import signal
		signal.signal(signal.SIGUSR1, lambda *_: None)
		size = 32 << 20

		def cut_short():
		    equal(os.write(fd, bytes(size)), size)
		    before = d.get()["read_bytes"]
		    reader = Started(os.readv, fd, [mmap.mmap(-1, size)])  # whose pages are fetched as they are needed
		    wait_until(lambda: d.get()["read_bytes"] > before)
		    if reader.thread.is_alive():
		        signal.pthread_kill(reader.thread.ident, signal.SIGUSR1)
		    taken = reader.result()
		    equal(d.get()["rx_used"], size - taken)
		    d.reset()
		    return taken < size

		with Device(rx_size=size) as d:
		    fd = d.open()
		    wait_until(cut_short)
		    assert d.balanced()
	EOF
}

@test "poll tells data and room under their other names, too, and wakes who sleeps for them" {
	check <<-'EOF'
		RDNORM, WRNORM = select.POLLRDNORM, select.POLLWRNORM

		def wait(what):
		    poller = select.poll()
		    poller.register(fd, what)
		    return Started(lambda: poller.poll()[0][1]).asleep_in("poll")

		with Device(rx_size=4096) as d:
		    fd = d.open()
		    equal(polled(fd, RDNORM | WRNORM), WRNORM)
		    poller = wait(RDNORM)
		    write(fd, bytes(4096))
		    equal(poller.result(), RDNORM)
		    equal(polled(fd, RDNORM | WRNORM), RDNORM)
		    poller = wait(WRNORM)
		    read(fd, 4096)
		    equal(poller.result(), WRNORM)
	EOF
}

@test "aio waits for a descriptor that goes one way" {
	check <<-'EOF'
		import ctypes, raw
		IO_SETUP, IO_SUBMIT, IO_GETEVENTS, IOCB_CMD_POLL = 206, 209, 208, 5
		syscall = raw.syscall("syscall", ctypes.c_long, ctypes.c_long, *[ctypes.c_void_p] * 5)

		def awaits(fd, events, then):
		    context = ctypes.c_ulong()
		    syscall(IO_SETUP, 1, ctypes.addressof(context), None, None, None)
		    request = ctypes.create_string_buffer(
		        struct.pack("=QIIHhIQQqQII", 7, 0, 0, IOCB_CMD_POLL, 0, fd, events, 0, 0, 0, 0, 0))
		    requests = (ctypes.c_void_p * 1)(ctypes.addressof(request))
		    equal(syscall(IO_SUBMIT, context.value, 1, ctypes.addressof(requests), None, None), 1)
		    then()
		    event = ctypes.create_string_buffer(32)
		    equal(Started(syscall, IO_GETEVENTS, context.value, 1, 1, ctypes.addressof(event), None).result(), 1)
		    data, _, told, _ = struct.unpack("=QQqq", event.raw)
		    equal((data, told & events), (7, events))

		with Device(rx_size=4096) as d:
		    other = d.open()
		    awaits(d.open(O_RDONLY), IN, lambda: write(other, bytes(4096)))
		    awaits(d.open(O_WRONLY), OUT, lambda: read(other, 4096))
	EOF
}

# ---- ioctl ----

@test "status, FIONREAD and reset by ioctl" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    equal((status(fd), readable_bytes(fd)), (RUNNING, 0))
		    write(fd, bytes(1234))
		    d.inject(HARDWARE)
		    equal((status(fd), readable_bytes(fd)), (FAULTED, 1234))
		    fcntl.ioctl(fd, RESET)
		    equal((status(fd), readable_bytes(fd)), (RUNNING, 0))
		    equal(d.get()["rx_discarded"], 1234)
		    assert d.balanced()
	EOF
}

@test "reset needs a descriptor open for writing, an unknown number is ENOTTY, a bad pointer EFAULT" {
	check <<-'EOF'
		import raw
		with Device() as d:
		    fd, reader = d.open(), d.open(O_RDONLY | O_NONBLOCK)
		    write(fd, b"kept")
		    equal(status(reader), RUNNING)
		    with raises(EBADF):
		        fcntl.ioctl(reader, RESET)
		    fcntl.ioctl(d.open(O_WRONLY), STATUS, bytes(4))
		    for number in (0x4D02, 0x40044D00, 0x80084D01, termios.TCGETS, 0):
		        with raises(ENOTTY):
		            fcntl.ioctl(fd, number, bytes(64))
		    for number in (STATUS, termios.FIONREAD):
		        with raises(EFAULT):
		            raw.ioctl(fd, number, 1)
		    equal(read(reader, 10), b"kept")
	EOF
}

@test "a program of 32 bits has the same ioctls" {
	check <<-'EOF'
		import ctypes, raw
		MAP_32BIT, PROT_EXEC = 0x40, 4
		page = raw.mmap(None, raw.PAGE, raw.PROT_READ | raw.PROT_WRITE | PROT_EXEC,
		                raw.MAP_PRIVATE | raw.MAP_ANONYMOUS | MAP_32BIT, -1, 0)
		# push %rbx; mov $54,%eax; mov %edi,%ebx; mov %esi,%ecx; int $0x80; pop %rbx; ret
		ctypes.memmove(page, b"\x53\xb8\x36\0\0\0\x89\xfb\x89\xf1\xcd\x80\x5b\xc3", 14)
		ioctl = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint)(page)
		with Device() as d:
		    fd, answer = d.open(), page + 64
		    d.inject(LINK)
		    equal((ioctl(fd, STATUS, answer), raw.content(answer, 4)), (0, struct.pack("i", FAULTED)))
		    equal((ioctl(fd, RESET, 0), status(fd)), (0, RUNNING))
	EOF
}

# ---- Faults ----

@test "a faulted device gives what is buffered, then EIO; a reset makes it work again" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    write(fd, b"before")
		    reported = d.inject(OVERHEAT, "too hot")
		    equal((reported["state"], reported["fault"], reported["fault_msg"]), (FAULTED, OVERHEAT, "too hot"))
		    with raises(EIO):
		        write(fd, b"x")
		    equal(read(fd, 3), b"bef")
		    equal(read(fd, 10), b"ore")
		    with raises(EIO):
		        read(fd, 1)
		    after = d.reset()
		    equal((after["state"], after["fault"], "fault_msg" in after), (RUNNING, NONE, False))
		    write(fd, b"again")
		    equal(read(fd, 10), b"again")
	EOF
}

@test "a fault ends the wait of readers and writers" {
	check <<-'EOF'
		with Device(rx_size=4096) as d, Device() as other:
		    write(d.open(), bytes(4096))
		    writers = [Started(write, d.open(O_WRONLY), b"x").asleep_in("write") for _ in range(2)]
		    readers = [Started(read, other.open(O_RDONLY), 1).asleep_in("read") for _ in range(2)]
		    d.inject(LINK)
		    other.inject(LINK)
		    for call in writers + readers:
		        with raises(EIO):
		            call.result()
	EOF
}

@test "a faulted device that is removed says ENODEV, which no reset cures" {
	check <<-'EOF'
		with Device() as d:
		    fd = d.open()
		    write(fd, b"x")
		    d.inject(LINK)
		    d.remove()
		    equal(read(fd, 10), b"x")
		    for call in (lambda: read(fd, 1), lambda: write(fd, b"x")):
		        with raises(ENODEV):
		            call()
	EOF
}

# ---- What bad callers get ----

@test "a bad address gives EFAULT and costs no data, whatever the policy" {
	check <<-'EOF'
		import raw
		hole = raw.pages(1) + raw.PAGE
		for policy in (BLOCK, DROP, OVERWRITE):
		    with Device(rx_size=4096, rx_policy=policy) as d:
		        fd = d.open()
		        for address in (hole, 1, 0xFFFF800000000000, (1 << 64) - 10):
		            write(fd, pattern(4000))
		            for call in (raw.read, raw.write):
		                with raises(EFAULT):
		                    call(fd, address, 50)
		            equal(read(fd, 5000), pattern(4000))
		        equal(d.get()["rx_dropped"], 0)
		        assert d.balanced()
	EOF
}

@test "an address that turns bad half-way gives a short transfer and costs no data" {
	check <<-'EOF'
		import raw
		for policy in (BLOCK, DROP, OVERWRITE):
		    with Device(rx_size=16384, rx_policy=policy) as d:
		        fd, page = d.open(), raw.pages(1, pattern(100))
		        end = page + raw.PAGE
		        equal(raw.write(fd, page, 20000), 4096)
		        with raises(EFAULT):
		            raw.write(fd, end, 20000)
		        equal(raw.read(fd, end - 50, 4096), 50)
		        equal(raw.content(end - 50, 50), pattern(50))
		        with raises(EFAULT):
		            raw.read(fd, end, 10)
		        equal(read(fd, 20000), pattern(100)[50:] + bytes(3996))
		        assert d.balanced()

		with Device(rx_size=8192, rx_policy=OVERWRITE) as d:
		    fd, page = d.open(), raw.pages(1, pattern(4096, 8192))
		    write(fd, pattern(8192))
		    equal(raw.write(fd, page, 8192), 4096)
		    equal(read(fd, 9000), pattern(8192, 4096))
		    assert d.balanced()
	EOF
}

@test "pages that are not there yet are fetched, for reading and for writing" {
	check <<-'EOF'
		import raw
		with Device(rx_size=65536) as d:
		    fd = d.open()
		    equal(raw.write(fd, raw.pages(16), 65536), 65536)
		    fresh = raw.pages(16)
		    equal(raw.read(fd, fresh, 65536), 65536)
		    equal(raw.content(fresh, 65536), bytes(65536))
		    write(fd, pattern(65536))
		    fresh = raw.pages(16)
		    equal(raw.read(fd, fresh, 65536), 65536)
		    assert raw.content(fresh, 65536) == pattern(65536)
	EOF
}

@test "no length is too large and none too small" {
	check <<-'EOF'
		import raw
		with Device(rx_size=4096) as d:
		    fd, page = d.open(), raw.pages(2, pattern(8192))
		    equal((read(fd, 0), write(fd, b""), os.readv(fd, []), os.writev(fd, [b"", b""])), (b"", 0, 0, 0))
		    equal(raw.write(fd, page, 1 << 31), 4096)
		    equal(raw.read(fd, page, 1 << 31), 4096)
		    for length in (1 << 62, (1 << 64) - 1):
		        with raises(EFAULT):
		            raw.write(fd, page, length)
		        with raises(EFAULT):
		            raw.read(fd, page, length)
		    equal(raw.content(page, 4096), pattern(4096))
		    with raises(EAGAIN):
		        read(fd, 1)
		    assert d.balanced()
	EOF
}

@test "of a large buffer that is not there yet, a read fetches a part" {
	check <<-'EOF'
		import raw

		def resident():
		    with open("/proc/self/statm") as file:
		        return int(file.read().split()[1]) * raw.PAGE

		size = 1 << 28
		with Device() as d:
		    fd = d.open()
		    buffer = raw.mmap(None, size, raw.PROT_READ | raw.PROT_WRITE, raw.MAP_PRIVATE | raw.MAP_ANONYMOUS, -1, 0)
		    write(fd, b"x")
		    before = resident()
		    equal(raw.read(fd, buffer, size), 1)
		    assert resident() - before < size // 16
	EOF
}

@test "a file that is larger than the memory its writer may have is written from a mapping, with any policy" {
	local group=/sys/fs/cgroup/mydev-test
	mkdir -p $group
	echo 12M >$group/memory.max
	head -c 32M /dev/zero >/var/tmp/large
	sync /var/tmp/large
	echo 1 >/proc/sys/vm/drop_caches # its pages are to be on account of the group
	check <<-'EOF'
		import mmap

		def enter(group):
		    with open(f"/sys/fs/cgroup/{group}/cgroup.procs", "w") as file:
		        file.write(str(os.getpid()))

		size = 32 << 20
		with open("/var/tmp/large", "rb") as file:
		    large = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ)
		for policy in BLOCK, DROP, OVERWRITE:
		    with Device(rx_size=size, rx_policy=policy) as d:  # whose ring is on account of the group that makes it
		        enter("mydev-test")
		        equal(Started(os.write, d.open(), large).result(), size)
		        equal([d.get()[name] for name in ("tx_bytes", "rx_used", "rx_dropped")], [size, size, 0])
		        enter("")
	EOF
	rm /var/tmp/large
	rmdir $group
}

# ---- Policies and sizes ----

@test "policy drop keeps the oldest data and counts what is lost" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd = d.open(O_RDWR)
		    equal(write(fd, pattern(3000)), 3000)
		    equal(write(fd, pattern(7000, 3000)), 7000)
		    equal(polled(fd), IN | OUT)
		    lost = d.get()
		    equal((lost["rx_bytes"], lost["tx_bytes"], lost["rx_used"], lost["rx_dropped"], lost["rx_overruns"]),
		          (10000, 10000, 4096, 5904, 1))
		    equal(read(fd, 10000), pattern(4096))
		    assert d.balanced()
	EOF
}

@test "policy overwrite keeps the newest data and counts what is lost" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=OVERWRITE) as d:
		    fd = d.open(O_RDWR)
		    equal(write(fd, pattern(3000)), 3000)
		    equal(write(fd, pattern(7000, 3000)), 7000)
		    equal(polled(fd), IN | OUT)
		    lost = d.get()
		    equal((lost["rx_bytes"], lost["tx_bytes"], lost["rx_used"], lost["rx_dropped"], lost["rx_overruns"]),
		          (10000, 10000, 4096, 5904, 1))
		    equal(read(fd, 10000), pattern(4096, 5904))
		    assert d.balanced()
	EOF
}

@test "a reader that is overtaken sees whole, newer data, and every byte is accounted for" {
	check <<-'EOF'
		done = False

		def flood():
		    fd, numbers = d.open(O_WRONLY), 0
		    while not done:
		        numbers += write(fd, struct.pack("<512Q", *range(numbers, numbers + 512))) // 8

		for policy in (DROP, OVERWRITE):
		    with Device(rx_size=4096, rx_policy=policy) as d:
		        fd, last, done = d.open(O_RDONLY), -1, False
		        writer = Started(flood)
		        for _ in range(500):
		            data = read(fd, 4096)
		            while len(data) % 8:
		                data += read(fd, 8 - len(data) % 8)
		            numbers = struct.unpack(f"<{len(data) // 8}Q", data)
		            assert numbers[0] > last, f"{numbers[0]} after {last}"
		            assert all(a < b for a, b in zip(numbers, numbers[1:])), numbers
		            last = numbers[-1]
		        done = True
		        writer.result()
		        assert d.balanced()
	EOF
}

@test "the size of the ring changes with the data in it, unless the data would not fit" {
	check <<-'EOF'
		with Device(rx_size=8192) as d:
		    fd = d.open()
		    write(fd, bytes(6000))
		    read(fd, 6000)
		    write(fd, pattern(4097))
		    with refused(EBUSY, "rx-size", "more data is buffered"):
		        d.set(rx_size=4096)
		    equal(d.get()["rx_size"], 8192)
		    read(fd, 1)
		    for size in (4096, 65536, 16384):
		        equal(d.set(rx_size=size)["rx_size"], size)
		        equal(readable_bytes(fd), 4096)
		    write(fd, pattern(12288, 4097))
		    with raises(EAGAIN):
		        write(fd, b"x")
		    equal(read(fd, 20000), pattern(16384, 1))
		    assert d.balanced()
	EOF
}

@test "a change of size, of policy, and a reset each give waiting writers their room" {
	check <<-'EOF'
		for relief in (lambda: d.set(rx_size=8192), lambda: d.set(rx_policy=DROP), lambda: d.reset(),
		               lambda: fcntl.ioctl(d.open(), RESET)):
		    with Device(rx_size=4096) as d:
		        write(d.open(), bytes(4096))
		        writer = Started(write, d.open(O_WRONLY), bytes(100)).asleep_in("write")
		        relief()
		        equal(writer.result(), 100)
		        assert d.balanced()
	EOF
}

@test "a reset clears data, and counters only if asked" {
	check <<-'EOF'
		with Device(rx_size=4096, rx_policy=DROP) as d:
		    fd = d.open()
		    write(fd, bytes(5000))
		    read(fd, 96)
		    d.inject(LINK)
		    after = d.reset()
		    equal([after[name] for name in ("rx_used", "rx_bytes", "read_bytes", "rx_dropped", "rx_discarded", "rx_overruns",
		                                    "tx_bytes", "resets", "faults")], [0, 5000, 96, 904, 4000, 1, 5000, 1, 1])
		    write(fd, bytes(10))
		    after = d.reset(counters=1)
		    equal([after[name] for name in ("rx_used", "rx_bytes", "read_bytes", "rx_dropped", "rx_discarded", "rx_overruns",
		                                    "tx_bytes", "resets", "faults")], [0] * 9)
		    write(fd, bytes(10))
		    assert d.balanced()
	EOF
}
