# SPDX-License-Identifier: GPL-2.0-only
"""Data on its way through a device that takes its time, each byte checked as it comes back.

usage: edu.py NODE BASE     writes and reads until SIGTERM, and then until all is back, or until the device is gone or
                            faulted; prints a line when data has come back for the first time, and at the end
                            "END WRITTEN READ": all, ENODEV or EIO, and bytes
BASE is what the data begins with, to tell that of one device from another's.
"""
import random
import signal
import sys

from node import *

# More than a block of the device, and more than all that it holds.
LONGEST = 12000


class Flow:
    def __init__(self, path, base=0):
        self.fd = os.open(path, O_RDWR)
        self.base = base
        self.written = self.got = 0
        self.ending = self.ended = False
        self.writer, self.reader = Started(self.write), Started(self.read)

    def write(self):
        while not self.ending:
            self.written += write(self.fd, pattern(random.randint(1, LONGEST), self.base + self.written))

    def read(self):
        poller = select.poll()
        poller.register(self.fd, IN)
        while not self.ended or self.got < self.written:
            if poller.poll(50):
                data = read(self.fd, random.randint(1, LONGEST))
                assert data == pattern(len(data), self.base + self.got), f"wrong data between {self.got} and {len(data)} on"
                self.got += len(data)

    def finish(self):
        """Ends it: "all" when all that was written has come back, ENODEV or EIO when it never will."""
        self.ending = True
        ends = set()
        for call in self.writer, self.reader:
            try:
                call.result()
                ends.add("all")
            except OSError as problem:
                ends.add(errno.errorcode[problem.errno])
            self.ended = True
        assert self.got <= self.written, f"{self.got} came back of {self.written}"
        # The writer may have been through when the device went.
        return "all" if ends == {"all"} else (ends - {"all"}).pop()

    def over(self):
        return not self.reader.thread.is_alive()


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    flow = Flow(sys.argv[1], int(sys.argv[2]))
    said = False
    while not flow.over() and not signal.sigtimedwait([signal.SIGTERM], 0.02):
        if flow.got and not said:
            said = True
            print("data is back", flush=True)
    print(flow.finish(), flow.written, flow.got, flush=True)


if __name__ == "__main__":
    main()
