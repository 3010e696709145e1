#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# mydevctl as operators and scripts use it: every command in text and in JSON, exit statuses, bad input of every kind.
# The interactive shell is in shell.bats.

load ctl

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

setup() {
	load_modules devices=2
	udevadm settle
}

# ---- What the tests are made of ----

# keep: $output is one of several documents, which valid_errors_kept validates at one go
keep() {
	printf '%s\n' "$output" >>"$BATS_TEST_TMPDIR/kept"
}

valid_errors_kept() {
	"$BATS_TEST_DIRNAME/validate.py" <"$BATS_TEST_TMPDIR/kept"
	assert_equal "$(jq -r .kind "$BATS_TEST_TMPDIR/kept" | sort -u)" error
	rm "$BATS_TEST_TMPDIR/kept"
}

# ---- Looking ----

@test "list shows a device a line" {
	ctl 0 list
	assert_line --index 0 --regexp '^NAME +KIND +STATE +FAULT +RX-POLICY +RX-USED +RX-SIZE +USERS$'
	assert_line --index 1 --regexp '^mydev0 +virt +running +none +block +0 B +64 KiB +0$'
	assert_line --index 2 --regexp '^mydev1 '
	assert_equal "${#lines[@]}" 3
}

@test "list shows the columns asked for, without headings if wanted" {
	ctl 0 list --columns name,rx-size --noheadings
	assert_line --index 0 --regexp '^mydev0 +64 KiB$'
	assert_line --index 1 --regexp '^mydev1 +64 KiB$'
	assert_equal "${#lines[@]}" 2
}

@test "every command that shows a table shows the columns asked for" {
	ctl 0 reset mydev0 --columns name,resets --noheadings
	assert_output --regexp '^mydev0 +1$'
	ctl 0 set mydev0 watermark=4K --columns watermark
	assert_output $'WATERMARK\n    4 KiB'
	ctl 0 selftest mydev0 mydev1 --columns result,name --noheadings
	assert_output $'passed mydev0\npassed mydev1'
	ctl 0 inject mydev0 link --columns name,fault --noheadings
	assert_output 'mydev0 link'
	run mydevctl doctor --columns name
	assert_line --index 0 module
	ctl 0 top mydev0 --count 1 --interval 10ms --columns device,fill
	assert_output --regexp '^[-0-9]+ [0-9:.]+  mydev0  0$'
}

@test "list in JSON has every attribute, by the name it has everywhere" {
	ctl 0 list --json
	valid dev
	assert_equal "$(json '.items | length')" 2
	assert_equal "$(json '.items[1] | [.id, .name, .kind, .state, .rx_size, .watermark]')" \
		'[1,"mydev1","virt","running",65536,0]'
}

@test "list of nothing is a sentence for people and an empty list for scripts" {
	load_modules devices=0
	ctl 0 list
	assert_output ''
	assert_stderr "mydevctl: no devices; 'add' makes one"
	ctl 0 list --json
	assert_output '{"format":"mydev/1","kind":"dev","items":[]}'
	assert_stderr ''
}

@test "list in JSON may be pretty, and is the same" {
	ctl 0 list --json=pretty
	assert_line --index 1 '  "format": "mydev/1",'
	local pretty=$output
	ctl 0 list --json
	local still='del(.items[].state_age_ns)'
	diff <(jq -S "$still" <<<"$pretty") <(jq -S "$still" <<<"$output")
}

@test "status shows what happened to the data" {
	head -c 5000 /dev/zero >/dev/mydev0
	head -c 1000 /dev/mydev0 >/dev/null
	ctl 0 status mydev0
	assert_line --regexp '^Name: +mydev0$'
	assert_line --regexp '^RX used: +3.9 KiB \(4000 B\)$'
	ctl 0 status mydev0 --json
	valid dev
	assert_equal "$(json '.items[0] | [.tx_bytes, .rx_bytes, .read_bytes, .rx_used]')" '[5000,5000,1000,4000]'
}

@test "a device may be named by name, number and node" {
	local name
	for name in mydev1 1 /dev/mydev1; do
		ctl 0 status "$name" --json
		assert_equal "$(json '.items[].name')" mydev1
	done
	# The link that mydev(4) promises.
	ctl 0 status /dev/my_device --json
	assert_equal "$(json '.items[].name')" mydev0
}

@test "what is installed promises every JSON key of earlier versions" {
	run -0 /src/tests/keys /usr/local/share/mydev/schema
}

# ---- Changing ----

@test "set changes settings and shows the device as it is then" {
	ctl 0 set mydev0 rx-size=256K rx-policy=drop watermark=64K
	assert_line --index 1 --regexp '^mydev0 +drop +0 B +256 KiB +64 KiB$'
	ctl 0 set mydev0 mydev1 watermark=4096 --json
	valid dev
	assert_equal "$(json '[.items[] | [.name, .rx_size, .rx_policy, .watermark]]')" \
		'[["mydev0",262144,"drop",4096],["mydev1",65536,"block",4096]]'
	assert_equal "$(cat /sys/class/mydev/mydev0/rx_policy)" drop
}

