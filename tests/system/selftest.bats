#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Self-tests: what a device that works and one that is broken on purpose prove, when there is no test, and what becomes of
# those who want the device meanwhile.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((120 * slowness))
}

# ---- What the tests are made of ----

status_of() { # JQ, of mydev0
	mydevctl status mydev0 --json | jq ".items[0] | $1"
}

# refused STATUS WORDS: there is no self-test of mydev0, and the kernel says why
refused() {
	run --separate-stderr "-$1" mydevctl selftest mydev0
	[[ $output = "" && $stderr = *"$2"* ]] || fail "$output / $stderr"
}

events_of() {
	"$programs/kernel_events" | grep -o 'MYDEV_EVENT=[a-z-]*' | cut -d= -f2
}

# fails DEFECT WORDS: how a device with this defect fails
fails() {
	load_modules defect="$1"
	run --separate-stderr -1 mydevctl selftest mydev0 --json
	"$BATS_TEST_DIRNAME/validate.py" selftest <<<"$output"
	assert_equal "$(jq -r '.items[0].result' <<<"$output")" failed
	run jq -r '.items[0].msg, .errors[0].cause' <<<"$output"
	assert_line --index 0 --regexp "^$2\$"
	assert_line --index 1 --regexp "^the self-test failed: $2\$"
	# What was still on its way reaches nobody.
	assert_equal "$(status_of .rx_used)" 0
	run events_of
	assert_line selftest-failed
	assert_line reset
	refute_line selftest-passed
}

# ---- The tests ----

@test "a device that works passes, with any policy and the smallest ring, and its data is counted" {
	local policy n=0
	load_modules
	for policy in block drop overwrite; do
		mydevctl set mydev0 rx-policy=$policy rx-size=4096
		run --separate-stderr -0 mydevctl selftest mydev0 --json
		"$BATS_TEST_DIRNAME/validate.py" selftest <<<"$output"
		assert_equal "$(jq -r '.items[0] | .name, .kind, .result, .bytes' <<<"$output" | tr '\n' ' ')" \
			'mydev0 virt passed 262144 '
		n=$((n + 262144))
		assert_equal "$(status_of '[.rx_bytes, .read_bytes, .tx_bytes, .rx_dropped, .rx_used]' | tr -d ' \n')" \
			"[$n,$n,$n,0,0]"
	done
	assert_equal "$(events_of | grep -c '^selftest-passed$')" 3
}

@test "a person is told in a line how much went through, and how long it took" {
	load_modules devices=2
	run --separate-stderr -0 mydevctl selftest mydev0 mydev1
	assert_line --index 1 --regexp '^mydev0 +virt +passed +256 KiB +[0-9.]+ (us|ms|s)$'
	assert_line --index 2 --regexp '^mydev1 +virt +passed +256 KiB +[0-9.]+ (us|ms|s)$'
}

@test "the data of a self-test reaches no watermark, data after it does" {
	load_modules
	mydevctl set mydev0 watermark=100
	mydevctl selftest mydev0
	run events_of
	refute_line watermark
	mydevctl send mydev0 "$(printf '%0200d' 0)"
	run events_of
	assert_line watermark
}

@test "data that comes back changed is found" {
	fails corrupt 'byte 0 came back as 0x01, not 0x00'
}

@test "data that is missing is found" {
	fails lose 'byte [0-9]+ came back as 0x[0-9a-f]{2}, not 0x[0-9a-f]{2}'
}

@test "data that comes back twice is found" {
	fails double 'more came back than the [0-9]+ bytes sent'
}

@test "data that does not come back at all is found within seconds" {
	fails stall 'of [0-9]+ bytes sent, 0 came back in time'
}

@test "a device that does not take data is found" {
	fails fail 'after 0 bytes writing fails with -5'
}

@test "a defect that there is not is refused" {
	unload_modules
	modprobe mydev
	run ! modprobe mydev_virt defect=gone
	dmesg | tail -n 3 | grep 'defect=gone: must be none, corrupt, lose, double, stall or fail'
}

