#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The interactive shell of mydevctl on a real pseudo-terminal: what a person types, and what is seen then.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

setup() {
	load_modules devices=2
	udevadm settle
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	history=$XDG_STATE_HOME/mydev/history
}

# person: runs the Python on standard input with everything of shell.py
person() {
	cp -u "$BATS_TEST_DIRNAME/shell.py" "$BATS_FILE_TMPDIR" # the guest's own disk is the faster one
	{ echo "from shell import *" && cat; } >"$BATS_TEST_TMPDIR/person.py"
	PYTHONPATH=$BATS_FILE_TMPDIR timeout $((200 * slowness)) python3 "$BATS_TEST_TMPDIR/person.py"
}

@test "a command is run and answered, with the same words as outside" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		answer = plain(shell.answer("status mydev0"))
		assert "State:         running\n" in answer, answer
		assert "mydevctl: reset nosuch: no such device" in plain(shell.answer("reset nosuch"))
		assert "unknown command 'bogus'" in plain(shell.answer("bogus"))
		assert "a single quote (') is not closed" in plain(shell.answer("inject mydev0 link 'oops"))
		assert '"kind":"dev"' in plain(shell.answer("list --json"))
	EOT
}

@test "Tab completes commands, devices that exist, settings and their values" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("stat" + TAB)
		shell.expect("status ")
		shell.send("my" + TAB)
		shell.expect("dev")
		run("mydevctl remove mydev1")
		shell.send(TAB)
		shell.expect("0 ")
		shell.send(CTRL_C)
		shell.prompt()
		shell.send("set mydev0 rx-p" + TAB + "dr" + TAB + "\r")
		shell.expect("drop")
		assert " drop " in plain(shell.prompt())
		shell.send("monitor --unt" + TAB + "rese" + TAB)
		shell.expect("--until=reset ")
	EOT
}

@test "a second Tab lists what is possible, with its meaning" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("re" + TAB + TAB)
		shell.expect_re(r"reset +reset devices\r\n")
		shell.expect_re(r"remove +remove devices\r\n")
		shell.expect("mydevctl> re")
		shell.send(CTRL_C)
		shell.prompt()
		shell.send("status " + TAB)  # goes as far as all have in common
		shell.expect("mydev")
		shell.send(TAB + TAB)
		shell.expect_re(r"mydev0 +running\r\n")
		shell.expect_re(r"mydev1 +running\r\n")
		shell.send(CTRL_C)
		shell.prompt()
		shell.send("set mydev0 rx-policy=" + TAB + TAB)
		shell.expect_re(r"\nblock +The device waits")
		shell.expect_re(r"\noverwrite +The ring keeps the newest")
	EOT
}

@test "Tab completes names of files where one is expected" {
	person <<-'EOT'
		os.makedirs("/tmp/tab/folder", exist_ok=True)
		open("/tmp/tab/firmware.bin", "w").write("the firmware")
		open("/tmp/tab/two words", "w").write("of two words")
		shell = Shell()
		shell.prompt()
		shell.send("send mydev0 --file /tmp/tab/fi" + TAB)
		shell.expect("rmware.bin ")
		shell.line("")
		shell.prompt()
		assert "the firmware" in plain(shell.answer("receive mydev0"))
		shell.send("send mydev0 --file=/tmp/tab/fi" + TAB)
		shell.expect("rmware.bin ")
		shell.line("")
		shell.prompt()
		assert "the firmware" in plain(shell.answer("receive mydev0"))
		for option in "--file ", "--file=":
		    shell.send(f"send mydev0 {option}/tmp/tab/tw" + TAB)
		    shell.expect('two words" ')
		    shell.line("")
		    shell.prompt()
		    assert "of two words" in plain(shell.answer("receive mydev0"))
		    shell.send(f"send mydev0 {option}/tmp/tab/fol" + TAB)
		    shell.expect("der/")
		    shell.expect_not(" ")
		    shell.send(CTRL_C)
		    shell.prompt()
		    shell.send(f"send mydev0 {option}/tmp/tab/" + TAB + TAB)
		    shell.expect_re(r"\nfirmware.bin +folder/? +two words *\r\n")
		    shell.send(CTRL_C)
		    shell.prompt()
	EOT
}

