# SPDX-License-Identifier: GPL-2.0-only
"""Device nodes by system calls: devices for tests, calls that block, and what they raise."""
import errno
import fcntl
import os
import select
import struct
import termios
import threading
import time
from errno import *
from os import O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, read, write

from family import *

RESET, STATUS = 0x4D00, 0x80044D01  # _IO('M', 0), _IOR('M', 1, int)
IN, OUT, ERR, HUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLERR, select.EPOLLHUP
SYSCALLS = {"read": 0, "write": 1, "poll": 7, "readv": 19, "writev": 20, "epoll_wait": 232, "splice": 275}


class Device:
    """A device for the time of a with: made by dev-new with the settings given, removed after it."""

    def __init__(self, kind="virt", **settings):
        self.family = Family()
        self.id = self.family.do("dev-new", kind=kind, **settings)["id"]
        self.name = f"mydev{self.id}"
        self.path = f"/dev/{self.name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.remove()
        except Refused as problem:
            if problem.errno != ENODEV:
                raise

    def remove(self):
        self.family.do("dev-del", id=self.id)

    def open(self, flags=O_RDWR | O_NONBLOCK):
        return os.open(self.path, flags)

    def get(self):
        return self.family.do("dev-get", id=self.id)

    def set(self, **settings):
        return self.family.do("dev-set", id=self.id, **settings)

    def reset(self, **how):
        return self.family.do("reset", id=self.id, **how)

    def inject(self, fault, *msg):
        return self.family.do("fault-inject", id=self.id, fault=fault, **dict(zip(["fault_msg"], msg)))

    def balanced(self):
        """Whether every byte that was received is accounted for."""
        d = self.get()
        return d["rx_bytes"] == d["read_bytes"] + d["rx_used"] + d["rx_dropped"] + d["rx_discarded"]

    @property
    def platform_device(self):
        """What it is bound to, as bind and unbind of the driver take it."""
        return self.get()["parent"].removeprefix("platform/")


class Started:
    """A call that runs in a thread of its own."""

    def __init__(self, function, *args):
        self.function, self.args = function, args
        self.value = self.problem = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            self.value = self.function(*self.args)
        except BaseException as problem:
            self.problem = problem

    def asleep_in(self, syscall):
        """Waits until it sleeps in that system call."""
        def sleeping():
            assert self.thread.is_alive(), f"{self.function} does not sleep, it has returned {self.result()}"
            task = f"/proc/self/task/{self.thread.native_id}"
            with open(f"{task}/syscall") as file:
                inside = file.read().startswith(f"{SYSCALLS[syscall]} ")
            with open(f"{task}/stat") as file:
                return inside and file.read().rpartition(")")[2].split()[0] in "SD"
        wait_until(sleeping)
        return self

    def result(self, within=30):
        """What it returns or raises; it must do so within that many seconds."""
        self.thread.join(within * SLOWNESS)
        assert not self.thread.is_alive(), f"{self.function} has not returned within {within} s"
        if self.problem:
            raise self.problem
        return self.value


def wait_until(condition, within=30):
    end = time.monotonic() + within * SLOWNESS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


class raises:
    """with raises(EAGAIN): a system call fails with that error."""

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        assert problem, f"no error; {errno.errorcode[self.number]} expected"
        if not isinstance(problem, OSError):
            return False
        assert problem.errno == self.number, f"{problem}; {errno.errorcode[self.number]} expected"
        return True


def equal(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


def pattern(length, start=0):
    """Bytes in which every shift and every hole shows."""
    numbers = range(start // 4, (start + length) // 4 + 1)
    return struct.pack(f"<{len(numbers)}I", *numbers)[start % 4:start % 4 + length]


def status(fd):
    return struct.unpack("i", fcntl.ioctl(fd, STATUS, bytes(4)))[0]


def readable_bytes(fd):
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]


def polled(fd, events=IN | OUT):
    """What poll says now."""
    poller = select.poll()
    poller.register(fd, events)
    return dict(poller.poll(0)).get(fd, 0)
