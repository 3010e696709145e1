#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# libmydev against the real module: requests and the kernel's words, and the event stream, which delivers each event
# once or says what is missing, whatever happens to its socket, its consumer or the module.

load helpers

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

setup() {
	unload_modules
	notices=$BATS_TEST_TMPDIR/notices
	stream=
}

teardown() {
	[[ -z $stream ]] || kill -KILL "$stream" || true
	[[ -z ${client_PID-} ]] || kill "$client_PID" || true
}

# ---- What the tests are made of ----

# ask REQUEST: what a new client answers
ask() {
	"$programs/lib_request" <<<"$*"
}

# value KEY: of the module's description
value() {
	ask info | grep -oP "(?<= $1=)[^ ]+"
}

# stream ARGUMENT...: follows events in the background
stream() {
	"$programs/lib_stream" "$@" >"$notices" 3>&- &
	stream=$!
}

# wait_for REGEX: until a notice matches
wait_for() {
	wait_until grep -qE -- "$1" "$notices"
}

# end_stream: ends it and waits for its last line
end_stream() {
	kill -TERM "$stream"
	wait "$stream"
	stream=
}

# storm N: as many events and more
storm() {
	assert_equal "$(ask "reset name=mydev0 *$1" | cut -c 1-2)" ok
}

# assert_complete EPOCH FIRST LAST: events and gaps of the epoch are FIRST to LAST in order, each number once
assert_complete() {
	run awk -v epoch="$1" -v want="$2" -v last="$3" '
		$1 != "event" && $1 != "gap" || $2 != epoch { next }
		$3 != want { print "got " $0 ", wanted " want; exit 1 }
		{ want = ($1 == "gap" ? $4 : $3) + 1 }
		END { if (want != last + 1) { print "ended before " want ", wanted " last; exit 1 } }' "$notices"
	assert_success
}

# count WORD: notices of a type
count() {
	grep -c "^$1 " "$notices" || true
}

# ---- Requests ----

@test "without the module a client says so, and does not load it" {
	assert_equal "$(ask info)" EPROTONOSUPPORT
	assert [ ! -e /sys/module/mydev ]
}

@test "a client outlives the removal and the loading of the module" {
	load_modules devices=1
	coproc client { exec "$programs/lib_request" 3>&-; }
	echo "get id=0" >&"${client[1]}" && read -r answer <&"${client[0]}"
	assert_regex "$answer" "^ok id=0 name=mydev0 kind=virt "

	unload_modules
	echo "get id=0" >&"${client[1]}" && read -r answer <&"${client[0]}"
	assert_equal "$answer" EPROTONOSUPPORT
	assert [ ! -e /sys/module/mydev ]

	load_modules devices=1
	echo "get id=0" >&"${client[1]}" && read -r answer <&"${client[0]}"
	assert_regex "$answer" "^ok id=0 name=mydev0 kind=virt "
}

@test "a client asks a module that was loaded anew as if nothing had happened" {
	load_modules devices=1
	coproc client { exec "$programs/lib_request" 3>&-; }
	echo "get id=0" >&"${client[1]}" && read -r answer <&"${client[0]}"

	load_modules devices=1
	echo "reset id=0" >&"${client[1]}" && read -r answer <&"${client[0]}"
	assert_regex "$answer" "^ok id=0 .* resets=1 "
}

@test "a refusal has the kernel's errno, the attribute and the kernel's words" {
	load_modules devices=1
	assert_equal "$(ask get name=mydev99)" "ENODEV name: no such device"
	assert_equal "$(ask set id=0 rx-size=5000)" "EINVAL rx-size: must be a power of two"
	assert_regex "$(ask inject id=0 fault=none)" "^EINVAL fault: "
	assert_regex "$(ask new kind=nonesuch)" "^EOPNOTSUPP kind: "
	assert_equal "$(ask registers id=0)" "EOPNOTSUPP this device has no registers"
	assert_regex "$(ask registers name=mydev99)" "^ENODEV .*no such device$"
	assert_regex "$(ask registers)" "^EINVAL .*a device must be named by id or name$"
}

@test "a value beyond its limits is refused with the limits" {
	load_modules devices=1
	assert_equal "$(ask set id=0 rx-size=1)" "ERANGE rx-size: integer out of range (4096 to 67108864)"
	assert_regex "$(ask get name="$(printf 'x%.0s' {1..99})")" "^EINVAL name: .* \(at most 31 bytes\)$"
}