@test "the event of a test that failed says why" {
	load_modules defect=corrupt
	run -1 mydevctl selftest mydev0
	run -0 "$programs/kernel_events"
	assert_line --regexp $'\tMYDEV_EVENT=selftest-failed\t.*MYDEV_SELFTEST_MSG=byte 0 came back as 0x01, not 0x00'
}

@test "the event of a test has the numbers of its answer" {
	load_modules
	check <<-'EOF'
		family = Family()
		answer = family.do("selftest", id=0)
		told = family.events()[-1]
		equal(*((what["bytes"], what["duration_ns"]) for what in (told, answer)))
	EOF
}

@test "the journal tells of both outcomes" {
	load_modules
	systemctl start mydevd
	local since
	since=@$(date +%s.%6N)
	mydevctl selftest mydev0
	logged_since() {
		journalctl --quiet --output=cat --since="$since" -t mydevd "$@" | grep .
	}
	wait_until logged_since MYDEV_EVENT=selftest-passed
	run logged_since MYDEV_EVENT=selftest-passed
	assert_output --regexp '^mydev0: self-test passed by mydevctl \(pid [0-9]+, uid 0\), 256 KiB there and back in '
	load_modules defect=corrupt
	systemctl start mydevd
	run -1 mydevctl selftest mydev0
	wait_until logged_since MYDEV_EVENT=selftest-failed PRIORITY=3
	run journalctl --quiet --catalog --since="$since" MYDEV_EVENT=selftest-failed
	assert_line --partial 'mydev0: self-test failed by mydevctl'
	assert_line --partial 'do not trust the data of this device'
	refute_line --partial '@MYDEV_'
}

@test "there is no test of a device that is in use, has data, is faulted, has none, or of another's" {
	load_modules
	exec 5<>/dev/mydev0
	refused 6 'the device is open; a self-test needs it alone'
	echo data >&5
	exec 5>&-
	refused 6 'data is buffered; read it or reset the device first'
	mydevctl inject mydev0 link
	refused 6 'the device is faulted; reset it first'
	mydevctl reset mydev0
	run -5 as_user mydevctl selftest mydev0
	run -4 mydevctl selftest mydev7
	load_modules pattern_interval_us=100000
	refused 6 'this device has no self-test'
	run events_of
	refute_line --partial selftest
}

@test "who has a device open gets no signal for a test that is refused" {
	load_modules
	check <<-'EOF'
		import signal, subprocess
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
		fd = os.open("/dev/mydev0", O_RDWR)
		fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
		fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC)
		equal(subprocess.run(["mydevctl", "selftest", "mydev0"]).returncode, 6)
		equal(signal.sigtimedwait([signal.SIGIO], 0.2), None)
	EOF
}

@test "who opens a device under test waits, and then has it to himself" {
	load_modules defect=stall
	check <<-'EOF'
		import subprocess
		family = Family()
		test = subprocess.Popen(["mydevctl", "selftest", "mydev0"])
		wait_until(lambda: family.do("dev-get", id=0)["tx_bytes"])
		start = time.monotonic()
		fd = os.open("/dev/mydev0", O_RDWR | O_NONBLOCK)
		waited = time.monotonic() - start
		assert 0.2 < waited < 30, waited
		with raises(EAGAIN):
		    read(fd, 4096)
		equal(test.wait(), 1)
	EOF
}

@test "a device is removed while it tests itself, and the test killed, without anybody hanging" {
	load_modules defect=stall
	testing() {
		((bytes = $(status_of .tx_bytes), bytes > 0))
	}
	mydevctl selftest mydev0 3>&- &
	wait_until testing
	timeout $((60 * slowness)) rmmod mydev_virt
	local status=0
	wait $! || status=$?
	assert_equal $status 1
	modprobe mydev_virt defect=stall
	run -137 timeout --signal=KILL 0.5 mydevctl selftest mydev0
	# The test ends with who asked for it, and not only when its time is over.
	timeout $((60 * slowness)) mydevctl remove mydev0
}
