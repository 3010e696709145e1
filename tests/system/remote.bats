#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# mydevctl -H: commands on other machines, by a real ssh and a real sshd. The other machines are this one under several
# names, some of them with something wrong.

load ctl

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
	local dir=$BATS_FILE_TMPDIR home
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/user_key"
	for home in ~ ~user; do
		install -d -m 700 "$home/.ssh"
		cp "$dir/user_key.pub" "$home/.ssh/authorized_keys"
	done
	chown -R user:user ~user/.ssh
	usermod -p '*' user # an account without a password counts as locked
	# What is wrong with a machine depends on the port.
	cat >"$dir/sshd_config" <<-EOT
		ListenAddress 127.0.0.1:2201
		ListenAddress 127.0.0.1:2202
		ListenAddress 127.0.0.1:2203
		ListenAddress 127.0.0.1:2204
		ListenAddress 127.0.0.1:2205
		ListenAddress 127.0.0.1:2206
		HostKey $dir/host_key
		PidFile $dir/sshd.pid
		UsePAM no
		MaxStartups 100
		Match LocalPort 2202
		ForceCommand exec nosuchctl
		Match LocalPort 2203
		ForceCommand echo "Welcome to this machine!"; exec sh -c "\$SSH_ORIGINAL_COMMAND"
		Match LocalPort 2204
		ForceCommand echo "This account is not available."; exit 1
		Match LocalPort 2205
		ForceCommand cat $dir/later
		Match LocalPort 2206
		ForceCommand echo '{"format":"mydev/1","kind":"dev","items":[{"name":'; yes
	EOT
	# The first value that fits counts.
	cat >~/.ssh/config <<-EOT
		Host gone
		    Port 1
		Host bare
		    Port 2202
		Host chatty
		    Port 2203
		Host closed
		    Port 2204
		Host later
		    Port 2205
		Host broken
		    Port 2206
		Host mute
		    Port 2209
		Host *
		    HostName 127.0.0.1
		    Port 2201
		    IdentityFile $dir/user_key
		    # The default takes an emulated processor a second or two.
		    KexAlgorithms curve25519-sha256
		    StrictHostKeyChecking no
		    UserKnownHostsFile /dev/null
	EOT
	mkdir -p /run/sshd
	/usr/sbin/sshd -f "$dir/sshd_config"
}

teardown_file() {
	kill "$(<"$BATS_FILE_TMPDIR/sshd.pid")"
	rm -r ~/.ssh ~user/.ssh
}

setup() {
	load_modules devices=2
	udevadm settle
}

# times_in_log N REGEX: so many lines of the log match
times_in_log() {
	(($(grep -c -- "$2" "$log") == $1))
}

# nothing_runs REGEX: no command line matches
nothing_runs() {
	! pgrep -f -- "$1" >/dev/null
}

@test "what hosts have is merged, in their order, each item with its host" {
	ctl 0 -H two -H root@one list
	assert_line --index 0 --regexp '^HOST +NAME +KIND +STATE '
	assert_line --index 1 --regexp '^two +mydev0 +virt +running '
	assert_line --index 2 --regexp '^two +mydev1 '
	assert_line --index 3 --regexp '^root@one mydev0 '
	assert_equal "${#lines[@]}" 5
	assert_stderr ''
	ctl 0 -H two -H root@one list --json
	valid dev
	assert_equal "$(json '[.items[] | [.host, .name]]')" \
		'[["two","mydev0"],["two","mydev1"],["root@one","mydev0"],["root@one","mydev1"]]'
}

@test "it is the same as on the machine itself, but for the host" {
	local here ended command words varies='s/ +/ /g; s/^ *//; s/"state_age_ns": ?[0-9]+/AGE/g; s/^State age: .*/AGE/; s/, for [0-9.]+ [a-z]+( [0-9]+ [a-z]+)?/AGE/'
	mydevctl inject mydev1 overheat $'it\'s "hot" \xc3\xbc' >/dev/null
	for command in 'status' 'list --json=pretty' 'doctor' 'doctor --json' 'status --json' 'version'; do
		read -ra words <<<"$command"
		run mydevctl "${words[@]}"
		here=$(sed -E "$varies" <<<"$output") ended=$status
		run mydevctl "${words[@]}" -H one
		assert_equal "$status" "$ended"
		assert_output
		output=$(sed -E "$varies" <<<"$output")
		# shellcheck disable=SC2001 # in each line
		diff <(sed 's/^mydevctl: /&one: /' <<<"$here") \
			<(sed -E '/^(Host: one|"host": "one",)$/d; s/"host":"one",//g; s/,"host":"one"//g; s/^one //; s/"one: /"/' <<<"$output")
	done
}

