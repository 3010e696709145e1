#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# mydevd under systemd: what it writes to the journal, that it writes each event once whatever happens to it, and what
# it says when it cannot work.

load helpers
load daemon

module_up=24e8f1bd01954cfdb2a194e6399bee55
module_down=8d32972eab394d59bbb5ff21fad2523f
module_absent=5654184aba804993967365431cdb6935
open_gap=92efca0a11a7407fa43df10a4d831ca8

# ---- Starting and stopping ----

@test "starting the service loads the module" {
	[ ! -e /sys/module/mydev ]
	systemctl start mydevd
	[ -e /sys/module/mydev ]
	assert_equal "$(unit ActiveState)" active
}

@test "once started, it has logged what happened before" {
	modprobe mydev_virt devices=3
	systemctl start mydevd
	wait_until logged MYDEV_SEQ=3
	run messages MYDEV_EVENT=device-added
	assert_output - <<-'EOT'
		mydev0: device added, kind virt
		mydev1: device added, kind virt
		mydev2: device added, kind virt
	EOT
}

@test "the status says how it goes" {
	modprobe mydev_virt devices=2
	systemctl start mydevd
	assert_equal "$(unit StatusText)" "2 devices; 2 events logged, 0 gaps, 0 replays"
}

@test "it stops cleanly when asked to" {
	systemctl start mydevd
	systemctl stop mydevd
	wait_until pid1_says "mydevd.service: Deactivated successfully."
}

@test "a second one that would write to the journal is refused, and nothing is logged twice" {
	modprobe mydev_virt
	systemctl start mydevd
	local who
	for who in mydev root; do
		run -1 timeout 20 runuser -u $who -- mydevd --journal
		assert_output --partial "another mydevd writes to the journal"
	done
	storm 5
	assert_each_event_is_logged_once
}

@test "ended by somebody else than the service manager, it is started again" {
	systemctl start mydevd
	kill -TERM "$(unit MainPID)"
	wait_until restarted
}

@test "without the module installed, the start fails and one line says why" {
	local release why
	release=$(uname -r)
	mkdir -p "$BATS_TEST_TMPDIR/lib/modules/$release"
	touch "$BATS_TEST_TMPDIR/lib/modules/$release"/modules.{order,builtin}
	depmod -b "$BATS_TEST_TMPDIR" "$release"
	mount --bind "$BATS_TEST_TMPDIR/lib/modules/$release" "/lib/modules/$release"
	run systemctl start mydevd
	umount "/lib/modules/$release"
	assert_failure

	assert_equal "$(unit ExecMainStatus)" 69
	assert_equal "$(unit NRestarts)" 0
	wait_until logged MESSAGE_ID=$module_absent
	why="the module mydev is not installed for the running kernel, $release "
	why+="(as root, in the source tree: make install KDIR=/lib/modules/$release/build)"
	assert_equal "$(messages)" "cannot start: $why"
	assert_equal "$(unit StatusText)" "$why"
}

@test "with a module that does not load, the start fails and one line says how to find out why" {
	local why
	mkdir -p /run/modprobe.d
	echo "install mydev /bin/false" >/run/modprobe.d/mydev-test.conf
	run systemctl start mydevd
	assert_failure

	assert_equal "$(unit ExecMainStatus) $(unit NRestarts)" "69 0"
	wait_until logged MESSAGE_ID=$module_absent
	why="the module mydev is installed, but not loaded (load it, or see why it cannot be, with: modprobe mydev)"
	assert_equal "$(messages)" "cannot start: $why"
}

@test "run by hand, it prints what it would log, and leaves the journal alone" {
	modprobe mydev_virt
	mydevd >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	wait_until grep -q device "$BATS_TEST_TMPDIR/err"
	kill $!
	wait $!
	assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" ""
	run cat "$BATS_TEST_TMPDIR/err"
	assert_line --index 0 --regexp '^kernel module mydev [0-9.]+ is loaded, epoch [-0-9a-f]{36}$'
	assert_line --index 1 "mydev0: device added, kind virt"
	assert_equal "${#lines[@]}" 2
	assert_equal "$(journalctl --quiet --since="$since" SYSLOG_IDENTIFIER=mydevd)" ""
}