@test "add prints the name of the new device, remove removes it" {
	ctl 0 add
	assert_output mydev2
	ctl 0 add virt id=9 rx-size=1M rx-policy=overwrite --json
	valid dev
	assert_equal "$(json '.items[0] | [.name, .id, .rx_size, .rx_policy]')" '["mydev9",9,1048576,"overwrite"]'
	udevadm settle
	[[ -c /dev/mydev9 ]]

	ctl 0 remove mydev2
	assert_output ''
	ctl 0 remove 9 --json
	valid dev
	assert_equal "$(json '.items[].name')" mydev9
	[[ ! -e /sys/class/mydev/mydev9 ]]
}

@test "inject makes a device faulted, reset clears it and the data but not the counters" {
	head -c 100 /dev/zero >/dev/mydev0
	ctl 0 inject mydev0 overheat "fan 2 stands still" --json
	valid dev
	assert_equal "$(json '.items[0] | [.state, .fault, .fault_msg, .faults]')" \
		'["faulted","overheat","fan 2 stands still",1]'
	ctl 0 reset mydev0 --json
	valid dev
	assert_equal "$(json '.items[0] | [.state, .fault, .fault_msg, .rx_used, .tx_bytes, .faults]')" \
		'["running","none",null,0,100,1]'
	ctl 0 reset mydev0 --counters --json
	assert_equal "$(json '.items[0] | [.tx_bytes, .faults]')" '[0,0]'
}

@test "of several devices all are tried, what failed is told, the worst status wins" {
	ctl 4 reset mydev0 nosuch mydev1
	assert_line --index 1 --partial mydev0
	assert_line --index 2 --partial mydev1
	assert_stderr "mydevctl: reset nosuch: no such device (there are: mydev0, mydev1)"

	ctl 4 reset mydev0 nosuch mydev1 --json
	valid dev
	assert_equal "$(json '[.items[].name]')" '["mydev0","mydev1"]'
	assert_equal "$(json '.errors[0] | [.device, .status, .exit_status, .errno_name, .choice]')" \
		'["nosuch","no-device",4,"ENODEV",["mydev0","mydev1"]]'
	assert_equal "$(json '[.items[].resets]')" '[2,2]'
}

@test "where output and errors are one, the errors stand behind the document or the table" {
	run -4 bash -c 'mydevctl status 0 9 --json 2>&1'
	assert_line --index 0 --regexp '^\{.*\}$'
	assert_line --index 1 'mydevctl: status 9: no such device (there are: mydev0, mydev1)'
	run -1 bash -c 'mydevctl doctor 2>&1'
	assert_line --index 0 --regexp '^ok +module'
	assert_equal "${lines[-1]}" 'mydevctl: doctor: 1 check failed'
}

# ---- Watching ----

@test "monitor begins with how things are, then a sync, then the events" {
	background mydevctl monitor --json --count 2
	wait_until in_log '"kind":"sync"'
	mydevctl inject mydev1 link >/dev/null
	ended 0
	"$BATS_TEST_DIRNAME/validate.py" dev dev sync event event <"$log"
	output=$(cat "$log")
	assert_equal "$(json 'select(.kind == "event").items[] | [.event, .device, .fault]')" \
		$'["fault","mydev1","link"]\n["state-changed","mydev1",null]'
}

@test "monitor's sync has the number that the next event follows" {
	background mydevctl monitor --json --count 1
	wait_until in_log '"kind":"sync"'
	mydevctl reset mydev0 >/dev/null
	ended 0
	output=$(cat "$log")
	assert_equal "$(json 'select(.kind == "event").items[0].seq')" \
		"$(json 'select(.kind == "sync").items[0].seq + 1')"
}

@test "monitor writes each line at once, also into a pipe" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	mydevctl monitor --json >"$BATS_TEST_TMPDIR/pipe" 3>&- &
	pid=$!
	exec {pipe}<"$BATS_TEST_TMPDIR/pipe"
	timeout $((10 * slowness)) sed '/"sync"/q' <&"$pipe"
	kill "$pid"
	exec {pipe}<&-
}

@test "monitor waits for an event, of some devices if they are named" {
	background mydevctl monitor mydev1 --until reset
	wait_until in_log 'in step'
	mydevctl reset mydev0 >/dev/null
	mydevctl reset mydev1 >/dev/null
	ended 0
	run grep -c ' mydev0 ' "$log"
	assert_output 0
	grep -q 'mydev1  reset' "$log"
}