@test "columns are those asked for, behind the host; headings are left out if wanted" {
	ctl 0 -H one list --columns name,rx-size --noheadings
	assert_line --index 0 --regexp '^one +mydev0 +64 KiB$'
	assert_equal "${#lines[@]}" 2
	ctl 0 -H one -H two add
	assert_equal "$(awk '{ print $1, $2 }' <<<"$output" | sed 's/mydev[23]$/mydevN/')" $'one mydevN\ntwo mydevN'
}

@test "a host that is given twice is one" {
	ctl 0 -H one -H two --host=one version --json
	assert_equal "$(json '[.items[].host]')" '["one","two"]'
}

@test "a host that cannot be reached hides no other" {
	ctl 1 -H gone -H one list
	assert_line --index 1 --regexp '^one +mydev0 '
	assert_equal "${#lines[@]}" 3
	assert_stderr_has 'mydevctl: gone: list: cannot be reached: ssh: connect to host 127.0.0.1 port 1: Connection refused'
	ctl 1 -H gone -H one list --json
	valid dev
	assert_equal "$(json '[.items[].host] | unique')" '["one"]'
	assert_equal "$(json '[.errors[] | [.host, .command, .status]]')" '[["gone","list","failed"]]'
	ctl 1 -H gone list --json
	valid error
}

@test "a host that takes the connection and says nothing is given up" {
	socat TCP-LISTEN:2209,fork,reuseaddr SYSTEM:'sleep 100' 3>&- &
	local listener=$!
	SECONDS=0
	ctl 1 -H mute -H one version --json
	((SECONDS < 60))
	kill "$listener"
	assert_equal "$(json '[.items[].host]')" '["one"]'
	assert_equal "$(json '[.errors[].host]')" '["mute"]'
}

@test "what is wrong with a host is told" {
	ctl 1 -H bare -H chatty -H closed version --json
	valid version
	assert_equal "$(json '[.items[].host]')" '["chatty"]'
	assert_equal "$(json '[.errors[].host]')" '["bare","closed"]'
	assert_equal "$(json '.errors[0].cure')" 'install mydev there, or see to the PATH that ssh gives'
	assert_equal "$(json '.errors[1].cause')" \
		'mydevctl did not answer there, it ended with status 1: This account is not available.'
}

@test "what this mydevctl does not understand is left out and told, and takes nothing else with it" {
	cat >"$BATS_FILE_TMPDIR/later" <<-'EOT'
		{"format":"mydev/1","kind":"dev","items":[{"name":"mydev0","state":"dreaming","mood":1}],"errors":[{"message":"x","status":"bored","exit_status":256,"cause":"it is late"}]}
	EOT
	ctl 1 -H later -H broken -H one list --json
	assert_equal "$(json '[.items[] | [.host, .name, .state]]')" \
		'[["later","mydev0",null],["one","mydev0","running"],["one","mydev1","running"]]'
	assert_equal "$(json '[.errors[] | [.host, .status, .exit_status]]')" \
		'[["later","failed",1],["later","failed",1],["broken","failed",1]]'
	assert_stderr_has 'later: list: it is late'
	assert_stderr_has 'later: list: some of what comes from there is left out'
	assert_stderr_has 'broken: list: what comes from there is no JSON of a mydevctl, or of a later one'
	wait_until nothing_runs '^yes$'
}

@test "neither values of another type are taken, nor an answer to something else" {
	local later=$BATS_FILE_TMPDIR/later
	echo '{"format":"mydev/1","kind":"dev","items":[{"name":"mydev0","users":"12","rx_size":4096},{"name":["x"]}]}' >"$later"
	ctl 1 -H later list --json
	assert_equal "$(json '[.items[] | [.host, .name, .users, .rx_size]]')" \
		'[["later","mydev0",null,4096],["later",null,null,null]]'
	assert_stderr 'mydevctl: later: list: some of what comes from there is left out: this mydevctl does not know its values (is a later version of mydev installed there?)'
	echo '{"format":"mydev/1","kind":"check","items":[]}' >"$later"
	ctl 1 -H later list
	assert_stderr 'mydevctl: later: list: some of what comes from there is left out: this mydevctl does not know the kind check (is a later version of mydev installed there?)'
	echo '{"format":"mydev/1","kind":"error","items":[]}' >"$later"
	ctl 1 -H later list
	assert_stderr_has 'later: list: what comes from there is no JSON of a mydevctl, or of a later one'
}