@test "Tab knows that a selected device may be left out" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("select mydev1")
		shell.prompt("mydevctl mydev1 running> ")
		shell.send("inject over" + TAB)
		shell.expect("heat ")
		shell.line("hot")
		shell.prompt("mydevctl mydev1 faulted> ")
		shell.send("set rx-pol" + TAB + "ov" + TAB)
		shell.expect("rx-policy=overwrite ")
		shell.send(CTRL_C)
		shell.prompt("mydevctl mydev1 faulted> ")
		shell.send("inject " + TAB + TAB)
		shell.expect_re(r"\nmydev0 +running\r\n")
		shell.expect_re(r"\noverheat +\S+")
	EOT
}

@test "what is too much to be listed is counted" {
	load_modules devices=200
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("status mydev" + TAB + TAB)
		shell.expect("200 possibilities; go on typing\r\n")
		shell.expect("mydevctl> status mydev")
		shell.send("19" + TAB + TAB)
		shell.expect_re(r"\nmydev199 +running\r\n")
	EOT
}

@test "an event appears above a half-typed line, which can be typed to its end" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("status my")
		shell.expect("status my")
		run("mydevctl inject mydev1 overheat hot")
		before = plain(shell.expect("mydev1  fault"))
		assert before.rstrip().endswith(tuple("0123456789")), before  # the time, at the start of a line
		shell.expect("state-changed")
		shell.prompt()
		shell.expect("status my")
		shell.send("dev1\r")
		assert "Fault msg:     hot\n" in plain(shell.prompt())
	EOT
}

@test "an event does not disturb the place of the cursor" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("status 1")
		shell.send("\x02")  # Ctrl-B, in front of the 1
		run("mydevctl reset mydev0")
		shell.expect("reset")
		shell.prompt()
		shell.send("mydev\r")
		assert "Name:          mydev1\n" in plain(shell.prompt())
	EOT
}

@test "a storm of events leaves the line as it was" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("vers")
		run("/src/build/tests/system/event_storm mydev0 300")
		run("mydevctl inject mydev0 link 'the last one'")
		shell.expect("the last one")
		shell.expect("state-changed")
		shell.prompt()
		shell.expect("vers")
		shell.send("ion\r")
		assert "Version:" in plain(shell.prompt())
	EOT
}

@test "Ctrl-C clears the line and leaves the shell alone" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("remove mydev0")
		shell.send(CTRL_C)
		shell.expect("remove mydev0^C\r\n")
		shell.prompt()
		assert "Version:" in plain(shell.answer("version"))
		shell.send("\x12" + "vers")  # in the midst of a search
		shell.send(CTRL_C)
		shell.prompt()
		assert " mydev0 " not in plain(shell.answer("list --noheadings --columns id"))
	EOT
	[[ -e /sys/class/mydev/mydev0 ]]
}

@test "Ctrl-C stops monitor and what follows the journal, and the shell goes on" {
	systemctl start mydevd
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("monitor")
		shell.expect("in step, events follow")
		run("mydevctl reset mydev0")
		shell.expect("mydev0  reset")
		shell.send(CTRL_C)
		after = plain(shell.prompt())
		assert "reset" not in after, after
		assert after.replace("\x03", "").endswith("\n") and "^C" not in after, repr(after)
		# What monitor showed is not shown again above the prompt.
		shell.expect_not("mydev0  reset")
		shell.line("events --follow -n 1")
		shell.expect("in step, events follow")
		shell.send(CTRL_C)
		after = plain(shell.prompt())
		assert after.replace("\x03", "").endswith("\n") and "^C" not in after, repr(after)
		assert "Version:" in plain(shell.answer("version"))
	EOT
}

@test "Ctrl-C stops what goes from device to device, and leaves the line that comes alone" {
	load_modules devices=300
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("selftest " + " ".join(map(str, range(300))))
		while open("/sys/class/mydev/mydev0/statistics/tx_bytes").read() == "0\n":
		    time.sleep(0.001)
		shell.child.delaybeforesend = None  # it is over soon
		shell.send(CTRL_C)
		answer = plain(shell.prompt())
		assert "mydev0 " in answer and "mydev299" not in answer, answer
		shell.expect_not("^C")
		shell.line("version")
		shell.expect("Version:")
	EOT
}

