#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Data through mydevctl: send and receive, byte for byte, with every way that they can end; and how much goes through:
# watch and top.

load ctl

setup_file() {
	export BATS_TEST_TIMEOUT=$((120 * slowness))
}

setup() {
	load_modules devices=2
	udevadm settle
	data=$BATS_TEST_TMPDIR/data
}

used() {
	cat "/sys/class/mydev/$1/rx_used"
}

@test "what is sent as an argument is received as it is, without a newline" {
	ctl 0 send mydev0 'hello, wörld'
	assert_output ''
	assert_stderr ''
	ctl 0 receive mydev0
	assert_output 'hello, wörld'
	mydevctl send 1 hi
	mydevctl receive /dev/mydev1 | cmp - <(printf hi)
}

@test "every byte goes through, from a file and from standard input" {
	head -c 50000 /dev/urandom >"$data"
	mydevctl send mydev0 --file "$data"
	mydevctl receive mydev0 | cmp - "$data"
	mydevctl send mydev0 <"$data"
	mydevctl receive mydev0 --count 50000 | cmp - "$data"
	head -c 3000 "$data" | mydevctl send mydev0 --file -
	mydevctl receive mydev0 | cmp - <(head -c 3000 "$data")
}

@test "more than the ring holds goes through while somebody reads" {
	head -c 1000000 /dev/urandom >"$data"
	timeout $((60 * slowness)) mydevctl receive mydev0 --count 1000000 >"$data.out" 3>&- &
	timeout $((60 * slowness)) mydevctl send mydev0 --file "$data"
	wait $!
	cmp "$data" "$data.out"
}

@test "hexadecimal goes in, out, and from one device to another" {
	ctl 0 send mydev0 --hex '00 FF 0a1B'
	ctl 0 receive mydev0 --hex
	assert_output '00 ff 0a 1b'
	head -c 5000 /dev/urandom >"$data"
	mydevctl send mydev0 --file "$data"
	mydevctl receive mydev0 --hex | mydevctl send mydev1 --hex
	mydevctl receive mydev1 | cmp - "$data"
}

@test "in JSON the data is there as hexadecimal, and as text if it is that" {
	ctl 0 send mydev0 $'gr\u00fc\u00df\n' --json
	valid sent
	assert_equal "$(json .items)" '[{"device":"mydev0","bytes":7}]'
	ctl 0 receive mydev0 --json
	valid data
	assert_equal "$(json .items)" '[{"device":"mydev0","bytes":7,"text":"grüß\n","hex":"6772c3bcc39f0a"}]'
	mydevctl send mydev0 --hex 'ff 00'
	ctl 0 receive mydev0 --json
	valid data
	assert_equal "$(json .items)" '[{"device":"mydev0","bytes":2,"hex":"ff00"}]'
}

@test "receive leaves what is behind the count" {
	mydevctl send mydev0 abcdef
	ctl 0 receive mydev0 --count 4
	assert_output abcd
	assert_equal "$(used mydev0)" 2
}

@test "receive takes what is there and ends, though more comes all the time" {
	load_modules devices=1 pattern_interval_us=50 pattern_bytes=4096
	udevadm settle
	timeout $((60 * slowness)) mydevctl receive mydev0 | wc -c >"$data"
	(($(cat "$data") > 0))
}

@test "receive waits for data when there is none" {
	{ sleep 1 && mydevctl send mydev0 late; } 3>&- &
	ctl 0 receive mydev0
	assert_output late
}

@test "receive that follows writes what comes at once, and ends with its time or its count" {
	mydevctl send mydev0 one
	{ sleep 1 && mydevctl send mydev0 two; } 3>&- &
	ctl 0 receive mydev0 --follow --timeout 3 --json
	valid data data
	assert_equal "$(json '.items[0].text' | xargs)" 'one two'
	mydevctl send mydev0 three
	ctl 0 receive mydev0 --follow --count 5
	assert_output three
}

@test "what does not come in time is status 7, and what came is there" {
	ctl 7 receive mydev0 --timeout 200ms
	assert_stderr 'mydevctl: receive mydev0: timed out before any data came'
	mydevctl send mydev0 abc
	ctl 7 receive mydev0 --count 10 --timeout 200ms
	assert_output abc
	assert_stderr 'mydevctl: receive mydev0: timed out after 3 of 10 bytes'
	mydevctl send mydev0 abc
	ctl 7 receive mydev0 --count 10 --timeout 200ms --json
	valid data
	assert_equal "$(json '[.items[0].text, .errors[0].status]')" '["abc","timed-out"]'
}