@test "monitor that waits in vain ends with 7, one that just watches with 0" {
	ctl 7 monitor --until fault --timeout 300ms
	assert_stderr "mydevctl: monitor: timed out before fault"
	ctl 7 monitor --count 1 --timeout 300ms --json
	valid dev dev sync error
	assert_equal "$(json 'select(.kind == "error").items[0] | [.status, .cause]')" \
		'["timed-out","timed out before 1 event came"]'
	ctl 7 monitor --count 3 --timeout 300ms
	assert_stderr "mydevctl: monitor: timed out before 3 events came"
	ctl 0 monitor --timeout 300ms
	ctl 0 monitor --timeout 0
}

@test "monitor tells it from a time that is over when the kernel does not answer" {
	# What is asked after the first request gets nowhere.
	ctl_mute() { strace --quiet=all --output=/dev/null --inject=sendto:retval=64:when=2+ mydevctl "$@"; }
	run --separate-stderr -7 ctl_mute monitor --timeout 1min
	assert_stderr_has 'mydevctl: monitor: the kernel did not answer within 5 s ('
	run --separate-stderr -7 ctl_mute monitor --json
	valid error
}

@test "monitor outlives the module" {
	background mydevctl monitor --json --until opened
	wait_until in_log '"kind":"sync"'
	load_modules devices=1
	udevadm settle
	: </dev/mydev0
	ended 0
	"$BATS_TEST_DIRNAME/validate.py" <"$log"
	output=$(cat "$log")
	assert_equal "$(json .kind | uniq | xargs)" 'dev sync event down sync event'
	assert_equal "$(json 'select(.kind == "sync").items[0].epoch' | sort -u | wc -l)" 2
}

@test "monitor tells a gap and ends with 8 when events are lost" {
	load_modules mydev.event_log=16
	background mydevctl monitor --json --until device-added
	wait_until in_log '"kind":"sync"'
	kill -STOP "$pid"
	# More than the socket's buffer and the kernel's log hold.
	"$programs/event_storm" mydev0 20000 >/dev/null
	mydevctl add >/dev/null
	kill -CONT "$pid"
	ended 8
	"$BATS_TEST_DIRNAME/validate.py" <"$log"
	output=$(cat "$log")
	assert_equal "$(json 'select(.kind == "error").items[0].status')" lost
	json 'select(.kind == "gap").items[0] | .gap_last - .gap_first + 1 == .gap_count' | grep -qx true
}

# ---- The past ----

@test "events shows from the journal what monitor showed" {
	systemctl start mydevd
	background mydevctl monitor --json --count 3
	wait_until in_log '"kind":"sync"'
	mydevctl inject mydev0 dma 'a "quoted" ünd wörd' >/dev/null
	mydevctl set mydev1 rx-size=1M >/dev/null
	ended 0
	# When it happened is known by two clocks, to a millisecond or so.
	jq -c 'select(.kind == "event").items[0] | .time |= .[:-6]' "$log" >"$log.live"
	last=$(jq .seq "$log.live" | tail -n 1)
	caught_up() { [[ $(mydevctl events --json -n 1 | jq '.items[0].seq') -ge $last ]]; }
	wait_until caught_up
	ctl 0 events --json --lines 3
	valid event
	diff "$log.live" <(json '.items[] | .time |= .[:-6]')
}

@test "events are chosen by device, type, time and number" {
	systemctl start mydevd
	local before
	mydevctl reset mydev0 >/dev/null
	sleep 1.1
	before=@$(date +%s)
	mydevctl inject mydev1 link >/dev/null
	mydevctl inject mydev0 link >/dev/null
	has_both() { (($(mydevctl events --json --since "$before" --type fault | jq '.items | length') == 2)); }
	wait_until has_both

	ctl 0 events --since "$before" --json
	assert_equal "$(json '[.items[].event] | unique')" '["fault","state-changed"]'
	local name
	for name in mydev1 1 /dev/mydev1; do
		ctl 0 events --since "$before" --type fault --device "$name" --json
		valid event
		assert_equal "$(json '[.items[] | [.event, .device]]')" '[["fault","mydev1"]]'
	done
	ctl 0 events --type fault --type reset -n 3 --json
	assert_equal "$(json '[.items[] | [.event, .device]]')" '[["reset","mydev0"],["fault","mydev1"],["fault","mydev0"]]'
	ctl 0 events -n 1
	assert_output --regexp '^2[-0-9]+ [0-9:.]+  mydev0  state-changed  state=faulted '
}