@test "what follows the journal over a gap has status 8 when it is ended" {
	forget_journal
	load_modules devices=1 mydev.event_log=16
	"$programs/event_storm" mydev0 50
	systemctl start mydevd
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("events --follow -n 16")
		shell.expect("in step, events follow")
		run("systemctl stop mydevd")
		run("/src/build/tests/system/event_storm mydev0 50")
		run("systemctl start mydevd")
		shell.expect("events are lost")
		shell.send(CTRL_C)
		assert "events were lost, see the gap records" in plain(shell.prompt())
		shell.send("exit\r")
		assert shell.ended() == 8
	EOT
}

@test "Ctrl-D leaves with the status of the last command, exit too" {
	person <<-'EOT'
		for leave in CTRL_D, "exit\r", "ex\r":
		    shell = Shell()
		    shell.prompt()
		    shell.answer("reset nosuch")
		    shell.send(leave)
		    assert shell.ended() == 4
		shell = Shell()
		shell.prompt()
		shell.send("half a line" + CTRL_D)  # deletes what is behind the cursor: nothing
		shell.expect_not("\n")
		assert shell.alive()
	EOT
}

@test "a selected device is the default for later commands, and the prompt follows its state" {
	person <<-'EOT'
		running, faulted = "mydevctl mydev1 running> ", "mydevctl mydev1 faulted> "
		shell = Shell()
		shell.prompt()
		shell.line("select 1")
		shell.prompt(running)
		shell.line("status")
		shell.expect("Name:          mydev1\r\n")
		shell.line("status mydev0")
		shell.expect("Name:          mydev0\r\n")
		shell.line("send hello")
		shell.line("receive")
		shell.expect_re(r"[\r\n]hello\r\n")
		shell.line("inject overheat 'too hot'")
		shell.prompt(faulted)
		shell.line("set rx-size=256K")
		shell.expect("256 KiB")
		shell.line("reset nosuch")
		shell.expect("reset takes no further argument")
		shell.line("reset")
		shell.prompt(running)
		shell.line("select nosuch")
		shell.expect("no such device")
		shell.prompt(running)
		shell.line("select")
		shell.prompt()
		shell.line("reset")
		shell.expect("DEV is missing")
	EOT
}

@test "the prompt follows events of the selected device, also above a half-typed line" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.answer("select mydev1", "mydevctl mydev1 running> ")
		shell.send("vers")
		run("mydevctl inject mydev1 link broken")
		shell.expect("mydevctl mydev1 faulted> vers")
		run("mydevctl remove mydev1")
		shell.expect("mydevctl mydev1 (gone)> vers")
		run("mydevctl add virt id=1")
		shell.expect("mydevctl mydev1 running> vers")
		shell.send("ion\r")
		assert "Version:" in plain(shell.prompt("mydevctl mydev1 running> "))
	EOT
}

@test "the state in the prompt is red when the device is faulted, and plain without colour" {
	person <<-'EOT'
		shell = Shell(NO_COLOR="", columns=40)
		shell.expect("mydevctl")
		shell.line("select mydev0")
		shell.expect(" mydev0 \x1b[32mrunning\x1b[0m")
		shell.line("inject link")
		shell.expect(" mydev0 \x1b[1;31mfaulted\x1b[0m")
	EOT
}

@test "Ctrl-C ends send and receive, and the shell goes on" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("receive mydev0")
		shell.expect_not("mydevctl>")
		shell.send(CTRL_C)
		shell.prompt()
		shell.line("receive mydev0 --follow")
		run("mydevctl send mydev0 'it works'")
		shell.expect("it works")
		shell.send(CTRL_C)
		shell.prompt()
		run("head -c 65536 /dev/zero >/dev/mydev0")
		shell.line("send mydev0 more")
		shell.expect("the device takes no more data for now")
		shell.send(CTRL_C)
		shell.prompt()
		shell.line("send mydev0")  # what is typed
		shell.send(CTRL_C)
		shell.prompt()
		shell.line("version")
		shell.expect("Version:")
		shell.send("exit\r")
		assert shell.ended() == 0
	EOT
}

