# SPDX-License-Identifier: GPL-2.0-only
"""The guest's kernel log as it comes over the serial line, and what in it must make a test fail."""

import re

# The kernel is at its end after this.
FATAL = re.compile(r"Kernel panic - not syncing")

# How the messages begin by which the kernel says that something is wrong with itself. What only mentions
# such words further on, as programs that write to the log may, does not count.
TROUBLE = re.compile("|".join((
    r"Kernel panic",
    r"(kernel )?BUG[: ]",                           # oops, KASAN, KFENCE, soft lockup, atomic sleep, slab
    r"\[ BUG: ",                                    # lockdep: invalid wait context
    r"WARNING: ",                                   # WARN_ON, lockdep, RCU, refcounts
    r"bad: scheduling ",
    r"softirq: huh, ",
    r"irq \d+: nobody cared",
    r"irq event \d+: bogus return value",
    r"genirq: Flags mismatch",
    r"Oops",
    r"(general protection fault|double fault|stack segment|divide error|invalid opcode|int3|traps: PANIC)\b",
    r"Unable to handle kernel",
    r"watchdog: BUG",
    r"(UBSAN|KCSAN|KMSAN): ",
    r"DMA-API: .*(error|leak)",
    r"kmemleak: \d+ new suspected memory leaks?",
    r"rcu: INFO: .*stall",
    r"rcu: .*kthread starved",
    r"INFO: (task .* blocked.* for more than|rcu.*stall|trying to register non-static key|lockdep is turned off)",
    r"DEBUG_LOCKS_WARN_ON",
    r"(list_add|list_del) corruption",
    r"unregister_netdevice: waiting for",
    r"sysfs: cannot create duplicate filename",
    r"(kobject: )?kobject_add_internal failed (?!.*\(error: -12\b)",   # but for memory, which may be short
    r"(kobject: )?kobject .*: tried to ",
    r"(ODEBUG|refcount_t): ",
    r"\S+ \S+: Runtime PM usage count underflow!",
    r"# \w+: (EXPECTATION|ASSERTION) FAILED",        # KUnit
    # Who looks has stopped looking.
    r"kmemleak: Kernel memory leak detector disabled",
    r"DMA-API: debugging out of memory - disabling",
    r"\*\* \d+ printk messages dropped \*\*",
    r"turning off the locking correctness validator",
    r"mydev-vm: \w+ is off$",                        # guest/agent has found out
)))
PREFIX = re.compile(r"^(<\d+>)?(\[ *\d+\.\d+\])?(\[ *[TC]\d+\])? *")

# Bits of /proc/sys/kernel/tainted that say the same without a message.
TAINTS = {5: "bad page", 7: "oops or BUG", 9: "warning", 14: "soft lockup"}


class KernelLog:
    """Lines so far, whether one of them is the end (fatal), and the first that is trouble."""

    def __init__(self, path=None):
        self.file = open(path, "wb") if path else None
        self.lines = []
        self.rest = b""
        self.trouble = None
        self.fatal = False
        self.shown_from = 0

    def feed(self, data):
        data = data.replace(b"\r", b"")
        if self.file:
            self.file.write(data)
            self.file.flush()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for raw in lines:
            line = raw.decode(errors="replace")
            self.lines.append(line)
            message = PREFIX.sub("", line)
            self.fatal = self.fatal or bool(FATAL.match(message))
            if self.trouble is None and TROUBLE.match(message):
                self.trouble = message

    def mark_command(self):
        """What comes now comes after the command was started; what came before matters only if it is trouble."""
        if self.trouble is None:
            self.shown_from = len(self.lines)

    def title(self):
        return "the kernel log" + (f", but its first {self.shown_from} lines:" if self.shown_from else ":")

    def shown(self):
        """The lines that explain a failure. Nothing in them can drive the terminal that they are shown on."""
        lines = self.lines[self.shown_from:] + [self.rest.decode(errors="replace")]
        for line in lines if self.rest else lines[:-1]:
            yield "".join(c if c.isprintable() or c == "\t" else "?" for c in line)