# lose_events: afterwards the journal has event 1, the gap 2 to 35, events 36 to 51
lose_events() {
	forget_journal
	load_modules devices=1 mydev.event_log=16
	systemctl start mydevd
	has_first() { mydevctl events --json -n 1 2>/dev/null | jq -e '.items[0].seq == 1' >/dev/null; }
	wait_until has_first
	systemctl stop mydevd
	"$programs/event_storm" mydev0 50
	systemctl start mydevd
	has_last() { mydevctl events --json -n 1 2>/dev/null | jq -e '.items[0].seq == 51' >/dev/null; }
	wait_until has_last
}

@test "events tells what is lost as an error beside the events, and ends with 8" {
	local since
	since=@$(date +%s)
	sleep 1.1
	lose_events
	ctl 8 events --since "$since" --json
	valid event
	assert_equal "$(json '[.items[].seq] == [1, range(36; 52)]')" true
	assert_equal "$(json '[.errors[] | [.status, .cause]]')" '[["lost","events 2 to 35 are lost"]]'
	ctl 8 events --since "$since"
	assert_equal "${#lines[@]}" 17
	assert_stderr_has 'mydevctl: events: events 2 to 35 are lost ('
	# A gap is none of the events that -n counts, and what lies before them is not looked at.
	ctl 8 events --lines 17 --json
	assert_equal "$(json '[.items[].seq] == [1, range(36; 52)]')" true
	ctl 0 events --lines 16 --json
	assert_equal "$(json '.items | length')" 16
}

@test "events that follows has a gap record among the events" {
	lose_events
	background mydevctl events --json --follow -n 17
	wait_until in_log '"kind":"sync"'
	kill "$pid"
	output=$(cat "$log")
	valid
	assert_equal "$(json .kind | uniq | xargs)" 'event gap event sync'
	assert_equal "$(json 'select(.kind == "gap").items[0] | [.gap_first, .gap_last, .gap_count]')" '[2,35,34]'
}

@test "events follows the journal after a sync" {
	systemctl start mydevd
	mydevctl reset mydev0 >/dev/null
	background timeout $((60 * slowness)) mydevctl events --json --follow --type reset -n 1
	wait_until in_log '"kind":"sync"'
	mydevctl reset mydev1 >/dev/null
	wait_until in_log '"device":"mydev1"'
	kill "$pid"
	"$BATS_TEST_DIRNAME/validate.py" event sync event <"$log"
}

@test "events that follows says when the module goes and comes" {
	systemctl start mydevd
	background mydevctl events --json --follow --device mydev0 -n 1
	wait_until in_log '"kind":"sync"'
	modprobe -r mydev_virt mydev
	wait_until in_log '"kind":"down"'
	modprobe mydev_virt devices=2
	second() { (($(grep -c '"kind":"sync"' "$log") == 2)); }
	wait_until second
	udevadm settle
	mydevctl reset mydev0 >/dev/null
	wait_until in_log '"event":"reset"'
	kill "$pid"
	output=$(cat "$log")
	valid
	assert_equal "$(json .kind | uniq | xargs)" 'event sync event down sync event'
	assert_equal "$(json 'select(.kind == "sync").items[0].seq' | tail -n 1)" 0
	assert_equal "$(json 'select(.kind == "down").items[0].epoch')" \
		"$(json 'select(.kind == "sync").items[0].epoch' | head -n 1)"
	assert_equal "$(json 'select(.kind == "sync").items[0].epoch' | tail -n 1)" \
		"$(json 'select(.kind == "event").items[0].epoch' | tail -n 1)"
}

@test "events that follows has a sync with a number also when there is no past" {
	systemctl start mydevd
	background mydevctl events --json --follow --since 2100-01-01
	wait_until in_log '"kind":"sync"'
	kill "$pid"
	output=$(cat "$log")
	valid sync
	assert_equal "$(json '.items[0].seq')" 0
}

@test "events without mydevd is history, but neither followed nor told to be empty" {
	systemctl start mydevd
	has_any() { mydevctl events --json -n 1 | jq -e '.items[0]' >/dev/null; }
	wait_until has_any
	systemctl stop mydevd
	ctl 0 events -n 1
	assert_stderr ''
	local cause='mydevd is not running, so nothing is logged'
	ctl 3 events --since 2100-01-01
	assert_output ''
	assert_stderr "mydevctl: events: $cause (systemctl start mydevd)"
	ctl 3 events --since 2100-01-01 --json
	valid error
	ctl 3 events --follow -n 1 --json
	valid event error
	assert_equal "$(json 'select(.kind == "error").items[0] | [.status, .cause, .cure]')" \
		"[\"absent\",\"$cause\",\"systemctl start mydevd\"]"
	# Nobody knows where systemd cannot be asked.
	run --separate-stderr -0 unshare --mount -- bash -c 'mount --bind /mnt /run/dbus && mydevctl events --since 2100-01-01'
	assert_stderr 'mydevctl: no such events in the journal'
}