@test "what takes long shows on a terminal how far it is, and nothing of it stays" {
	truncate -s 1M /tmp/large
	person <<-'EOT'
		send = Shell("send", "mydev0", "--file", "/tmp/large")
		for block in range(16):
		    run("head -c 65536 /dev/mydev0; sleep 0.2")
		before = send.expect("\r\x1b[K")
		assert before == "", repr(before)
		send.expect_re(r" (KiB|MiB) of 1 MiB, [0-9]+ %")
		send.ended()
		assert send.child.before.endswith("\r\x1b[K"), repr(send.child.before)
	EOT
	: >/tmp/progress
	mydevctl send mydev0 --file /tmp/large --json 2>/tmp/progress >/dev/null 3>&- &
	for _ in {1..16}; do
		head -c 65536 /dev/mydev0 >/dev/null
		sleep 0.1
	done
	wait $!
	assert_equal "$(cat /tmp/progress)" ''
}

@test "that a command opens the node of a device is no news" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("send mydev0 x")
		shell.prompt()
		shell.expect_not("opened")
		run(": </dev/mydev0")
		shell.expect("mydev0  opened")
		shell.expect("mydev0  closed")
	EOT
}

@test "what is received cannot reach the terminal, and leaves the prompt alone" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		run("printf '\\033[2Jboo' | mydevctl send mydev0")
		shell.line("receive mydev0")
		shell.expect("\\x1b[2Jboo\r\n")
		shell.prompt()
		shell.line("send mydev0")  # what is typed
		run("until mydevctl status mydev0 --json | jq -e '.items[0].users == 1'; do sleep 0.1; done")
		shell.send("typed\r" + CTRL_D)
		shell.prompt()
		shell.line("receive mydev0")
		shell.expect_re(r"[\r\n]typed\r\n")
	EOT
}

@test "top is refreshed in place, fits a narrow terminal, and ends by Ctrl-C" {
	person <<-'EOT'
		shell = Shell(columns=40)
		shell.prompt()
		run("mydevctl set mydev1 rx-policy=drop")
		shell.line("top --interval 200ms")
		shell.expect("\x1b[H\x1b[2J")
		shell.expect("\x1b[J")
		run("head -c 200000 /dev/zero >/dev/mydev1")
		shell.expect_re(r"mydev1 running +100 ")
		shell.expect("\x1b[J")
		shell.expect("\x1b[H")
		picture = plain(shell.expect("\x1b[J")).splitlines()
		assert len(picture) == 3 and picture[0].startswith("DEVICE"), picture
		assert max(map(len, picture)) <= 40, picture
		shell.send(CTRL_C)
		shell.prompt()
		shell.answer("version")
	EOT
}

@test "top has bars of what went in and out, if the terminal has the characters for it" {
	person <<-'EOT'
		for locale, whole in ("C.UTF-8", "█"), ("C", "@"):
		    shell = Shell("top", "--interval", "200ms", LC_ALL=locale)
		    shell.expect("\x1b[J")
		    picture = plain(shell.expect("\x1b[J"))
		    assert whole not in picture, picture
		    run("head -c 60000 /dev/zero >/dev/mydev1; head -c 60000 /dev/mydev1 >/dev/null")
		    shell.expect(f"{whole}")
		    shell.expect("\x1b[J")
		    picture = plain(shell.expect("\x1b[J"))
		    mydev0, mydev1 = picture.splitlines()[-2:]
		    assert mydev1.startswith("mydev1") and mydev1.count(whole) == 2, picture
		    assert mydev0.startswith("mydev0") and whole not in mydev0, picture
	EOT
}