@test "wrong usage is told, with exit status 2" {
	run mydevd --no-such-option
	assert_failure 2
	assert_line "Try 'mydevd --help'."
	run mydevd --receive-buffer=much
	assert_failure 2
	assert_line --partial "--receive-buffer=much"
	run mydevd argument
	assert_failure 2
	assert_line --partial "argument"
}

# ---- What is logged ----

@test "an event of each type is logged with every attribute that it has" {
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl set mydev0 rx-size=4096 rx-policy=drop watermark=2048
	mydevctl add virt
	mydevctl remove mydev1
	head -c 8192 /dev/zero >/dev/mydev0
	head -c 4096 /dev/mydev0 >/dev/null
	mydevctl inject mydev0 overheat "fan 2 stands still"
	mydevctl reset mydev0

	assert_each_event_is_logged_once
	entries | jq -r '.MYDEV_EVENT // empty' | sort -u | diff - <(
		cat <<-'EOT'
			closed
			device-added
			device-removed
			fault
			opened
			overrun-begin
			overrun-end
			reset
			setting-changed
			state-changed
			watermark
		EOT
	)
}

@test "a person understands the entries" {
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl set mydev0 rx-size=4096 rx-policy=drop
	head -c 1004096 /dev/zero >/dev/mydev0
	head -c 4096 /dev/mydev0 >/dev/null
	mydevctl inject mydev0 overheat "fan 2 stands still"
	mydevctl reset mydev0
	wait_until caught_up

	run messages
	assert_line --regexp '^mydev0: settings changed by mydevctl \(pid [0-9]+, uid 0\), rx-size 4 KiB, rx-policy drop$'
	assert_line "mydev0: receive ring of 4 KiB full, data is being lost (policy drop)"
	assert_line --regexp '^mydev0: overrun over after [0-9.]+ m?s, 976\.6 KiB \(1000000 B\) lost$'
	assert_line --regexp '^mydev0: fault \(overheat\): fan 2 stands still \(process mydevctl, pid [0-9]+, uid 0\)$'
	assert_line "mydev0: state is now faulted"
	assert_line --regexp '^mydev0: reset by mydevctl \(pid [0-9]+, uid 0\), 0 B of buffered data discarded$'
}

@test "faults of a device are found by fields and priority" {
	modprobe mydev_virt devices=2
	systemctl start mydevd
	mydevctl inject mydev0 link
	mydevctl inject mydev1 dma
	wait_until caught_up
	run messages --priority=err MYDEV_DEVICE=mydev1 MYDEV_EVENT=fault
	assert_output --regexp '^mydev1: fault \(dma\) '
}

@test "the catalog explains every entry" {
	local id
	while read -r id; do
		run journalctl --dump-catalog "$id"
		assert_success
		assert_line --regexp '^Subject: .'
		assert_line --regexp '^(What to do|Nothing |If that was not intended: |When it is faulted: )'
	done < <(grep -o '^-- [0-9a-f]\{32\}$' /src/systemd/mydev.catalog | cut -c 4-)

	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until caught_up
	run journalctl --catalog --since="$since" MYDEV_EVENT=fault
	assert_line --partial "Subject: Device mydev0 reports a fault: link"
	assert_line --partial "mydevctl reset mydev0"
	refute_output --partial MYDEV_
}

@test "the name of a process cannot forge a message" {
	modprobe mydev_virt
	systemctl start mydevd
	python3 -c 'import ctypes; ctypes.CDLL(None).prctl(15, b"x\nmydev0: bad\xff", 0, 0, 0); open("/dev/mydev0", "rb")'
	wait_until caught_up
	run messages MYDEV_EVENT=opened
	assert_output --regexp '^mydev0: opened by x\\x0amydev0: bad\\xff \(pid [0-9]+, uid 0\)$'
}

# ---- Exactly once ----

@test "a restart logs nothing twice" {
	modprobe mydev_virt
	systemctl start mydevd
	storm 20
	wait_until caught_up
	systemctl restart mydevd
	storm 20
	wait_until caught_up
	journalctl --quiet --rotate
	systemctl restart mydevd
	assert_each_event_is_logged_once
	assert_equal "$(entries MESSAGE_ID=$module_up | wc -l)" 1
}

@test "what happens while it is stopped is logged when it is started" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	systemctl stop mydevd
	storm 100
	systemctl start mydevd
	assert_each_event_is_logged_once
}