@test "events believes nobody but mydevd" {
	local before
	systemctl start mydevd
	before=@$(date +%s.%N)
	as_user logger --journald <<-'EOT'
		MESSAGE=forged
		SYSLOG_IDENTIFIER=mydevd
		MYDEV_SEQ=999999
		MYDEV_EVENT=fault
		MYDEV_DEVICE=forged
	EOT
	logger --journald <<-'EOT'
		MESSAGE=forged
		SYSLOG_IDENTIFIER=mydevd
		MYDEV_SEQ=999999
		MYDEV_EVENT=fault
		MYDEV_DEVICE=forged
	EOT
	is_forged() { (($(journalctl -q -o cat MYDEV_DEVICE=forged | wc -l) == 2)); }
	wait_until is_forged
	ctl 0 events --since "$before" --device forged --json
	assert_equal "$(json '.items')" '[]'
}

@test "events needs the right to read the journal, and no module" {
	systemctl start mydevd
	mydevctl reset mydev0 >/dev/null
	run --separate-stderr -5 as_user mydevctl events
	assert_stderr "mydevctl: events: the journal may not be read (run it as root, or join the group systemd-journal)"
	unload_modules
	ctl 0 events -n 1 --json
	valid event
}

@test "where journald keeps nothing there is no journal, whatever folders are left" {
	run --separate-stderr -3 unshare --mount -- bash -c '
		mount -t tmpfs tmpfs /var/log && mount -t tmpfs tmpfs /run/log &&
			mkdir /var/log/journal /run/log/journal && { mydevctl doctor; mydevctl events; }'
	assert_line --regexp '^failed +journal +there is none \(is systemd-journald running, and its Storage= not none\?\)$'
	assert_stderr_has 'mydevctl: events: this machine has no journal (is systemd-journald running, and its Storage= not none?)'
}

# ---- The doctor ----

@test "doctor finds nothing wrong with a whole installation" {
	systemctl start mydevd
	caught_up() { mydevctl doctor --json | jq -e '.items[] | select(.name == "journal").result == "ok"' >/dev/null; }
	wait_until caught_up
	ctl 0 doctor
	assert_line --index 0 --regexp '^ok +module +mydev [0-9.]+ is loaded$'
	refute_output --partial warning
	ctl 0 doctor --json
	valid check
	assert_equal "$(json '[.items[].result] | unique')" '["ok"]'
	assert_equal "$(json '[.items[].name]')" \
		'["module","protocol","backends","devices","nodes","permissions","daemon","journal"]'
}

@test "doctor names the cure for each piece that is not well" {
	ctl 1 doctor
	assert_line --regexp '^failed +daemon +mydevd.service is inactive \(systemctl enable --now mydevd\)$'
	mydevctl inject mydev1 overheat hot >/dev/null
	chmod 0600 /dev/mydev0
	ctl 1 doctor --json
	valid check
	assert_equal "$(json '.items[] | select(.name == "devices") | [.result, .cure]')" \
		'["warning","mydevctl reset mydev1"]'
	assert_equal "$(json '.items[] | select(.name == "nodes") | [.result, .finding]')" \
		'["failed","/dev/mydev0 has not mode 0660"]'
	rm /dev/mydev0
	ctl 1 doctor
	assert_line --partial '/dev/mydev0 does not exist (udevadm control --reload; udevadm trigger'
	assert_line --regexp '^ok +permissions +root may do everything$'
}

@test "doctor gives a daemon that is a moment behind that moment, and no more" {
	systemctl start mydevd
	caught_up() { mydevctl doctor --json | jq -e '.items[] | select(.name == "journal").result == "ok"' >/dev/null; }
	wait_until caught_up
	local daemon
	daemon=$(systemctl show --property MainPID --value mydevd)
	kill -STOP "$daemon"
	mydevctl reset mydev0 >/dev/null
	ctl 1 doctor
	assert_line --regexp '^failed +journal +has events up to number [0-9]+ of [0-9]+ \(journalctl -u mydevd\)$'
	{ sleep 1 && kill -CONT "$daemon"; } 3>&- &
	ctl 0 doctor
	assert_line --regexp '^ok +journal +has every event up to number '
}

@test "doctor says what is wrong without module" {
	unload_modules
	ctl 1 doctor
	assert_line --regexp '^failed +module .* not loaded \(modprobe mydev_virt\)$'
	assert_line --regexp '^skipped +devices'
	assert_line --regexp '^skipped +permissions'
	ctl 1 doctor --json
	valid check
}

@test "doctor tells an unprivileged user what that means" {
	systemctl start mydevd
	run -0 as_user mydevctl doctor
	assert_line --regexp '^warning +permissions +user may look at the devices, but neither change nor use them '
	assert_line --regexp "^warning +journal +may not be read"
}