@test "top shows as many devices as have room, the first by the order asked for, and counts the others" {
	load_modules devices=200
	person <<-'EOT'
		run("head -c 65536 /dev/zero >/dev/mydev150")
		shell = Shell("top", "--interval", "200ms", "--sort", "fill")
		shell.expect("\x1b[J")
		picture = plain(shell.expect("\x1b[J")).splitlines()
		assert len(picture) == 23 and picture[0].startswith("DEVICE"), picture
		assert picture[1].startswith("mydev150 running  100 "), picture
		assert picture[-1] == "179 more", picture
	EOT
}

@test "top is plain lines on a dumb terminal" {
	person <<-'EOT'
		shell = Shell(TERM="dumb")
		shell.prompt()
		answer = shell.answer("top --interval 100ms -n 2")
		assert "\x1b" not in answer, repr(answer)
		assert answer.count("mydev1  running  fill=0") == 2, answer
	EOT
}

@test "text that is longer than the screen is read in a pager, what is shorter is not" {
	person <<-'EOT'
		help = Shell("help", PAGER="less")
		help.expect("control and watch mydev stream devices")
		help.expect_not("leave the shell, or end the script")
		assert help.alive()
		help.send("G")
		help.expect("leave the shell, or end the script")
		help.send("q")
		assert help.ended() == 0
		list = Shell("list", PAGER="less")
		list.expect("mydev1")
		assert list.ended() == 0
	EOT
}

@test "a pager changes no exit status, and what failed is told behind it" {
	person <<-'EOT'
		for pager, keys in ("less", "q"), ("head -n 1", ""), ("false", ""):
		    status = Shell("status", "0", "1", "nosuch", PAGER=pager)
		    if keys:
		        status.expect("Faults:")
		        status.expect_not("no such device")
		        status.send(keys)
		    status.expect("mydevctl: status nosuch: no such device (there are: mydev0, mydev1)\r\n")
		    assert status.ended() == 4
	EOT
}

@test "a pager that ends early ends what would fill it" {
	load_modules devices=300
	person <<-'EOT'
		status = Shell("status", PAGER="head -n 1")
		status.expect("ID:")
		assert status.ended() == 0
		assert "mydevctl" not in status.child.before, status.child.before
	EOT
}

@test "Ctrl-C is the pager's, and the shell goes on behind it" {
	person <<-'EOT'
		shell = Shell(PAGER="less")
		shell.prompt()
		shell.line("help")
		shell.expect("Usage:")
		shell.send(CTRL_C)
		shell.expect_not("mydevctl> ")
		shell.send("q")
		after = plain(shell.prompt())
		assert "^C" not in after, repr(after)
		shell.expect_not("mydevctl> ")
		assert "Version:" in plain(shell.answer("version"))
	EOT
}

@test "no pager is begun unless one is wanted" {
	person <<-'EOT'
		paged = "touch /tmp/paged; cat"
		def pages(*arguments, **environment):
		    if os.path.exists("/tmp/paged"):
		        os.remove("/tmp/paged")
		    command = Shell(*arguments, **{"PAGER": paged, **environment})
		    command.ended()
		    return os.path.exists("/tmp/paged")
		open("/tmp/script", "w").write("help\n")
		assert pages("help")
		assert pages("help", MYDEV_PAGER=paged, PAGER="cat")
		assert not pages("help", "--no-pager")
		assert not pages("help", MYDEV_PAGER="")
		assert not pages("help", MYDEV_PAGER="cat")
		assert not pages("help", TERM="dumb")
		assert not pages("help", "--json")
		assert not pages("reset", "mydev0")
		assert not pages("monitor", "--timeout", "0")
		assert not pages("-f", "/tmp/script")
		run(f"PAGER='{paged}' mydevctl help")
		assert not os.path.exists("/tmp/paged")
	EOT
}

@test "a pager that is not there costs no output" {
	person <<-'EOT'
		help = Shell("help", PAGER="/nosuch/pager")
		help.expect("control and watch mydev stream devices")
		help.expect("leave the shell, or end the script")
		assert help.ended() == 0
	EOT
}

@test "with the privilege of another, nothing can be run from within the pager" {
	person <<-'EOT'
		help = Shell("help", PAGER="touch /tmp/breach", SUDO_UID="1000")
		help.expect("Usage:")
		help.send("!")
		help.expect("not available")
		help.send("\r")
		help.send("q")
		assert help.ended() == 0
		assert not os.path.exists("/tmp/breach")
	EOT
}

