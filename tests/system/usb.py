# SPDX-License-Identifier: GPL-2.0-only
"""Devices on USB by their nodes. Which one: DEVICE in the environment."""
import hashlib
import random

from node import *

USBDEVFS_RESET = 0x5514
SEED = int(os.environ.get("SEED", "1"))


class Plugged(Device):
    """A device that is there by itself, and stays."""

    def __init__(self, name=None):
        self.name = name or os.environ["DEVICE"]
        self.family = Family()
        self.id = int(self.name.removeprefix("mydev"))
        self.path = f"/dev/{self.name}"

    def __exit__(self, *_):
        pass

    def told(self, what):
        """How many of these events of its there were."""
        return sum(event.get("count", 1) for event in self.family.events()
                   if event.get("dev_id") == self.id and event["event"] == EVENT_TYPES.index(what) + 1)

    def bus_node(self):
        """A descriptor of the device on its bus, for usbfs."""
        usb = os.path.realpath(f"/sys/class/mydev/{self.name}/device/..")
        with open(f"{usb}/busnum") as bus, open(f"{usb}/devnum") as number:
            return os.open(f"/dev/bus/usb/{int(bus.read()):03}/{int(number.read()):03}", O_WRONLY)

    def settled(self):
        """Waits until nothing moves any more."""
        def at_rest():
            before = self.get()["dma_bytes"]
            time.sleep(0.3)
            return self.get()["dma_bytes"] == before
        wait_until(at_rest)


def receive(fd, length, within=30):
    """So many bytes, each of them within so many seconds."""
    data = bytearray()
    while len(data) < length:
        assert select.select([fd], [], [], within * SLOWNESS)[0], f"{len(data)} of {length} bytes came"
        data += read(fd, min(65536, length - len(data)))
    return bytes(data)


def send(fd, *blocks):
    """Each of them by as few calls as it takes."""
    for block in blocks:
        while block:
            block = block[write(fd, block):]


def exchange(fd, *blocks):
    """They come back as they were sent, and nothing else does."""
    sender = Started(send, fd, *blocks)
    sent = b"".join(blocks)
    got = receive(fd, len(sent))
    sender.result()
    assert got == sent, f"differs from byte {next(i for i, (a, b) in enumerate(zip(got, sent)) if a != b)} on"
    assert not select.select([fd], [], [], 0.02)[0], "more came back than was sent"


def stream(fd, size, dice):
    """As exchange, for streams that are long: blocks of random lengths, both ways at once."""
    sent, received = hashlib.sha256(), hashlib.sha256()

    def sender():
        left = size
        while left:
            block = dice.randbytes(min(left, dice.choice([1, 100, 512, 1024, 4096, 10000, 50000])))
            sent.update(block)
            send(fd, block)
            left -= len(block)

    thread = Started(sender)
    left = size
    while left:
        block = receive(fd, min(left, 10000))
        received.update(block)
        left -= len(block)
    thread.result()
    equal(received.hexdigest(), sent.hexdigest())


class Load:
    """Writes to a device and reads from it until it is gone, each in a thread of its own."""

    def __init__(self, device):
        self.fd = device.open(O_RDWR)
        self.written = self.read = 0
        self.threads = [Started(self.ending, self.writer), Started(self.ending, self.reader)]

    def writer(self):
        while True:
            self.written += write(self.fd, pattern(5000, self.written))

    def reader(self):
        while True:
            got = read(self.fd, 65536)
            assert got == pattern(len(got), self.read), f"wrong data after {self.read} bytes"
            self.read += len(got)

    @staticmethod
    def ending(function):
        try:
            function()
        except OSError as problem:
            return problem.errno

    def flows(self, more=100000):
        """Waits until so much more has come back."""
        seen = self.read
        wait_until(lambda: self.read >= seen + more or any(thread.problem for thread in self.threads))
        for thread in self.threads:
            if thread.problem:
                raise thread.problem
        return self

    def ends(self):
        """Both find, and soon, that the device is gone; until then there was no other error, and all was right."""
        equal([errno.errorcode[thread.result()] for thread in self.threads], ["ENODEV"] * 2)
        os.close(self.fd)
        assert self.written >= self.read
