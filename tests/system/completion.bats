#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Tab in bash, zsh and fish, each on a real pseudo-terminal, with the completions that are installed.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

# typing SHELL...: runs the Python on standard input, with everything of tab.py, in each of the shells
typing() {
	local shell
	cp -u "$BATS_TEST_DIRNAME/tab.py" "$BATS_FILE_TMPDIR" # the guest's own disk is the faster one
	{ echo "from tab import *" && echo "shell = Shell(sys.argv[1])" && cat; } >"$BATS_TEST_TMPDIR/typing.py"
	for shell; do
		PYTHONPATH=$BATS_FILE_TMPDIR timeout $((100 * slowness)) python3 "$BATS_TEST_TMPDIR/typing.py" "$shell"
	done
}

@test "commands, options and values are completed" {
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl stat" + TAB + "mydev0", "mydevctl status mydev0")
		shell.becomes("mydevctl --keep" + TAB, "mydevctl --keep-going")
		shell.becomes("mydevctl monitor --unt" + TAB + "rese" + TAB + "mydev0", "mydevctl monitor --until=reset mydev0")
		shell.becomes("mydevctl monitor -u rese" + TAB, "mydevctl monitor -u reset")
		shell.becomes("mydevctl set 0 rx-p" + TAB + "dr" + TAB, "mydevctl set 0 rx-policy=drop")
		shell.becomes("mydevctl list --columns name,rx-dr" + TAB, "mydevctl list --columns name,rx-dropped")
		shell.becomes("mydevctl help mon" + TAB, "mydevctl help monitor")
	EOT
}

@test "what exists only in a session is not offered" {
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl exi" + TAB, "mydevctl exi")
	EOT
}

@test "what is quoted stays so" {
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl 'inject' \"mydev0\" overh" + TAB, "mydevctl inject mydev0 overheat")
		shell.becomes("mydevctl set 0 \"rx-policy=dr" + TAB, "mydevctl set 0 rx-policy=drop")
	EOT
}

@test "the names of files are completed where one is expected, and nowhere else" {
	cd "$BATS_TEST_TMPDIR"
	touch script.mydev status.mydev
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl -f scr" + TAB, "mydevctl -f script.mydev")
		shell.becomes("mydevctl --file=scr" + TAB, "mydevctl --file=script.mydev")
		shell.becomes("mydevctl scr" + TAB, "mydevctl scr")
		shell.becomes("mydevctl stat" + TAB, "mydevctl status")
	EOT
}

@test "the names of hosts are completed where one is expected" {
	echo 192.0.2.1 webserver1 >>/etc/hosts
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl -H webs" + TAB, "mydevctl -H webserver1")
		shell.becomes("mydevctl list --host=webs" + TAB, "mydevctl list --host=webserver1")
		shell.becomes("mydevctl -H root@webs" + TAB, "mydevctl -H root@webserver1")
	EOT
	sed -i '$d' /etc/hosts
}

@test "zsh and fish show what each word means" {
	typing bash zsh fish <<-'EOT'
		shell.lists("mydevctl re", ("reset", "reset devices"), ("remove", "remove devices"))
	EOT
}

@test "the names of the devices that exist are completed" {
	load_modules devices=1
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl status my" + TAB, "mydevctl status mydev0")
		run("mydevctl add virt id=7 && mydevctl remove mydev0")
		shell.becomes("mydevctl status my" + TAB, "mydevctl status mydev7")
		shell.becomes("mydevctl events --device=my" + TAB, "mydevctl events --device=mydev7")
		shell.becomes("mydevctl add vi" + TAB + "id=0", "mydevctl add virt id=0")
		run("mydevctl add virt id=0 && mydevctl inject mydev7 link")
		shell.lists("mydevctl status mydev", ("mydev0", "running"), ("mydev7", "faulted"))
		run("mydevctl remove mydev7 && mydevctl reset mydev0")
	EOT
}

@test "without the module, Tab offers what does not need it, and says nothing" {
	unload_modules
	typing bash zsh fish <<-'EOT'
		shell.becomes("mydevctl status my" + TAB, "mydevctl status my")
		shell.becomes("mydevctl stat" + TAB, "mydevctl status")
	EOT
	run mydevctl --complete 'mydevctl status '
	assert_success
	refute_output
}