@test "the time is over though data flows all the time" {
	load_modules devices=1 pattern_interval_us=20 pattern_bytes=4096
	udevadm settle
	# JSON takes longer to write than the pattern to come.
	timeout $((60 * slowness)) mydevctl receive mydev0 --follow --timeout 500ms --json >"$data"
	[[ -s $data ]]
	run -7 bash -c "timeout $((60 * slowness)) mydevctl receive mydev0 --follow --count 999999999 --timeout 500ms --json >/dev/null"
	mydevctl add virt id=1 rx-policy=drop >/dev/null
	udevadm settle
	run --separate-stderr -7 timeout $((60 * slowness)) mydevctl send mydev1 --file /dev/zero --timeout 500ms --json
	valid sent
	assert_equal "$(json '.items[0].bytes > 0')" true
	assert_stderr "mydevctl: send mydev1: timed out: the data had no end after $(json .items[0].bytes) bytes"
}

@test "without any time, what is there is taken, and what has room is sent" {
	head -c 200000 /dev/urandom >"$data"
	mydevctl set mydev0 rx-size=256K >/dev/null
	mydevctl send mydev0 --file "$data"
	mydevctl receive mydev0 --count 150000 --timeout 0 >"$data.out"
	mydevctl receive mydev0 --follow --timeout 0 >>"$data.out"
	cmp "$data" "$data.out"
	head -c 10000 "$data" >"$data.part"
	ctl 0 send mydev0 --file "$data.part" --timeout 0
	mydevctl receive mydev0 --timeout 0 | cmp - "$data.part"
}

@test "a full ring is told while send waits, and is status 7 when the time is over" {
	head -c 70000 /dev/zero >"$data"
	ctl 7 send mydev0 --file "$data" --timeout 200ms --json
	valid sent
	assert_equal "$(json '[.items[0].bytes, .errors[0].status, .errors[0].device]')" '[65536,"timed-out","mydev0"]'
	ctl 7 send mydev0 x --timeout 200ms
	assert_stderr "mydevctl: send mydev0: timed out: the device took 0 bytes and no more (is its receive ring full? 'receive mydev0' reads it)"

	{ sleep 4 && mydevctl reset mydev0 >/dev/null; } 3>&- &
	ctl 0 send mydev0 x
	assert_stderr "mydevctl: send mydev0: waits: the device takes no more data for now (is its receive ring full? 'receive mydev0' reads it, Ctrl-C ends)"
}

@test "a faulted device is status 6 with the fault and the cure, after what is buffered" {
	mydevctl send mydev0 last
	mydevctl inject mydev0 overheat "fan 2 stands still" >/dev/null
	local words='the device is faulted: overheat (fan 2 stands still) (mydevctl reset mydev0)'
	ctl 6 send mydev0 x
	assert_stderr "mydevctl: send mydev0: $words"
	ctl 0 receive mydev0
	assert_output last
	ctl 6 receive mydev0 --json
	valid error
	assert_equal "$(json '.items[0] | [.status, .errno_name, .cure]')" '["refused","EIO","mydevctl reset mydev0"]'
	mydevctl reset mydev0 >/dev/null
	ctl 0 send mydev0 again
}

@test "a device that does not exist, or goes away meanwhile, is status 4" {
	local command words
	for command in 'send nosuch x' 'receive nosuch'; do
		read -ra words <<<"$command"
		ctl 4 "${words[@]}"
		assert_stderr "mydevctl: $command: no such device (there are: mydev0, mydev1)" ||
			assert_stderr "mydevctl: send nosuch: no such device (there are: mydev0, mydev1)"
	done
	{ sleep 1 && mydevctl remove mydev1; } 3>&- &
	ctl 4 receive mydev1
	assert_stderr 'mydevctl: receive mydev1: the device is gone'
}

@test "without the module it is status 3" {
	unload_modules
	ctl 3 send mydev0 x
	ctl 3 receive mydev0 --json
	valid error
}

@test "who is not in the group is told so with status 5" {
	run --separate-stderr -5 as_user mydevctl send mydev0 x
	assert_stderr 'mydevctl: send mydev0: /dev/mydev0 may not be opened (run it as root, or join group mydev)'
	run --separate-stderr -5 as_user mydevctl receive mydev0 --json
	valid error
}

