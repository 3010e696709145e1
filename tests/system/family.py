# SPDX-License-Identifier: GPL-2.0-only
"""The netlink family by plain sockets: a client that knows nothing of libmydev, nor of what is generated from the spec.

The numbers of the protocol are written out here, since they are what must never change.
"""
import errno
import os
import socket
import struct

# As in helpers.bash.
SLOWNESS = int(os.environ.get("MYDEV_SLOWNESS", "1"))

COMMANDS = {name: number for number, name in enumerate(
    "info-get dev-get dev-set dev-new dev-del reset fault-inject event-get event-ntf selftest "
    "register-get".split(), 1)}
INFO = "version protocol epoch devices devices-max kind event-first event-last event-log-size".split()
DEV = ("id name kind parent state fault fault-msg rx-policy rx-size rx-used watermark major minor users rx-bytes "
       "read-bytes rx-dropped rx-discarded rx-overruns tx-bytes resets faults counters state-age-ns bus address driver "
       "link-speed interrupts dma-transfers dma-bytes").split()
EVENT = ("seq epoch time-ns event dev-id device kind count state fault fault-msg rx-policy rx-size rx-used watermark "
         "lost discarded duration-ns pid uid comm bytes selftest-msg").split()
SELFTEST = "id name kind result bytes duration-ns msg".split()
REGISTER = "dev-id device name offset size value doc".split()
STRINGS = "version kind name parent bus address driver fault-msg device comm selftest-msg msg doc".split()
EVENT_TYPES = ("device-added device-removed opened closed reset state-changed overrun-begin overrun-end watermark "
               "fault setting-changed selftest-passed selftest-failed").split()
BLOCK, DROP, OVERWRITE = range(3)
RUNNING, FAULTED = range(2)
NONE, HARDWARE, TIMEOUT, DMA, LINK, OVERHEAT = range(6)

NETLINK_GENERIC = 16
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK = 270, 1, 11
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 1, 2, 4, 0x10, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS, NLMSGERR_ATTR_MISS_TYPE = 1, 2, 5
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 16, 3, 1, 2, 7


class Refused(OSError):
    """What the kernel said no to: errno, its words, and the attribute that it points at or misses."""

    def __init__(self, number, text, attribute, missing):
        super().__init__(number, f"{os.strerror(number)}: {text!r}, at {attribute}, missing {missing}")
        self.text, self.attribute, self.missing = text, attribute, missing


def attr(number, payload, length=None):
    """An attribute; length is what it claims to be."""
    header = struct.pack("=HH", 4 + len(payload) if length is None else length, number)
    return header + payload + bytes(-len(payload) % 4)


def u32(value):
    return struct.pack("=I", value)


def u64(value):
    return struct.pack("=Q", value)


def message(kind, command, payload=b"", flags=NLM_F_REQUEST | NLM_F_ACK, version=1, reserved=0, length=None, seq=1):
    """A message of generic netlink; length is what it claims to be."""
    body = struct.pack("=BBH", command, version, reserved) + payload
    return struct.pack("=IHHII", 16 + len(body) if length is None else length, kind, flags, seq, 0) + body


def parse(data):
    """The attributes in data: (offset, number, payload) each."""
    offset = 0
    while offset + 4 <= len(data):
        length, number = struct.unpack_from("=HH", data, offset)
        if length < 4:
            break
        yield offset, number & 0x3FFF, data[offset + 4:offset + length]
        offset += (length + 3) & ~3


def names_of(command):
    return {"info-get": INFO, "selftest": SELFTEST, "event-get": EVENT, "event-ntf": EVENT,
            "register-get": REGISTER}.get(command, DEV)


def decode(command, data):
    """An object as a dictionary by the names of the spec, with underscores."""
    names, found = names_of(command), {}
    for _, number, payload in parse(data):
        name = names[number - 1]
        if name in STRINGS:
            assert payload[-1:] == b"\0", f"{name} does not end in NUL"
            value = payload[:-1].decode()
        elif name == "epoch":
            value = payload.hex()
        else:
            assert len(payload) in (4, 8), f"{name} has {len(payload)} bytes"
            value = int.from_bytes(payload, "little")
        if command == "info-get" and name == "kind":
            found.setdefault("kind", []).append(value)
        else:
            assert name.replace("-", "_") not in found, f"{name} comes twice"
            found[name.replace("-", "_")] = value
    return found


def encode(command, values):
    """The reverse of decode(); bytes go as they are."""
    payload = b""
    for name, value in values.items():
        if isinstance(value, str):
            value = value.encode() + b"\0"
        elif isinstance(value, int):
            value = u32(value)
        payload += attr(names_of(command).index(name.replace("_", "-")) + 1, value)
    return payload


def still(found):
    """A device, or each of a list, without what goes on by itself."""
    if isinstance(found, list):
        return [still(device) for device in found]
    return {name: value for name, value in found.items() if name != "state_age_ns"}


