# SPDX-License-Identifier: GPL-2.0-only
"""mydevctl on a pseudo-terminal, for the tests of the interactive shell: what a person types and sees.

A test is a script that is run behind "from shell import *". Everything it expects must come within TIMEOUT.
"""
import os
import re
import subprocess
import sys
import time

import pexpect

TIMEOUT = 30 * int(os.environ.get("MYDEV_SLOWNESS", "1"))
PROMPT = "mydevctl> "
CTRL_C, CTRL_D, CTRL_P, CTRL_Z, CTRL_BACKSLASH, TAB = "\x03", "\x04", "\x10", "\x1a", "\x1c", "\t"


def run(command):
    """Runs a command line beside the shell; it must succeed."""
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


class Shell:
    """mydevctl in a terminal of 24 lines; without colour, unless told otherwise."""

    def __init__(self, *arguments, columns=100, **environment):
        env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PAGER": "", **environment}
        self.child = pexpect.spawn("mydevctl", list(arguments), timeout=TIMEOUT, encoding="utf-8", env=env,
                                   dimensions=(24, columns))
        self.child.delaybeforesend = 0.2  # a person would look first

    def send(self, text):
        self.child.send(text)

    def line(self, text):
        self.child.send(text + "\r")

    def expect(self, text):
        """Waits for the text, and returns what came before it."""
        self.child.expect_exact(text)
        return self.child.before

    def expect_re(self, pattern):
        self.child.expect(pattern)
        return self.child.match

    def expect_not(self, text, seconds=1):
        found = self.child.expect_exact([text, pexpect.TIMEOUT], timeout=seconds)
        assert found == 1, f"{text!r} came"

    def prompt(self, prompt=PROMPT):
        return self.expect(prompt)

    def answer(self, text, prompt=PROMPT):
        """Types a line and returns what comes up to the next prompt."""
        self.line(text)
        return self.prompt(prompt)

    def ended(self):
        """Waits for the end; the exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    def alive(self):
        return self.child.isalive()


def plain(text):
    """Without escape sequences and carriage returns."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")


__all__ = ["CTRL_BACKSLASH", "CTRL_C", "CTRL_D", "CTRL_P", "CTRL_Z", "PROMPT", "Shell", "TAB", "TIMEOUT", "os", "plain",
           "re", "run", "subprocess", "sys", "time"]