@test "killed again and again in a storm, it logs each event once" {
	modprobe mydev_virt
	systemctl start mydevd
	for round in {1..5}; do
		storm 300 3>&- &
		systemctl kill --signal=KILL mydevd
		wait $!
		wait_until restarted "$((round - 1))"
	done
	assert_each_event_is_logged_once
}

@test "killed with entries still in journald's queue, it logs each event once" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	pkill -STOP -x systemd-journal
	storm 50
	wait_until status_says "51 events logged"
	systemctl kill --signal=KILL mydevd
	wait_until status_says "waiting for journald"
	pkill -CONT -x systemd-journal
	wait_until restarted
	assert_each_event_is_logged_once
}

@test "a journal that takes nothing stops neither signals nor the watchdog, and costs no event" {
	override WatchdogSec=4s
	modprobe mydev_virt
	systemctl start mydevd
	pkill -STOP -x systemd-journal
	storm 1500
	wait_until status_says "the journal does not keep up"
	pkill -CONT -x systemd-journal
	assert_each_event_is_logged_once
	assert_equal "$(unit NRestarts)" 0
}

@test "with journald restarted in a storm, it logs each event once" {
	modprobe mydev_virt
	systemctl start mydevd
	storm 300 3>&- &
	systemctl restart systemd-journald
	wait $!
	assert_each_event_is_logged_once
}

@test "with a receive buffer that is far too small, it logs each event once" {
	override ExecStart= "ExecStart=$(command -v mydevd) --journal --receive-buffer=1"
	modprobe mydev_virt
	systemctl start mydevd
	systemctl kill --signal=STOP mydevd
	storm 200
	systemctl kill --signal=CONT mydevd
	assert_each_event_is_logged_once
	wait_until status_says "[1-9][0-9]* replays"
}

@test "what the kernel had to overwrite is one entry with its range" {
	modprobe mydev event_log=16
	modprobe mydev_virt
	systemctl start mydevd
	wait_until logged MYDEV_SEQ=1
	systemctl stop mydevd
	storm 115
	systemctl start mydevd
	wait_until caught_up

	assert_equal "$(entries MESSAGE_ID="$gap" | jq -r '"\(.MYDEV_GAP_FIRST) \(.MYDEV_GAP_LAST) \(.MYDEV_GAP_COUNT)"')" \
		"2 100 99"
	run messages MESSAGE_ID="$gap"
	assert_output --partial "99 events, number 2 to 100, are lost"
	assert_equal "$(journal_events | wc -l)" 17
}

@test "a gap is not logged again after a restart" {
	modprobe mydev event_log=16
	modprobe mydev_virt
	storm 50
	systemctl start mydevd
	systemctl restart mydevd
	wait_until caught_up
	assert_equal "$(entries MESSAGE_ID="$gap" | wc -l)" 1
}

@test "an entry that another user forged does not move the cursor" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	systemctl stop mydevd
	for user in user root; do
		printf '%s\n' MESSAGE=forged SYSLOG_IDENTIFIER=mydevd MYDEV_EPOCH="$(epoch)" MYDEV_SEQ=1000000 |
			runuser -u $user -- logger --journald
	done
	wait_until forged 2
	storm 5
	systemctl start mydevd
	assert_each_event_is_logged_once
}

# record NUMBER...: as if the daemon had put these events on record, in this order
record() {
	local n
	for n; do
		printf '%s\n' MESSAGE=by-hand SYSLOG_IDENTIFIER=mydevd MYDEV_EPOCH="$(epoch)" MYDEV_SEQ="$n" |
			runuser -u mydev -- logger --journald
	done
}

@test "a number ahead of the kernel's is no record" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	systemctl stop mydevd
	record 1000000
	storm 5
	systemctl start mydevd
	wait_until caught_up
	assert_equal "$(entries | jq -r '.MYDEV_SEQ // empty' | sort -n | xargs)" "1 2 3 4 5 6 1000000"
	logged MYDEV_SEQ=6
	assert_equal "$(entries MESSAGE_ID="$gap" | wc -l)" 0
}

