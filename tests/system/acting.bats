#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What mydevd does about events when it is configured to: recovery and hooks, its configuration, and that none of it
# needs root.

load helpers
load daemon

# configure: standard input is what holds beside the defaults
configure() {
	mkdir -p /run/mydev/mydevd.conf.d
	cat >/run/mydev/mydevd.conf.d/test.conf
}

# hook NAME: a program from standard input
hook() {
	mkdir -p /run/hooks
	cat >"/run/hooks/$1"
	chmod 755 "/run/hooks/$1"
}

teardown_file() {
	rm -rf /run/mydev /run/hooks /run/mydevd
}

begin() {
	rm -rf /run/mydev /run/hooks
}

# count MATCH...: entries of this test
count() {
	entries "$@" | wc -l
}

# counted NUMBER MATCH...: there are so many
counted() {
	(($(count "${@:2}") == $1))
}

recovery=$(sed -n 's/.*\[ENTRY_RECOVERY\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)
gave_up=$(sed -n 's/.*\[ENTRY_RECOVERY_GAVE_UP\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)
recovery_failed=$(sed -n 's/.*\[ENTRY_RECOVERY_FAILED\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)
config=$(sed -n 's/.*\[ENTRY_CONFIG\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)
hook_failed=$(sed -n 's/.*\[ENTRY_HOOK_FAILED\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)
hook_skipped=$(sed -n 's/.*\[ENTRY_HOOK_SKIPPED\] = { "\([0-9a-f]*\)".*/\1/p' /src/daemon/entry.c)

state() {
	mydevctl status "$1" --json | jq -r .items[0].state
}
runs() {
	[[ $(state "$1") = running ]]
}

# ---- Recovery ----

@test "without a configuration a fault is logged, and nothing is done" {
	begin
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until logged MYDEV_EVENT=fault
	sleep 3
	assert_equal "$(state mydev0)" faulted
	assert_equal "$(count MESSAGE_ID="$recovery")" 0
}

@test "a device that faults is reset after the grace, by the daemon's own user" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=500ms
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 overheat "too hot"
	wait_until runs mydev0
	wait_until logged MYDEV_EVENT=reset MYDEV_COMM=mydevd
	run messages MESSAGE_ID="$recovery"
	assert_output "mydev0: resetting it after a fault (overheat: too hot), try 1 of 3"
	assert_equal "$(entries MYDEV_EVENT=reset | jq -r .MYDEV_UID)" "$(id -u mydev)"
	caught_up || wait_until caught_up
	assert_each_event_is_logged_once
}

@test "a device that somebody else resets within the grace is left alone" {
	begin
	local grace=$((2 * slowness))
	configure <<-EOF
		[Recovery]
		Reset=yes
		GraceSec=${grace}s
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until logged MYDEV_EVENT=fault
	mydevctl reset mydev0
	sleep $((grace + 2))
	assert_equal "$(count MESSAGE_ID="$recovery")" 0
	assert_equal "$(count MYDEV_EVENT=reset)" 1
}

@test "a device that faults again and again is given up, with one entry, until it runs again" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=100ms
		Tries=2
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	local n
	for n in 1 2; do
		mydevctl inject mydev0 dma
		wait_until logged MESSAGE_ID="$recovery" MYDEV_DEVICE=mydev0
		wait_until runs mydev0
	done
	mydevctl inject mydev0 dma
	wait_until logged MESSAGE_ID="$gave_up" MYDEV_DEVICE=mydev0
	mydevctl inject mydev0 link
	sleep 1
	assert_equal "$(state mydev0)" faulted
	assert_equal "$(count MESSAGE_ID="$recovery")" 2
	assert_equal "$(count MESSAGE_ID="$gave_up" PRIORITY=2)" 1
	run messages MESSAGE_ID="$gave_up"
	assert_output --partial "reset it by hand once its cause is found: mydevctl reset mydev0"

	assert_equal "$(unit StatusText | grep -o '1 given up by the recovery')" "1 given up by the recovery"

	# Whoever resets it by hand knows why, and it begins anew.
	mydevctl reset mydev0
	mydevctl inject mydev0 dma
	wait_until counted 3 MESSAGE_ID="$recovery"
	wait_until runs mydev0
	assert_equal "$(count MESSAGE_ID="$gave_up")" 1
}

@test "a device that faulted while the daemon was stopped is reset when it is started" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=100ms
	EOF
	modprobe mydev_virt devices=2
	systemctl start mydevd
	mydevctl inject mydev1 hardware
	wait_until runs mydev1
	systemctl stop mydevd
	mydevctl inject mydev0 hardware
	systemctl start mydevd
	wait_until runs mydev0
}

@test "a node that the daemon may not open is told, with the reason" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=100ms
		Tries=2
	EOF
	modprobe mydev_virt
	udevadm settle
	chmod 600 /dev/mydev0
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until logged MESSAGE_ID="$gave_up"
	run messages MESSAGE_ID="$recovery_failed"
	assert_line --index 0 "mydev0: cannot reset it: Permission denied"
	assert_equal "${#lines[@]}" 2
}

# ---- Hooks ----

@test "a hook is run for its event, with the entry in its environment and its words in the journal" {
	begin
	hook on-fault <<-'EOF'
		#!/bin/sh
		echo "$MYDEV_DEVICE has $MYDEV_FAULT ($MYDEV_FAULT_MSG), event $MYDEV_SEQ, as $(id -un): $MESSAGE"
	EOF
	configure <<-'EOF'
		[Hooks]
		fault=/run/hooks/on-fault
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 overheat "90 degrees"
	said() {
		journalctl --quiet -o cat --since="$since" -t on-fault | grep .
	}
	wait_until said
	local seq
	seq=$(entries MYDEV_EVENT=fault | jq -r .MYDEV_SEQ)
	run said
	assert_output --regexp "^mydev0 has overheat \(90 degrees\), event $seq, as mydev: mydev0: fault \(overheat\): 90 degrees"
	assert_equal "$(count MESSAGE_ID="$hook_failed")" 0
}

@test "a hook for any event is run for each of them once, in their order, also for those of the past" {
	begin
	hook on-any <<-'EOF'
		#!/bin/sh
		echo "$MYDEV_SEQ $MYDEV_EVENT" >>/run/mydevd/seen
	EOF
	configure <<-'EOF'
		[Hooks]
		any=/run/hooks/on-any
	EOF
	modprobe mydev_virt devices=5
	systemctl start mydevd
	mydevctl set mydev0 rx-size=128K
	mydevctl reset mydev0
	wait_until grep -q reset /run/mydevd/seen
	run cat /run/mydevd/seen
	assert_output - <<-'EOT'
		1 device-added
		2 device-added
		3 device-added
		4 device-added
		5 device-added
		6 setting-changed
		7 reset
	EOT
}

@test "a hook that fails, is killed, or does not exist is an entry that says so" {
	begin
	hook on-reset <<-'EOF'
		#!/bin/sh
		exit 3
	EOF
	hook on-fault <<-'EOF'
		#!/bin/sh
		kill -SEGV $$
	EOF
	configure <<-'EOF'
		[Hooks]
		reset=/run/hooks/on-reset
		fault=/run/hooks/on-fault
		setting-changed=/run/hooks/missing
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl set mydev0 watermark=100
	mydevctl reset mydev0
	mydevctl inject mydev0 link
	wait_until counted 3 MESSAGE_ID="$hook_failed"
	run messages MESSAGE_ID="$hook_failed"
	assert_line --regexp "^mydev0: hook /run/hooks/on-reset for reset \(event [0-9]+\) failed with exit status 3$"
	assert_line --regexp "^mydev0: hook /run/hooks/on-fault for fault \(event [0-9]+\) was killed by signal 11 \(Segmentation fault\)$"
	assert_line --regexp "^mydev0: hook /run/hooks/missing for setting-changed \(event [0-9]+\) cannot be run: No such file or directory$"
	assert_equal "$(entries MESSAGE_ID="$hook_failed" MYDEV_EVENT=reset | jq -r .MYDEV_HOOK)" /run/hooks/on-reset
	assert_each_event_is_logged_once
}

@test "a hook that takes too long is ended with all that it started, and does not hold up the log" {
	begin
	hook on-fault <<-'EOF'
		#!/bin/sh
		trap '' TERM
		sleep 1000 &
		echo $! >/run/mydevd/sleeper
		while :; do sleep 1; done
	EOF
	configure <<-'EOF'
		[Hooks]
		TimeoutSec=10s
		fault=/run/hooks/on-fault
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until test -s /run/mydevd/sleeper
	storm 200
	wait_until caught_up
	assert_equal "$(count MESSAGE_ID="$hook_failed")" 0
	wait_until logged MESSAGE_ID="$hook_failed"
	run messages MESSAGE_ID="$hook_failed"
	assert_output --partial "took longer than 10.0 s and was ended"
	[ ! -e "/proc/$(</run/mydevd/sleeper)" ]
	assert_each_event_is_logged_once
}

@test "in a storm, hooks are run one at a time, and what is skipped is counted" {
	begin
	hook on-any <<-'EOF'
		#!/bin/sh
		mkdir /run/mydevd/running || echo overlap >>/run/mydevd/overlap
		echo >>/run/mydevd/done
		sleep 0.02
		rmdir /run/mydevd/running
	EOF
	configure <<-'EOF'
		[Hooks]
		any=/run/hooks/on-any
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	storm 500
	assert_each_event_is_logged_once
	wait_until logged MESSAGE_ID="$hook_skipped"
	local skipped=0 n
	while read -r n; do
		skipped=$((skipped + n))
	done < <(messages MESSAGE_ID="$hook_skipped" | sed 's/.* for \([0-9]*\) events.*/\1/')
	all_done() {
		(($(wc -l </run/mydevd/done) + skipped == $(kernel_events | wc -l)))
	}
	wait_until all_done
	[ ! -e /run/mydevd/overlap ]
}

@test "a program is run when a device is given up" {
	begin
	hook on-given-up <<-'EOF'
		#!/bin/sh
		echo "$MYDEV_DEVICE: $MESSAGE" >/run/mydevd/given-up
	EOF
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=100ms
		Tries=1
		[Hooks]
		given-up=/run/hooks/on-given-up
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until logged MESSAGE_ID="$recovery"
	wait_until runs mydev0
	[ ! -e /run/mydevd/given-up ]
	mydevctl inject mydev0 link
	wait_until test -s /run/mydevd/given-up
	run cat /run/mydevd/given-up
	assert_output --partial "mydev0: mydev0: giving up: it has faulted again after 1 reset; reset it by hand"
}

@test "hooks end with the service" {
	begin
	hook on-fault <<-'EOF'
		#!/bin/sh
		echo $$ >/run/mydevd/hook
		exec sleep 1000
	EOF
	configure <<-'EOF'
		[Hooks]
		fault=/run/hooks/on-fault
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	mydevctl inject mydev0 link
	wait_until test -s /run/mydevd/hook
	local pid
	pid=$(</run/mydevd/hook)
	systemctl stop mydevd
	[ ! -e "/proc/$pid" ]
}

@test "what a hook may not do itself, systemd does for it" {
	begin
	hook on-fault <<-'EOF'
		#!/bin/sh
		echo "$MESSAGE" >/run/mydevd/fault-$MYDEV_DEVICE
	EOF
	configure <<-'EOF'
		[Hooks]
		fault=/run/hooks/on-fault
	EOF
	printf '%s\n' '[Path]' 'PathExistsGlob=/run/mydevd/fault-*' >/run/systemd/system/power-cycle.path
	printf '%s\n' '[Service]' 'Type=oneshot' \
		"ExecStart=sh -c 'id -u >/run/power-cycled; rm /run/mydevd/fault-*'" >/run/systemd/system/power-cycle.service
	systemctl daemon-reload
	modprobe mydev_virt
	systemctl start mydevd power-cycle.path
	mydevctl inject mydev0 link
	wait_until grep -qx 0 /run/power-cycled
	systemctl stop power-cycle.path
	rm /run/systemd/system/power-cycle.* /run/power-cycled
	systemctl daemon-reload
}

@test "run by hand, it does nothing about events, unless it is told where its configuration is" {
	begin
	hook on-fault <<-'EOF'
		#!/bin/sh
		echo "hook ran for $MYDEV_DEVICE"
	EOF
	configure <<-'EOF'
		[Hooks]
		fault=/run/hooks/on-fault
	EOF
	modprobe mydev_virt
	mydevctl inject mydev0 link
	run -124 timeout 3 mydevd
	assert_output --partial "mydev0: fault (link)"
	refute_output --partial "hook ran"
	run -124 timeout 3 mydevd --config=/run/mydev
	assert_output --partial "hook ran for mydev0"
}

# ---- Configuration ----

@test "a new configuration holds after a reload, without a restart" {
	begin
	modprobe mydev_virt
	systemctl start mydevd
	local pid
	pid=$(unit MainPID)
	mydevctl inject mydev0 link
	wait_until logged MYDEV_EVENT=fault
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=0
	EOF
	systemctl reload mydevd
	wait_until runs mydev0
	assert_equal "$(unit MainPID)" "$pid"
	assert_equal "$(unit ActiveState)" active
	assert_each_event_is_logged_once
}

@test "a bad configuration is refused by a reload, and the old one goes on" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=100ms
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	configure <<-'EOF'
		[Recovery]
		Reset=no
		Tries=never
	EOF
	run ! systemctl reload mydevd
	wait_until eval 'messages PRIORITY=3 | grep -q "the new configuration is not used"'
	run messages MESSAGE_ID="$config" PRIORITY=3
	assert_output "/run/mydev/mydevd.conf.d/test.conf:3: Tries=never: must be a number from 1 to 1000"
	run ! mydevd --check
	assert_line "mydevd: /run/mydev/mydevd.conf.d/test.conf:3: Tries=never: must be a number from 1 to 1000"

	# Also by the signal alone.
	kill -HUP "$(unit MainPID)"
	wait_until counted 2 MESSAGE_ID="$config" PRIORITY=3
	mydevctl inject mydev0 link
	wait_until runs mydev0
	active
}