@test "a text that no message has room for is not cut" {
	load_modules devices=1
	assert_equal "$(ask get name="$(printf 'x%.0s' {1..9999})")" EMSGSIZE
}

@test "whoever may not change a device is told so and may still look" {
	load_modules devices=1
	assert_equal "$(as_user "$programs/lib_request" <<<"reset id=0")" EPERM
	assert_regex "$(as_user "$programs/lib_request" <<<"get id=0")" "^ok id=0 "
}

@test "a list is complete and in order while devices come and go" {
	load_modules devices=400 mydev.rx_size=4096
	(while :; do ask "new kind=virt id=5000" && ask "del id=5000"; done >/dev/null 3>&-) &
	churn=$!
	for _ in {1..10}; do
		ask list | cut -d ' ' -f 3- | tr ' ' '\n' | grep -vx mydev5000 >"$BATS_TEST_TMPDIR/listed"
		diff "$BATS_TEST_TMPDIR/listed" <(seq -f 'mydev%g' 0 399)
	done
	kill "$churn"
}

@test "the log is read from where one asks" {
	load_modules devices=1
	storm 5
	last=$(value event-last)
	assert_equal "$(ask events)" "ok $(seq -s ' ' 1 "$last")"
	assert_equal "$(ask events seq=3)" "ok $(seq -s ' ' 3 "$last")"
	assert_equal "$(ask events seq=$((last + 1)))" ok
	assert_equal "$(ask events seq=18446744073709551615)" ok
}

@test "the log of another load of the module is stale" {
	load_modules devices=1
	assert_equal "$(ask "events epoch=$(value epoch)")" "ok 1"
	# Older kernels put the words at the end of a dump, but not the attribute.
	assert_regex "$(ask "events epoch=01234567-89ab-cdef-0123-456789abcdef")" \
		"^ESTALE (epoch: )?the module was loaded anew since$"
}

# ---- The stream ----

@test "a stream begins with the oldest event and follows" {
	load_modules devices=2
	stream
	wait_for "^event .* mydev1$"
	storm 10
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_equal "$(head -n 1 "$notices")" "up $(value epoch)"
	assert_complete "$(value epoch)" 1 "$(value event-last)"
	assert_equal "$(tail -n 1 "$notices")" "end replays=0 descriptor=same"
}

@test "a stream from now on tells nothing of before" {
	load_modules devices=1
	before=$(value event-last)
	stream --now
	wait_for "^up "
	storm 10
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_complete "$(value epoch)" $((before + 1)) "$(value event-last)"
}

@test "a stream resumes behind its position" {
	load_modules devices=1
	storm 10
	stream --resume "$(value epoch):4"
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_complete "$(value epoch)" 5 "$(value event-last)"
}

@test "a position in an earlier load of the module is followed by the first event of the present one" {
	load_modules devices=1
	storm 5
	stream --resume "01234567-89ab-cdef-0123-456789abcdef:3"
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_equal "$(head -n 1 "$notices")" "up $(value epoch)"
	assert_complete "$(value epoch)" 1 "$(value event-last)"
}

@test "a position that the log has not reached loses nothing" {
	load_modules devices=1
	storm 5
	for position in $(($(value event-last) + 1)) 1000000 18446744073709551615; do
		stream --resume "$(value epoch):$position"
		wait_for "^event .* $(value event-last) "
		end_stream
		assert_complete "$(value epoch)" 1 "$(value event-last)"
	done
}

@test "an unprivileged user may follow" {
	load_modules devices=1
	setpriv --reuid=user --regid=user --init-groups -- "$programs/lib_stream" >"$notices" 3>&- &
	stream=$!
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_complete "$(value epoch)" 1 "$(value event-last)"
}

# The last event is the hard one: the socket drops it without a word, and no other comes after it that would show.
@test "a stream that overran while it was stopped delivers each event once, up to the last" {
	load_modules devices=1
	stream --rcvbuf 1
	wait_for "^event .* mydev0$"
	for _ in {1..5}; do
		kill -STOP "$stream"
		storm 200
		kill -CONT "$stream"
		wait_for "^event .* $(value event-last) "
	done
	end_stream
	assert_complete "$(value epoch)" 1 "$(value event-last)"
	assert_equal "$(count gap)" 0
	refute grep -q "replays=0" "$notices"
}