@test "a file in the place of the node is not taken for the device" {
	rm /dev/mydev0
	echo 'no device' >/dev/mydev0
	ctl 1 send mydev0 x
	assert_stderr "mydevctl: send mydev0: /dev/mydev0 is not the device's node ('doctor' looks closer)"
	assert_equal "$(cat /dev/mydev0)" 'no device'
	rm /dev/mydev0
	ctl 1 receive mydev0
	assert_stderr "mydevctl: receive mydev0: /dev/mydev0 does not exist ('doctor' looks closer)"
}

@test "what cannot be sent is told, and nothing of it is sent" {
	ctl 2 send mydev0 x --file "$data"
	ctl 2 send mydev0 --hex 'zz'
	ctl 2 send mydev0 --hex '123'
	ctl 2 receive mydev0 --count 0
	ctl 1 send mydev0 --file /nosuch
	assert_stderr 'mydevctl: send: cannot read /nosuch: No such file or directory'
	ctl 1 send mydev0 --file /
	assert_equal "$(used mydev0)" 0
	echo '41 4' >"$data"
	ctl 1 send mydev0 --hex --file "$data"
	assert_stderr "mydevctl: send mydev0: $data: the last byte lacks its second digit"
	echo '41 4x' >"$data"
	ctl 1 send mydev0 --hex --file "$data"
	assert_stderr "mydevctl: send mydev0: $data: character 5 is no hexadecimal digit"
}

@test "a script sends and receives, but not itself" {
	run --separate-stderr -0 mydevctl <<-'EOT'
		send mydev0 'from a script'
		receive mydev0
	EOT
	assert_output 'from a script'
	run --separate-stderr -0 mydevctl <<-'EOT'
		select mydev1
		send selected
		select
		receive mydev1
	EOT
	assert_output selected
	run --separate-stderr -2 mydevctl <<<$'send mydev0\nlist'
	assert_stderr 'mydevctl: -:1: send: DATA: standard input is the script (write the data behind the device, or name a --file)'
}

# ---- How much goes through ----

# sampling ARGUMENT...: mydevctl in the background, in JSON; it has looked for the first time
sampling() {
	timeout $((60 * slowness)) mydevctl "$@" --json --interval 1 >"$data" 3>&- &
	pid=$!
	has_looked() { [[ -s $data ]]; }
	wait_until has_looked
}

@test "watch tells what the device did in a span of time" {
	sampling watch mydev0 --count 6
	head -c 2000 /dev/zero >/dev/mydev0
	head -c 500 /dev/mydev0 >/dev/null
	wait "$pid"
	output=$(cat "$data")
	valid load load load load load load
	# The rates are a second's, and rounded down: of 2000 bytes less than one a second is missing.
	assert_equal "$(jq -s '[.[].items[0] | (.span_ns / 1e9) as $s | [.tx_rate * $s, .read_rate * $s, $s]] | transpose |
		map(add) | .[0] > 2000 - .[2] and .[0] < 2001 and .[1] > 500 - .[2] and .[1] < 501' "$data")" true
	assert_equal "$(jq -c -s 'last.items[0] | [.device, .state, .rx_used, .fill]' "$data")" '["mydev0","running",1500,2]'
}

@test "watch is a line each time, and tells a device that goes away" {
	ctl 0 watch mydev0 --interval 100ms -n 2
	assert_equal "${#lines[@]}" 2
	assert_line --index 1 --regexp '^[-0-9]+ [0-9:.]+  mydev0  running  fill=0  tx-rate=0 B  rx-rate=0 B '
	{ sleep 1 && mydevctl remove mydev1; } 3>&- &
	ctl 4 watch mydev1 --interval 100ms
	assert_stderr 'mydevctl: watch mydev1: no such device (there are: mydev0)'
}

@test "top shows all devices or those named, sorted as wanted" {
	mydevctl add virt id=10 rx-size=4K rx-policy=drop >/dev/null
	udevadm settle
	sampling top --count 6 --sort drop-rate,device
	head -c 5000 /dev/zero >/dev/mydev10
	wait "$pid"
	output=$(cat "$data")
	valid
	# Three documents each time; of the time when data was lost:
	assert_equal "$(jq -c -s '[.[].items[0]] | [range(0; 18; 3) as $i | .[$i:$i + 3] | select(.[0].drop_rate > 0)] |
		.[0] | map(.device), [.[0] | .fill, .rx_dropped]' "$data" | xargs)" '[mydev10,mydev0,mydev1] [100,904]'
	ctl 0 top mydev1 0 --interval 100ms -n 1
	assert_equal "${#lines[@]}" 2
	ctl 4 top nosuch -n 1
	ctl 2 top --sort nosuch
	unload_modules
	ctl 3 top -n 1
	ctl 3 watch mydev0 --json
	valid error
}
