#!/usr/bin/python3 -I
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the commands of a golden file again and prints the file as it is then: usage: golden.py FILE

A golden file is a session, written down. Lines before the first command say what it is about. Then:

    $ COMMAND           run by bash, its output into pipes
    40$ COMMAND         on a terminal of 40 columns
    > MORE              behind either: further lines of the command

and behind it what came out: standard output, each line of standard error behind "! ", "[N]" if the status is not 0.
On a terminal both are one. A \\ ends a last line that has no newline, a byte that is not printable is \\xNN, and what
varies from run to run is replaced by its name: VARIES has all there is.
"""
import os
import re
import subprocess
import sys

import pexpect

TIMEOUT_S = 60 * int(os.environ.get("MYDEV_SLOWNESS", "1"))
TERMINAL_LINES = 24

NUMBERS = "time_ns|span_ns|duration_ns|state_age_ns|pid|major"
VARIES = [
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}(?![0-9])", "TIME"),
    (r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", "TIME"),
    (rf'"({NUMBERS})":( ?)[0-9]+', r'"\1":\2N'),
    (r"\bpid=[0-9]+\b", "pid=N"),
    (r"^Major:( +)[0-9]+$", r"Major:\1N"),
    (r"^State age:( +).*$", r"State age:\1DURATION"),
    (r", for [0-9.]+ (ns|us|ms|s|min [0-9]+ s|h [0-9]+ min)", ", for DURATION"),
    (r"\bmydev_virt\.[0-9]+\.auto\b", "mydev_virt.N.auto"),
    (r"\bkernel [0-9]+\.[-.+~0-9a-z]+", "kernel RELEASE"),
    (r"\b[0-9]+\.[0-9]+\.[0-9]+\b", "VERSION"),
]

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
               "LANG": "C.UTF-8", "TERM": "xterm", "TZ": "UTC", "PAGER": ""}

PROMPT = re.compile(r"([0-9]*)\$ ")


def shown(data):
    """Lines as the file has them."""
    text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    text = re.sub(r"[^\n -\U0010ffff]|\x7f", lambda found: f"\\x{ord(found[0]):02x}", text)
    for pattern, name in VARIES:
        text = re.sub(pattern, name, text, flags=re.MULTILINE)
    lines = text.split("\n")
    rest = lines.pop()
    return lines + ([rest + "\\"] if rest else [])


def run(command, columns):
    """The lines that come out."""
    words = ["/bin/bash", "-c", command]
    if columns:
        out, status = pexpect.run(words[0], withexitstatus=True, args=words[1:], env=ENVIRONMENT, timeout=TIMEOUT_S,
                                  dimensions=(TERMINAL_LINES, int(columns)))
        err = b""
    else:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, timeout=TIMEOUT_S,
                              check=False)
        out, err, status = done.stdout, done.stderr, done.returncode
    return shown(out) + ["! " + line for line in shown(err)] + ([f"[{status}]"] if status else [])


def sessions(lines):
    """The head, then each command as the lines that it is written in."""
    head, commands = [], []
    behind_prompt = False
    for line in lines:
        if PROMPT.match(line):
            commands.append([line])
        elif behind_prompt and line.startswith("> "):
            commands[-1].append(line)
        elif not commands:
            head.append(line)
        behind_prompt = bool(PROMPT.match(line)) or (behind_prompt and line.startswith("> "))
    return head, commands


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        head, commands = sessions(file.read().splitlines())
    out = list(head)
    for command in commands:
        prompt = PROMPT.match(command[0])
        text = "\n".join([command[0][prompt.end():]] + [line[2:] for line in command[1:]])
        out += command + run(text, prompt[1])
    print("\n".join(out))


main()