@test "the history is kept between runs, each line once" {
	person <<-'EOT'
		for _ in range(2):
		    shell = Shell()
		    shell.prompt()
		    for line in "version", "list", "version", "version":
		        shell.answer(line)
		    shell.send(CTRL_D)
		    shell.ended()
		shell = Shell()
		shell.prompt()
		shell.send(CTRL_P)
		shell.expect("version")
		shell.send(CTRL_P)
		shell.expect("list")
	EOT
	assert_equal "$(cat "$history")" $'list\nversion'
	assert_equal "$(stat -c %a "$history")" 600
}

@test "two shells at a time lose no line of each other" {
	person <<-'EOT'
		one, two = Shell(), Shell()
		one.prompt(), two.prompt()
		one.answer("version")
		two.answer("list")
		one.answer("help help")
		one.send(CTRL_D), two.send(CTRL_D)
		one.ended(), two.ended()
	EOT
	assert_equal "$(cat "$history")" $'version\nlist\nhelp help'
}

@test "the shell works without a place for its history" {
	export XDG_STATE_HOME=/proc/nowhere
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		assert "Version:" in plain(shell.answer("version"))
		shell.send(CTRL_P)
		shell.expect("version")
	EOT
}

@test "a history that cannot be written is kept as long as the shell runs" {
	mkdir -p "$history"
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.answer("version")
		shell.answer("list")
		shell.send(CTRL_P)
		shell.expect("list")
		shell.send(CTRL_P)
		shell.expect("version")
	EOT
}

@test "the shell outlives the module, and says so" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("sta")
		run("modprobe -r mydev_virt mydev")
		shell.expect("the module was removed")
		shell.expect("mydevctl (no module)> sta")
		shell.send(CTRL_C)
		shell.prompt("mydevctl (no module)> ")
		assert "the module mydev is not loaded" in plain(shell.answer("list", "mydevctl (no module)> "))
		run("modprobe mydev_virt devices=1")
		shell.expect("mydev0  device-added")
		shell.prompt()
		assert "mydev0" in plain(shell.answer("list --noheadings --columns name"))
		shell.answer("inject mydev0 link again")
		shell.expect("fault-msg=again")
	EOT
}

@test "the shell hears events again after the kernel could not be asked" {
	person <<-'EOT'
		# mute(): from then on the shell's requests fail, until the function that it returns is called
		def mute():
		    strace = subprocess.Popen(["strace", "--quiet=all", "--output=/dev/null", f"--attach={shell.child.pid}",
		                               "--inject=sendto:error=ENOBUFS"])
		    while "TracerPid:\t0\n" in open(f"/proc/{shell.child.pid}/status").read():
		        time.sleep(0.1)
		    return lambda: (strace.terminate(), strace.wait())

		shell = Shell()
		shell.prompt()
		unmute = mute()
		run("modprobe -r mydev_virt mydev")
		run("modprobe mydev_virt")
		shell.expect_not("the module was removed")
		unmute()
		shell.expect("the module was removed")
		shell.expect("mydev0  device-added")
		shell.prompt()

		# Subscribing anew, after a command that showed events itself, fails as well.
		shell.line("monitor")
		shell.expect("in step, events follow")
		unmute = mute()
		shell.send(CTRL_C)
		shell.prompt()
		run("mydevctl reset mydev0")
		shell.expect_not("mydev0  reset")
		unmute()
		shell.expect("in step, events follow")
		run("mydevctl reset mydev0")
		shell.expect("mydev0  reset")
	EOT
}

@test "the shell begins without the module" {
	unload_modules
	person <<-'EOT'
		shell = Shell()
		shell.prompt("mydevctl (no module)> ")
		shell.send("status " + TAB + TAB)
		shell.send("\r")
		shell.expect("the module mydev is not loaded")
	EOT
}