@test "an event that was put on record late does not hide that later ones are" {
	modprobe mydev event_log=16
	modprobe mydev_virt
	storm 4
	record 1 2 4 5 3
	storm 30
	systemctl start mydevd
	wait_until caught_up
	assert_equal "$(entries MESSAGE_ID="$gap" | jq -r '"\(.MYDEV_GAP_FIRST) \(.MYDEV_GAP_LAST)"')" "6 19"
}

# ---- The module goes and comes ----

@test "it says that the module was removed, waits, and goes on when it is loaded again" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	modprobe -r mydev_virt mydev
	wait_until logged MESSAGE_ID=$module_down
	wait_until status_says "waiting for it to come back"
	active
	[ ! -e /sys/module/mydev ]

	modprobe mydev_virt
	assert_each_event_is_logged_once
	assert_equal "$(entries MESSAGE_ID=$module_up | jq -r .MYDEV_EPOCH | sort -u | wc -l)" 2
	assert_equal "$(entries MESSAGE_ID=$module_down | wc -l)" 1
	assert_equal "$(unit NRestarts)" 0
}

@test "the last events before the removal are logged" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	modprobe -r mydev_virt mydev
	wait_until logged MESSAGE_ID=$module_down
	run messages MYDEV_EVENT=device-removed
	assert_output "mydev0: device removed"
}

@test "a module that was loaded anew while it was stopped is logged as such" {
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	systemctl stop mydevd
	modprobe -r mydev_virt mydev
	modprobe mydev_virt
	systemctl start mydevd
	assert_each_event_is_logged_once
	assert_equal "$(entries MESSAGE_ID=$module_up | wc -l)" 2
}

@test "what a module took with it while it was stopped is a gap, told once" {
	local old
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	old=$(epoch)
	systemctl stop mydevd
	storm 50
	modprobe -r mydev_virt mydev
	modprobe mydev_virt
	systemctl start mydevd
	wait_until caught_up
	systemctl restart mydevd
	assert_each_event_is_logged_once
	assert_equal "$(entries MESSAGE_ID=$open_gap | jq -r '"\(.MYDEV_EPOCH) \(.MYDEV_GAP_FIRST)"')" "$old 2"
}

# ---- Watchdog ----

@test "a daemon that hangs is started again and has lost nothing" {
	override WatchdogSec=2s
	modprobe mydev_virt
	systemctl start mydevd
	systemctl kill --signal=STOP mydevd
	storm 10
	wait_until restarted
	assert_each_event_is_logged_once
}

@test "a daemon that gets no answer from the kernel is started again" {
	override WatchdogSec=12s # longer than the daemon waits for an answer
	modprobe mydev_virt
	systemctl start mydevd
	# Its requests are sent nowhere; the loop goes on as ever.
	strace --quiet=all --output=/dev/null --attach="$(unit MainPID)" --inject=sendto:retval=64 3>&- &
	wait_until restarted
	assert_each_event_is_logged_once
}

@test "the watchdog is content while the module is absent" {
	local before
	override WatchdogSec=2s
	systemctl start mydevd
	modprobe -r mydev
	wait_until logged MESSAGE_ID=$module_down
	before=$(unit WatchdogTimestampMonotonic)
	wait_until watchdog_later_than $((before + 5000000))
	assert_equal "$(unit NRestarts)" 0
	[ ! -e /sys/module/mydev ]
}

# ---- Security ----

@test "it runs as a user without privileges" {
	local pid
	systemctl start mydevd
	pid=$(unit MainPID)
	run cat "/proc/$pid/status"
	assert_line --regexp "^Uid:(\s+$(id -u mydev)){4}$"
	assert_line --regexp '^CapEff:\s+0+$'
	assert_line --regexp '^CapBnd:\s+0+$'
	assert_line --regexp '^NoNewPrivs:\s+1$'
	assert_line --regexp '^Seccomp:\s+2$'
}

@test "the service's exposure is 1.0 at most" {
	run systemd-analyze security --threshold=10 mydevd
	assert_success
}

# ---- Conditions ----

status_says() {
	[[ $(unit StatusText) =~ $1 ]]
}

watchdog_later_than() {
	(($(unit WatchdogTimestampMonotonic) > $1))
}

pid1_says() {
	journalctl --quiet --output=cat --since="$since" _PID=1 | grep -qxF "$1"
}

forged() {
	(($(journalctl --quiet --since="$since" MESSAGE=forged | wc -l) == $1))
}
