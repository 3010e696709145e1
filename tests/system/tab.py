# SPDX-License-Identifier: GPL-2.0-only
"""bash, zsh and fish on a pseudo-terminal, as they find the completions of mydevctl where it is installed.

A test is a script that is run behind "from tab import *", once for each shell: its name is the argument.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

import pexpect

TIMEOUT = 30 * int(os.environ.get("MYDEV_SLOWNESS", "1"))
TAB, CTRL_A, CTRL_C, CTRL_U = "\t", "\x01", "\x03", "\x15"

# How each is started, and what it is told to be ready for a test: show prints its arguments.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile"],
             """. /usr/share/bash-completion/bash_completion; show() { printf '<%s>' begin "$@" end; }"""),
    "zsh": (["zsh", "-f", "-i"],
            """autoload -Uz compinit && compinit -u -D; show() { printf '<%s>' begin "$@" end; }"""),
    "fish": (["fish", "-i"], "function show; printf '<%s>' begin $argv end; end"),
}
# How they list a word and its meaning.
ROW = {"bash": r"{0}\b", "zsh": "{0} +-- {1}", "fish": r"{0} +\({1}\)"}


def run(command):
    """Runs a command line beside the shell; it must succeed."""
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


class Shell:
    def __init__(self, name):
        command, setup = SHELLS[name]
        self.name = name
        home = tempfile.mkdtemp()
        # Without XDG_DATA_DIRS, which a desktop session has, fish does not look below /usr/local.
        env = {"XDG_DATA_DIRS": "/usr/local/share:/usr/share", **os.environ, "TERM": "xterm", "HOME": home,
               "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        self.child = pexpect.spawn(command[0], command[1:], timeout=TIMEOUT, encoding="utf-8", env=env,
                                   dimensions=(40, 120))
        self.child.delaybeforesend = 0.2  # a person would look first
        self.child.send(setup + "; echo rea''dy\r")
        self.child.expect_exact("ready\r\n")

    def becomes(self, typed, line):
        """What is typed is this line in the end, as words."""
        self.child.send(typed)
        self.child.send(CTRL_A + "show ")
        self.child.send("\r")
        self.child.expect("<begin>(.*)<end>")
        found = re.findall("<([^>]*)>", self.child.match[1])
        assert found == line.split(), f"{self.name}: {typed!r} becomes {found}, not {line.split()}"

    def lists(self, typed, *rows):
        """Two Tabs behind what is typed list the words with their meaning."""
        self.child.send(typed + TAB + TAB)
        patterns = [ROW[self.name].format(re.escape(word), re.escape(meaning)) for word, meaning in rows]
        seen, deadline = "", time.monotonic() + TIMEOUT
        while not all(re.search(pattern, plain(seen)) for pattern in patterns):
            assert time.monotonic() < deadline, f"{self.name}: {typed!r} lists {plain(seen)!r}, not {patterns}"
            try:
                seen += self.child.read_nonblocking(4096, timeout=1)
            except pexpect.TIMEOUT:
                pass
        self.child.send(CTRL_C + CTRL_U)


def plain(text):
    """Without escape sequences and carriage returns."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\(B", "", text).replace("\r", "")


__all__ = ["Shell", "TAB", "os", "run", "sys"]