@test "doctor knows who may change devices, but not use them" {
	run setpriv --reuid=user --regid=user --init-groups --inh-caps=+net_admin --ambient-caps=+net_admin -- \
		mydevctl doctor
	assert_line --regexp '^warning +permissions +user may change the devices, but not use them \(to use devices, join group mydev\)$'
}

@test "doctor does not take root of a user namespace for root" {
	run unshare --user --map-root-user mydevctl doctor
	assert_line --regexp '^warning +permissions +root may use the devices, but not change them '
}

@test "doctor promises no more than there are devices for" {
	load_modules devices=0
	run mydevctl doctor
	assert_line --regexp '^ok +permissions +root may add and change devices$'
	run as_user mydevctl doctor
	assert_line --regexp '^warning +permissions +user may look at devices, but not change them '
}

# ---- About itself ----

@test "help explains the program and each command" {
	ctl 0 help
	assert_line --regexp '^  monitor +show events as they happen$'
	ctl 0 --help
	assert_line --index 0 'mydevctl: control and watch mydev stream devices'
	local command
	for command in $(mydevctl help --json | jq -r '.items[1:][].name'); do
		ctl 0 help "$command"
		assert_line --partial "mydevctl $command"
		assert_line Examples:
	done
	ctl 0 help set
	local help=$output
	ctl 0 set --help
	assert_output "$help"
	ctl 0 help --json
	valid command
}

@test "version knows the module if it is there" {
	local version
	version=$(modinfo -F version mydev)
	ctl 0 version --json
	valid version
	assert_equal "$(json '.items[0].module')" "$version"
	unload_modules
	ctl 0 version --json
	valid version
	assert_equal "$(json '.items[0] | [.version, .module]')" "[\"$version\",null]"
	ctl 0 --version
	assert_output --regexp "^Version: +$version$"
}

# ---- Without a piece ----

@test "without the module every command that needs it ends with 3 and the cure" {
	unload_modules
	local command words
	for command in list status 'status mydev0' 'reset mydev0' 'set mydev0 rx-size=4K' add 'remove mydev0' monitor \
		'inject mydev0 link'; do
		read -ra words <<<"$command"
		ctl 3 "${words[@]}"
		assert_output ''
		assert_stderr "mydevctl: ${command%% *}: the module mydev is not loaded (as root: modprobe mydev_virt, or systemctl start mydevd)"
		ctl 3 "${words[@]}" --json
		keep
	done
	valid_errors_kept
}

@test "a module that is not installed is a different thing" {
	unload_modules
	mkdir -p "$BATS_TEST_TMPDIR/empty"
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -3 unshare --mount -- bash -c '
		mount --bind "$1" "/lib/modules/$(uname -r)" && { mydevctl doctor; mydevctl list; }' bash "$BATS_TEST_TMPDIR/empty"
	local why cure
	why="the module mydev is not installed for the running kernel, $(uname -r)"
	cure="(as root, in the source tree: make install KDIR=/lib/modules/$(uname -r)/build)"
	assert_line --regexp "^failed +module +$why ${cure//[()]/.}$"
	assert_line --regexp '^failed +daemon .* \(once the module is installed: systemctl enable --now mydevd\)$'
	assert_stderr_has "mydevctl: list: $why $cure"
}

@test "a module that was built for another kernel is refused, and doctor says why and what to do" {
	local release other file why
	release=$(uname -r)
	other=9${release:1}
	file=$(modinfo -F filename mydev)
	unload_modules
	cp "$file" "$BATS_TEST_TMPDIR/mydev.ko"
	sed -i "s/vermagic=$release SMP/vermagic=$other UMP/" "$BATS_TEST_TMPDIR/mydev.ko"
	mount --bind "$BATS_TEST_TMPDIR/mydev.ko" "$file"
	run modprobe mydev
	local refusal=$output
	ctl 1 doctor
	umount "$file"

	assert_equal "$refusal" "modprobe: ERROR: could not insert 'mydev': Exec format error"
	why="the module mydev is installed, but was built for kernel $other, and the running one, $release, refuses it (Exec format error)"
	assert_line --partial "$why (as root, in the source tree: make install KDIR=/lib/modules/$release/build)"
}

@test "a part of mydevctl that is missing is named, and the others do without" {
	run --separate-stderr -1 unshare --mount -- bash -c 'mount --bind /mnt /usr/local/lib/mydev && mydevctl doctor --json'
	valid error
	assert_stderr_has 'mydevctl: doctor: a part of mydevctl is missing: '
	assert_stderr_has '/mydevctl-systemd.so: cannot open shared object file'
	# Before anything is done.
	run --separate-stderr -1 unshare --mount -- bash -c 'mount --bind /mnt /usr/local/lib/mydev && mydevctl reset mydev0'
	assert_stderr 'mydevctl: reset: a part of mydevctl is missing: /usr/local/bin/../lib/mydev/mydevctl-smartcols.so: cannot open shared object file: No such file or directory (install mydev again)'
	assert_equal "$(mydevctl status mydev0 --json | jq '.items[0].resets')" 0
	run -0 unshare --mount -- bash -c 'mount --bind /mnt /usr/local/lib/mydev && mydevctl status --json'
	valid dev
}