class Family:
    """A socket for requests."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.bind((0, 0))
        self.socket.settimeout(60 * SLOWNESS)
        self.interrupted = False
        answer = self.exchange(message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, attr(CTRL_ATTR_FAMILY_NAME, b"mydev\0")))
        found = {number: payload for _, number, payload in parse(answer[0])}
        self.id, = struct.unpack("=H", found[CTRL_ATTR_FAMILY_ID])
        (_, _, group), = parse(found[CTRL_ATTR_MCAST_GROUPS])
        self.group = int.from_bytes({number: payload for _, number, payload in parse(group)}[2], "little")

    def exchange(self, request, names=()):
        """Sends a message and returns the attributes of each answer; raises Refused if it is refused."""
        self.socket.send(request)
        answers, self.interrupted = [], False
        flags, = struct.unpack_from("=H", request.ljust(8, b"\0"), 6)
        is_dump = flags & NLM_F_DUMP == NLM_F_DUMP
        while True:
            data = self.socket.recv(1 << 20)
            while data:
                length, kind, flags, _, _ = struct.unpack_from("=IHHII", data)
                body, data = data[16:length], data[(length + 3) & ~3:]
                self.interrupted |= bool(flags & NLM_F_DUMP_INTR)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    number, = struct.unpack_from("=i", body)
                    if number:
                        raise self.refusal(request, -number, kind, flags, body, names)
                    return answers
                # By this, clients know that more will come.
                assert bool(flags & NLM_F_MULTI) == is_dump, f"flags {flags:#x}"
                answers.append(body[4:])

    @staticmethod
    def refusal(request, number, kind, flags, body, names):
        text = attribute = missing = None
        start = 4
        if kind == NLMSG_ERROR:
            start += 16 if flags & NLM_F_CAPPED else struct.unpack_from("=I", body, 4)[0]
        at = {20 + offset: names[n - 1] if 0 < n <= len(names) else n for offset, n, _ in parse(request[20:])}
        if flags & NLM_F_ACK_TLVS:
            for _, what, payload in parse(body[(start + 3) & ~3:]):
                if what == NLMSGERR_ATTR_MSG:
                    text = payload[:-1].decode()
                elif what == NLMSGERR_ATTR_OFFS:
                    attribute = at.get(int.from_bytes(payload, "little"), "nothing that was sent")
                elif what == NLMSGERR_ATTR_MISS_TYPE:
                    missing = names[int.from_bytes(payload, "little") - 1]
        return Refused(number, text, attribute, missing)

    def raw(self, command, payload=b"", **header):
        """A request with any bytes as its attributes; returns the objects that come."""
        request = message(self.id, COMMANDS[command], payload, **header)
        return [decode(command, answer) for answer in self.exchange(request, names_of(command))]

    def do(self, command, **values):
        answers = self.raw(command, encode(command, values))
        assert len(answers) <= 1
        return answers[0] if answers else None

    def dump(self, command, **values):
        return self.raw(command, encode(command, values), flags=NLM_F_REQUEST | NLM_F_DUMP)

    def events(self, since=1):
        return self.dump("event-get", seq=since)

    def last_event(self):
        return self.do("info-get")["event_last"]


class Listener(Family):
    """A socket that has joined the group of events."""

    def __init__(self):
        super().__init__()
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.group)

    def until(self, seq):
        """The events that come until the one of that number."""
        events = []
        while not events or events[-1]["seq"] < seq:
            data = self.socket.recv(1 << 16)
            _, kind, _, _, _ = struct.unpack_from("=IHHII", data)
            assert kind == self.id and data[16] == COMMANDS["event-ntf"]
            events.append(decode("event-ntf", data[20:]))
        return events


POLICY = (errno.EINVAL, errno.ERANGE)
ANYWHERE = object()  # a dump's own refusal is not placed in the request by every kernel


class refused:
    """with refused(EINVAL, "rx-size", "power of two"): the kernel refuses, and says so at that attribute in such words.

    POLICY is what the kernel's own checks answer, which differs with its version. A refusal always comes with words.
    """

    def __init__(self, number, attribute=None, text="", missing=None):
        self.number, self.attribute, self.text, self.missing = number, attribute, text, missing

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        assert problem, f"not refused; {self.number} expected"
        if not isinstance(problem, Refused):
            return False
        numbers = self.number if isinstance(self.number, tuple) else (self.number,)
        assert problem.errno in numbers, f"{problem}; {[errno.errorcode[n] for n in numbers]} expected"
        wanted, got = (self.attribute, self.missing), (problem.attribute, problem.missing)
        assert got == wanted or self.attribute is ANYWHERE, f"{got}, {wanted} expected; {problem}"
        assert problem.text, f"{problem} says nothing"
        assert self.text in problem.text, f"{problem.text!r} has no {self.text!r}"
        return True