@test "what fails there is told with the host, and the worst status wins" {
	ctl 5 -H one -H gone -H user@two reset mydev0 nosuch
	assert_line --index 1 --regexp '^one +mydev0 '
	assert_stderr_has 'mydevctl: one: reset nosuch: no such device (there are: mydev0, mydev1)'
	assert_stderr_has 'mydevctl: gone: reset: cannot be reached: '
	assert_stderr_has 'mydevctl: user@two: reset mydev0: not permitted ('
	ctl 4 -H one -H gone reset nosuch
	ctl 5 -H user@one reset mydev0 --json
	valid error
	assert_equal "$(json '.items[0] | [.host, .command, .device, .status]')" \
		'["user@one","reset","mydev0","not-permitted"]'
	ctl 6 -H one set mydev0 rx-size=5000
	assert_stderr 'mydevctl: one: set mydev0: rx-size: must be a power of two'
	unload_modules
	ctl 3 -H one list
	assert_stderr_has 'mydevctl: one: list: the module mydev is not loaded ('
}

@test "words reach the other machine as they are" {
	local text="it's \$(touch /tmp/evil) \`touch /tmp/evil\`; touch /tmp/evil & \\ \"q\" * ~"
	ctl 0 -H one inject mydev0 link "$text"
	ctl 0 status mydev0 --json
	assert_equal "$(json '.items[0].fault_msg')" "$text"
	[[ ! -e /tmp/evil ]]
}

@test "what a machine says cannot reach the terminal" {
	mydevctl inject mydev0 link $'\e[2Jgone' >/dev/null
	ctl 0 -H one status mydev0
	assert_line --regexp '^Fault msg: +\\x1b\[2Jgone$'
}

@test "a stream has all hosts in it as things come, and ends when all have ended" {
	background mydevctl -H one -H two monitor --json --count 2
	wait_until times_in_log 2 '"kind":"sync"'
	mydevctl inject mydev1 link >/dev/null
	ended 0
	output=$(cat "$log")
	valid
	assert_equal "$(json 'select(.kind == "event").items[] | [.host, .event, .device]' | sort)" \
		$'["one","fault","mydev1"]\n["one","state-changed","mydev1"]\n["two","fault","mydev1"]\n["two","state-changed","mydev1"]'
	assert_equal "$(json 'select(.kind == "dev").items[].host' | sort | uniq -c | xargs)" '2 one 2 two'
}

@test "a stream goes on when a host goes away, which is told" {
	background mydevctl -H one -H two monitor --json
	wait_until times_in_log 2 '"kind":"sync"'
	kill "$(pgrep -f -- '-- one mydevctl')"
	wait_until times_in_log 1 '"kind":"error"'
	mydevctl reset mydev0 >/dev/null
	wait_until times_in_log 1 '"event":"reset"'
	kill "$pid"
	output=$(cat "$log")
	valid
	assert_equal "$(json 'select(.kind == "error").items[0].host')" one
	assert_equal "$(json 'select(.kind == "event").items[0].host' | sort -u)" two
}

@test "a session that the other machine ends is an error of its own" {
	background mydevctl -H one monitor --json
	wait_until times_in_log 1 '"kind":"sync"'
	pkill -f 'sshd: root@notty'
	ended 1
	output=$(tail -n 1 "$log")
	valid error
	assert_equal "$(json '.items[0].host')" one
	[[ $(json '.items[0].cause') = 'the connection is lost: '* ]]
}

@test "where nobody listens any more, nothing runs any more" {
	background mydevctl -H one -H two monitor --json
	wait_until times_in_log 2 '"kind":"sync"'
	kill -KILL "$pid"
	wait_until nothing_runs '-- (one|two) mydevctl'
	wait_until nothing_runs 'mydevctl --json monitor'

	background bash -c 'mydevctl -H one receive mydev0 --follow --json | sleep 1'
	ended 0
	wait_until nothing_runs 'mydevctl .*receive'
	echo data >/dev/mydev0
	assert_equal "$(timeout 5 head -n 1 /dev/mydev0)" data
}

@test "data goes there and comes back byte for byte" {
	local dir=$BATS_TEST_TMPDIR
	mydevctl set mydev0 rx-size=4M >/dev/null
	head -c 3000000 /dev/urandom >"$dir/data"
	ctl 0 -H one send mydev0 <"$dir/data"
	mydevctl -H one receive mydev0 --count 3000000 >"$dir/back"
	cmp "$dir/data" "$dir/back"
	printf 'a\0b\xff' >"$dir/data"
	ctl 0 -H one send mydev0 --file "$dir/data" --json
	valid sent
	ctl 0 -H one receive mydev0 --hex
	assert_output '61 00 62 ff'
	ctl 7 -H one receive mydev1 --timeout 0 --json
}