@test "without the part that knows whether the module is loaded, nothing is said of that" {
	unload_modules
	run --separate-stderr -3 unshare --mount -- bash -c 'mount --bind /mnt /usr/local/lib/mydev && mydevctl list --json'
	valid error
	assert_stderr "mydevctl: list: the module mydev does not answer, and why cannot be found out: a part of mydevctl is missing ('doctor' looks closer)"
	run unshare --mount -- bash -c 'mount --bind /dev/null /usr/local/lib/mydev/mydevctl-kmod.so && mydevctl doctor'
	assert_line --regexp '^failed +module +cannot look for the module: a part of mydevctl is missing \(install mydev again\)$'
}

@test "what a script asks again and again does not wait for libraries of the shell" {
	run -0 strace -qq -e trace=openat -o "$BATS_TEST_TMPDIR/opened" mydevctl status --json
	run grep --count -E 'lib(readline|smartcols|systemd|kmod)' "$BATS_TEST_TMPDIR/opened"
	assert_output 0
}

@test "in another network namespace the module does not answer, and that is said" {
	run --separate-stderr -3 unshare --net -- mydevctl list
	assert_stderr_has 'is this another network namespace?'
	systemctl start mydevd
	run --separate-stderr -1 unshare --net -- mydevctl doctor
	assert_line --regexp '^ok +module '
	assert_line --regexp '^failed +protocol +the module mydev is loaded, but its netlink family does not answer here \(is this another network namespace\?\)$'
	assert_line --regexp '^skipped +devices +not looked at without an answer of the module$'
	assert_stderr 'mydevctl: doctor: 1 check failed'
}

# ---- Rubbish ----

@test "an unknown device ends with 4 and the names of those there are" {
	local name
	for name in nosuch mydev9 9 4294967296 99999999999999999999 "$(printf 'x%.0s' {1..300})" $'a\nb' 'ünknown'; do
		ctl 4 status "$name"
		assert_output ''
		assert_stderr_has 'no such device (there are: mydev0, mydev1)'
		ctl 4 reset "$name" --json
		keep
		assert_equal "$(json '.items[0].device')" "$name"
	done
	valid_errors_kept
}

@test "what the kernel refuses ends with 6, in the kernel's words" {
	ctl 6 set mydev0 rx-size=5000
	assert_stderr 'mydevctl: set mydev0: rx-size: must be a power of two'
	ctl 6 set mydev0 rx-size=2K
	assert_stderr_has 'rx-size'
	ctl 6 set mydev0 rx-size=1G --json
	valid error
	assert_equal "$(json '.items[0] | [.status, .device, .attribute]')" '["refused","mydev0","rx-size"]'
	ctl 6 add nosuchkind
	assert_stderr_has '(there are: virt)'
	ctl 6 add id=0
	ctl 6 inject mydev0 link "$(printf 'x%.0s' {1..200})"
	ctl 0 status mydev0 --json
	assert_equal "$(json '.items[0] | [.rx_size, .state]')" '[65536,"running"]'
}

@test "what is no command line ends with 2 before anything is tried" {
	local line
	while IFS= read -r line; do
		eval "set -- $line"
		ctl 2 "$@"
		assert_output ''
		assert_stderr_has 'mydevctl: '
		ctl 2 --json "$@"
		keep
	done <<-'EOT'
		bogus
		''
		re mydev0
		exit
		list mydev0
		list --bogus
		list --columns nosuch
		reset
		reset --counters=1 mydev0
		reset mydev0 ''
		set mydev0
		set mydev0 rx-size
		set mydev0 watermark 5 rx-size=8K
		set mydev0 rx-size=
		set mydev0 rx-size=-4096
		set mydev0 rx-size=64KB
		set mydev0 rx-size=4G
		set mydev0 rx-size=99999999999999999999999
		set mydev0 rx-size=4K rx-size=8K
		set mydev0 rx-policy=none
		set mydev0 name=x
		inject mydev0
		inject mydev0 bang
		inject mydev0 none
		monitor --count 0
		monitor --timeout soon
		monitor --until bang
		events --since whenever
		help bogus
		-f
		-f /dev/null list
		-k list
	EOT
	ctl 2 --json=ugly list
	keep
	valid_errors_kept
	ctl 0 status mydev0 --json
	assert_equal "$(json '.items[0] | [.rx_size, .resets]')" '[65536,0]'
}