@test "a stream with a tiny buffer in a storm delivers each event once" {
	load_modules devices=1 mydev.event_log=65536
	stream --rcvbuf 1
	wait_for "^event .* mydev0$"
	storm 3000
	wait_for "^event .* $(value event-last) "
	end_stream
	assert_complete "$(value epoch)" 1 "$(value event-last)"
	assert_equal "$(count gap)" 0
}

@test "what the kernel overwrote is one gap with its range" {
	load_modules devices=1 mydev.event_log=16
	stream --rcvbuf 1
	wait_for "^event .* mydev0$"
	before=$(value event-last)
	kill -STOP "$stream"
	storm 1000
	kill -CONT "$stream"
	last=$(value event-last)
	wait_for "^event .* $last "
	end_stream
	assert_complete "$(value epoch)" 1 "$last"
	assert_equal "$(count gap)" 1
	assert_regex "$(grep ^gap "$notices")" " $((last - 16))$"
}

@test "a resumed stream tells what was overwritten meanwhile as a gap" {
	load_modules devices=1 mydev.event_log=16
	storm 100
	last=$(value event-last)
	stream --resume "$(value epoch):10"
	wait_for "^event .* $last "
	end_stream
	assert_equal "$(grep ^gap "$notices")" "gap $(value epoch) 11 $((last - 16))"
	assert_complete "$(value epoch)" 11 "$last"
}

@test "a stream follows the module when it is removed and loaded again" {
	load_modules devices=1
	first=$(value epoch)
	stream
	wait_for "^event $first .* device-added mydev0$"
	unload_modules
	wait_for "^down $first$"
	load_modules devices=1
	second=$(value epoch)
	wait_for "^event $second .* device-added mydev0$"
	storm 10
	wait_for "^event $second $(value event-last) "
	end_stream
	assert_not_equal "$first" "$second"
	grep -q "^event $first .* device-removed mydev0$" "$notices"
	assert_complete "$second" 1 "$(value event-last)"
	assert_equal "$(grep -E '^(up|down) ' "$notices")" "up $first
down $first
up $second"
	assert_equal "$(tail -n 1 "$notices")" "end replays=0 descriptor=same"
}

@test "a stream follows the module through many loads" {
	load_modules devices=1
	stream
	for _ in {1..20}; do
		load_modules devices=1
	done
	storm 10
	wait_for "^event $(value epoch) $(value event-last) "
	end_stream
	assert_complete "$(value epoch)" 1 "$(value event-last)"
	assert_equal "$(count up)" $(($(count down) + 1))
	# No load that it saw came twice, and none went on after its end.
	assert_equal "$(awk '$1 == "up" { print $2 }' "$notices" | sort | uniq -d)" ""
	awk '$1 == "up" { now = $2 } $1 == "event" && $2 != now { exit 1 }' "$notices"
}

@test "a stream waits for the module without loading it, and misses nothing of it" {
	stream --now
	sleep 1
	assert [ ! -e /sys/module/mydev ]
	load_modules devices=3
	wait_for "^event .* mydev2$"
	end_stream
	assert_complete "$(value epoch)" 1 "$(value event-last)"
}

@test "events that went with the log of a removed module are an open gap" {
	load_modules devices=1
	epoch=$(value epoch)
	stream --rcvbuf 1
	wait_for "^event .* mydev0$"
	kill -STOP "$stream"
	storm 200
	unload_modules
	kill -CONT "$stream"
	wait_for "^down $epoch$"
	end_stream
	assert_equal "$(count gap)" 1
	assert_regex "$(grep ^gap "$notices")" "^gap $epoch [0-9]+ unknown$"
	assert_equal "$(grep -A 1 ^gap "$notices" | tail -n 1)" "down $epoch"
}

@test "a consumer that fails gets each notice again until it takes it" {
	load_modules devices=1 mydev.event_log=16
	epoch=$(value epoch)
	stream --rcvbuf 1 --refuse 2
	wait_for "^event .* mydev0$"
	storm 5
	wait_for "^event .* $(value event-last) "
	kill -STOP "$stream"
	storm 200
	kill -CONT "$stream"
	last=$(value event-last)
	wait_for "^event .* $last "
	unload_modules
	wait_for "^down $epoch$"
	end_stream
	assert_complete "$epoch" 1 "$(awk '$1 == "event" { last = $3 } END { print last }' "$notices")"
	assert_equal "$(count up)" 1
	assert_equal "$(count down)" 1
	assert_equal "$(count gap)" 1
	assert_equal "$(grep -c refused "$notices")" $((2 * $(grep -cE '^(up|event|gap|down) ' "$notices")))
}