@test "with a bad configuration at the start, events are logged and nothing else is done, loudly" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=maybe
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	assert_each_event_is_logged_once
	run messages PRIORITY=3
	assert_line "/run/mydev/mydevd.conf.d/test.conf:2: Reset=maybe: must be yes or no"
	assert_line --partial "the configuration is not used"
}

@test "a configuration that the daemon may not read is refused, not passed over" {
	begin
	configure <<-'EOF'
		[Recovery]
		Reset=yes
		GraceSec=0
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	chmod 700 /run/mydev
	run ! systemctl reload mydevd
	run messages MESSAGE_ID="$config"
	assert_line "/run/mydev/mydevd.conf: cannot be read: Permission denied"
	mydevctl inject mydev0 link
	wait_until runs mydev0
	chmod 755 /run/mydev
}

@test "an unknown key is a warning with file and line, and the rest holds" {
	begin
	configure <<-'EOF'
		[Recovery]
		Rest=no
		Reset=yes
		GraceSec=0
	EOF
	modprobe mydev_virt
	systemctl start mydevd
	run messages PRIORITY=4
	assert_line "/run/mydev/mydevd.conf.d/test.conf:2: unknown key Rest in section [Recovery], ignored"
	systemctl reload mydevd
	wait_until eval 'messages | grep -q "configuration reloaded"'
	assert_equal "$(count MESSAGE_ID="$config")" 2
	mydevctl inject mydev0 link
	wait_until runs mydev0
}

@test "the configuration that is installed says what holds without it" {
	begin
	run -0 mydevd --check
	assert_output /usr/local/lib/mydev/mydevd.conf
	sed -n 's/^#\([A-Z][A-Za-z]*=.*\)/\1/p; /^\[/p' /usr/local/lib/mydev/mydevd.conf | grep -v '^\[Hooks\]' |
		sed '/^TimeoutSec/i [Hooks]' | configure
	run -0 mydevd --check
	refute_output --partial mydevd:
}