@test "the terminal may be narrow, and change its size" {
	person <<-'EOT'
		shell = Shell(columns=40)
		shell.prompt()
		shell.send("inject mydev0 overheat 'a text that needs a second line'")
		run("mydevctl reset mydev1")
		shell.expect("mydev1  reset")
		shell.prompt()
		shell.child.setwinsize(30, 120)
		shell.send("\r")
		shell.expect("a text that needs a second line")
		shell.prompt()
		shell.send("he" + TAB + "inj" + TAB + "\r")
		shell.expect("Usage:")
		shell.prompt()
	EOT
}

@test "there is colour on a terminal, unless it is dumb or NO_COLOR says no" {
	person <<-'EOT'
		import pexpect
		def coloured(**environment):
		    child = pexpect.spawn("mydevctl list", env={**os.environ, "PAGER": "", **environment}, encoding="utf-8")
		    return "\x1b[" in child.read()
		assert coloured(TERM="xterm", NO_COLOR="")
		assert not coloured(TERM="xterm", NO_COLOR="1")
		assert not coloured(TERM="dumb", NO_COLOR="")

		shell = Shell(TERM="dumb")
		shell.prompt()
		shell.send("vers" + TAB)
		run("mydevctl reset mydev0")
		shell.expect("mydev0  reset")
		shell.line("")
		out = shell.expect("Version:")
		assert "\x1b" not in out, repr(out)
	EOT
}

@test "what is pasted runs line by line" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.send("\x1b[200~version\nreset nosuch # no\nlist\x1b[201~\r")
		shell.expect("Version:")
		shell.expect("no such device")
		shell.expect("NAME")
		shell.prompt()
	EOT
	assert_equal "$(cat "$history")" $'version\nreset nosuch # no\nlist'
}

@test "the terminal is as it was when the shell is gone, however it went" {
	person <<-'EOT'
		import pexpect
		import signal
		for end in CTRL_D, CTRL_BACKSLASH, signal.SIGTERM, signal.SIGHUP:
		    child = pexpect.spawn("dash",  # bash would put the terminal in order itself
		                          env={**os.environ, "PS1": "$ ", "TERM": "xterm", "NO_COLOR": "1"},
		                          encoding="utf-8", timeout=TIMEOUT)
		    child.delaybeforesend = 0.2
		    child.sendline("stty -a >/tmp/before; mydevctl; stty -a >/tmp/after; echo over")
		    child.expect_exact(PROMPT)
		    if isinstance(end, str):
		        child.send(end)
		    else:
		        run(f"pkill -{end} -x mydevctl")
		    child.expect("\nover")
		    assert open("/tmp/before").read() == open("/tmp/after").read()
		    child.close()
	EOT
}

@test "Ctrl-Z stops the shell, and its line can be typed to its end when it goes on" {
	person <<-'EOT'
		import pexpect
		child = pexpect.spawn("bash --norc", env={**os.environ, "PS1": "$ ", "TERM": "xterm", "NO_COLOR": "1"},
		                      encoding="utf-8", timeout=TIMEOUT)
		child.delaybeforesend = 0.2
		child.sendline("mydevctl")
		child.expect_exact(PROMPT)
		child.send("vers")
		child.expect_exact("vers")
		child.send(CTRL_Z)
		child.expect_exact("Stopped")
		child.sendline("fg")
		child.expect_exact(PROMPT + "vers")
		child.send(TAB)
		child.expect_exact("ion ")
		child.send("\r")
		child.expect_exact("Version:")
	EOT
}

@test "Ctrl-Backslash ends a command that waits, and the shell" {
	person <<-'EOT'
		for line in "monitor", "receive mydev0":
		    shell = Shell()
		    shell.prompt()
		    shell.line(line)
		    if line == "monitor":
		        shell.expect("in step, events follow")
		    else:
		        shell.expect_not(PROMPT)
		    shell.send(CTRL_BACKSLASH)
		    assert shell.ended() == 0
	EOT
}

@test "the shell does not outlive its terminal" {
	person <<-'EOT'
		shell = Shell()
		shell.prompt()
		shell.line("monitor")
		shell.expect("in step")
		shell.child.close(force=False)
	EOT
	gone() { ! pgrep -x mydevctl; }
	wait_until gone
}