@test "changing without the right ends with 5, looking is free" {
	local command words
	for command in 'reset mydev0' 'set mydev0 rx-size=4K' add 'remove mydev1' 'inject mydev0 link' 'registers mydev0'; do
		read -ra words <<<"$command"
		run --separate-stderr -5 as_user mydevctl "${words[@]}"
		assert_stderr_has 'not permitted (needs CAP_NET_ADMIN: run it as root)'
		run --separate-stderr -5 as_user mydevctl "${words[@]}" --json
		keep
	done
	valid_errors_kept
	run -0 as_user mydevctl list
	run -0 as_user mydevctl monitor --timeout 0
}

@test "output that cannot be written is an error, and no descriptor is mistaken for it" {
	local command words
	for command in list 'list --json' status help version 'doctor --json' 'monitor --json --timeout 0' \
		'monitor --timeout 0'; do
		read -ra words <<<"$command"
		run -1 bash -c 'mydevctl "$@" >/dev/full' bash "${words[@]}"
		assert_output --partial 'the output cannot be written: No space left on device'
		run -1 bash -c 'mydevctl "$@" >&-' bash "${words[@]}"
		assert_output --partial 'the output cannot be written: Bad file descriptor'
	done
	run -0 bash -c 'mydevctl list 2>&- </dev/null'
	run -0 bash -c 'mydevctl list <&-'
	run -0 bash -c 'mydevctl help | head -n 1'
}

@test "a command that waits ends when nobody reads what it would write" {
	background bash -c 'mydevctl monitor | head -n 1; mydevctl receive mydev0 --follow | sleep 0.2; mydevctl watch mydev0 --interval 1h | true'
	ended 0
}

@test "nobody reading is the same failure for every command that waits, where SIGPIPE is ignored" {
	local command
	for command in monitor 'receive mydev0' 'watch mydev0 --interval 1h' 'top --interval 1h'; do
		run -1 bash -c "trap '' PIPE; mydevctl $command | true; exit \${PIPESTATUS[0]}"
		assert_output --partial 'Broken pipe'
	done
}

@test "what others chose cannot reach the terminal or break the document" {
	mydevctl inject mydev0 link $'\e[2Jgone\a' >/dev/null
	ctl 0 status mydev0
	assert_line --regexp '^Fault msg: +\\x1b\[2Jgone\\x07$'
	refute_output --partial $'\e'
	mydevctl reset mydev0 >/dev/null
	mydevctl inject mydev0 link $'\xff\xfe"\\' >/dev/null
	ctl 0 status mydev0 --json
	valid dev
}

# ---- Scripts ----

@test "a script runs from a file, from standard input and stops at the first failure, with its place" {
	local script=$BATS_TEST_TMPDIR/script
	cat >"$script" <<-'EOT'
		# Sets up what the test needs.
		add virt id=7 rx-size=1M

		inject mydev7 link "it is 'broken'"  # for the test
		reset nosuch
		remove mydev7
	EOT
	ctl 4 -f "$script"
	assert_line --index 0 mydev7
	assert_stderr "mydevctl: $script:5: reset nosuch: no such device (there are: mydev0, mydev1, mydev7)"
	ctl 0 status mydev7 --json
	assert_equal "$(json '.items[0].fault_msg')" "it is 'broken'"

	sed -i '1,4d' "$script"
	run --separate-stderr -4 mydevctl <"$script"
	assert_stderr_has 'mydevctl: -:1: reset nosuch: '
	[[ -e /sys/class/mydev/mydev7 ]]
}

@test "a script that keeps going runs all and ends with the worst" {
	run --separate-stderr -6 mydevctl -k <<-'EOT'
		reset nosuch
		set mydev0 rx-size=5000
		bogus
		remove mydev1
	EOT
	assert_stderr_has ':1: reset nosuch: no such device'
	assert_stderr_has ":3: unknown command 'bogus'"
	[[ ! -e /sys/class/mydev/mydev1 ]]
}

@test "a script in JSON writes a document a line" {
	run --separate-stderr -2 mydevctl --json <<-'EOT'
		list
		reset mydev0
		'unclosed
	EOT
	valid dev dev error
	assert_equal "$(json 'select(.kind == "error").items[0] | [.file, .line, .status]')" '["-",3,"usage"]'
}

@test "a script may end itself, and one that cannot be read is an error" {
	run -0 mydevctl <<<$'exit\nbogus'
	assert_output ''
	ctl 1 -f /nosuch
	assert_stderr_has 'cannot open /nosuch: No such file or directory'
	ctl 1 -f /
	assert_stderr 'mydevctl: cannot read /: Is a directory'
	ctl 2 -f /dev/null list
	printf 'list\0x\n' >"$BATS_TEST_TMPDIR/nul"
	ctl 2 -f "$BATS_TEST_TMPDIR/nul"
	run -0 mydevctl </dev/null
	assert_output ''
}