@test "a file is sent to several hosts, each the whole of it; other sources are not" {
	local dir=$BATS_TEST_TMPDIR
	echo hello >"$dir/data"
	ctl 0 -H one -H two send mydev0 --file "$dir/data" --json
	valid sent
	assert_equal "$(json '[.items[] | [.host, .bytes]]')" '[["one",6],["two",6]]'
	assert_equal "$(mydevctl receive mydev0 --count 12)" $'hello\nhello'
	ctl 2 -H one -H two send mydev0 <"$dir/data"
	assert_stderr 'mydevctl: send: standard input cannot be sent to several hosts (name one host, or a --file)'
	mkfifo "$dir/pipe"
	ctl 2 -H one -H two send mydev0 --file "$dir/pipe"
	ctl 1 -H one send mydev0 --file /nosuch
	ctl 0 -H one -H two send mydev0 x
	ctl 2 -H one -H two receive mydev0
	assert_stderr 'mydevctl: receive: data of several hosts cannot be told apart (name one host, or use --json)'
	ctl 0 -H one -H two receive mydev0 --count 1 --json
	valid data
	assert_equal "$(json '[.items[] | [.host, .text]] | sort')" '[["one","x"],["two","x"]]'
}

@test "past events have the time at which they happened, and are merged by it" {
	systemctl start mydevd
	for _ in 1 2 3; do
		mydevctl reset mydev0 >/dev/null
	done
	has_all() { (($(mydevctl events --type reset --json -n 3 | jq '.items | length') == 3)); }
	wait_until has_all
	sleep 1.1
	ctl 0 -H one -H two events --type reset -n 3
	assert_equal "$(cut -c 25- <<<"$output" | awk '{ print $1, $3 }' | sort | uniq -c | xargs)" '3 one reset 3 two reset'
	sort -c -k 1,2 <<<"$output"
	assert_equal "$(cut -c -19 <<<"${lines[0]}")" "$(mydevctl events --type reset -n 3 | head -n 1 | cut -c -19)"
	ctl 0 -H one events --since -1h --type reset -n 1 --json
	valid event
	assert_equal "$(json '.items | length')" 1
	ctl 0 -H one events --since @4102444800 --json
	assert_equal "$(json '.items')" '[]'
}

@test "top of several hosts is lines, and watch too" {
	ctl 0 -H one -H two top --count 1 --interval 100ms
	assert_equal "$(awk '{ print $3, $4 }' <<<"$output" | sort | xargs)" 'one mydev0 one mydev1 two mydev0 two mydev1'
}

@test "a script runs on the hosts line by line" {
	ctl 4 -H one -H two -f - --json <<-'EOT'
		select mydev1
		set rx-size=8K
		status
		help list
		reset mydev9
		list
	EOT
	valid dev dev dev command error
	assert_equal "$(sed -n 3p <<<"$output" | jq -c '[.items[] | [.host, .name, .rx_size]]')" \
		'[["one","mydev1",8192],["two","mydev1",8192]]'
	assert_equal "$(tail -n 1 <<<"$output" | jq -c '[.items[] | [.host, .file, .line]]')" '[["one","-",5],["two","-",5]]'
	ctl 2 -H one <<<'send mydev0'
	assert_stderr 'mydevctl: -:1: send: standard input is the script (write the data behind the device, or name a --file)'
}

@test "a report of other machines goes to standard output" {
	ctl 0 -H one -H two report
	assert_equal "$(grep -c '^== \(one\|two\): ' <<<"$output")" 22
	ctl 2 -H one report bug.txt
	assert_stderr 'mydevctl: report: a file of another machine cannot be written (name none: it goes to standard output)'
}

@test "the shell is for this machine only" {
	run -2 script -qec 'mydevctl -H one' /dev/null
	assert_output --partial 'mydevctl: the shell is for this machine only (name a command, or a script by -f; or: ssh -t one mydevctl)'
}

@test "another ssh may be named, and one that is not there is told" {
	MYDEV_SSH=/nosuch ctl 1 -H one list
	assert_stderr 'mydevctl: one: list: cannot run /nosuch: No such file or directory'
	printf '#!/bin/sh\nexec ssh "$@"\n' >"$BATS_TEST_TMPDIR/own"
	chmod +x "$BATS_TEST_TMPDIR/own"
	SYSTEMD_SSH=$BATS_TEST_TMPDIR/own ctl 0 -H one list
	assert_line --index 1 --regexp '^one +mydev0 '
}

@test "names of hosts are completed by what the shell knows, devices of this machine are not" {
	run mydevctl --complete 'mydevctl -H o'
	assert_output $'\thosts'
	run mydevctl --complete 'mydevctl -H one status '
	assert_output ''
}
