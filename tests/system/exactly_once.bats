#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each event stands in the journal exactly once, whatever is done to the daemon, to journald and to the module at random
# moments of a storm. ROUNDS and SEED, in the environment, make it longer and repeat a failure:
#   make test-system TESTS=tests/system/exactly_once.bats VM_FLAGS="--env ROUNDS=200 --env SEED=4711"

load helpers
load daemon

setup_file() {
	export BATS_TEST_TIMEOUT=$((3000 * slowness))
	SEED=${SEED:-$RANDOM}
	ROUNDS=${ROUNDS:-15}
	export SEED ROUNDS
	echo "# rounds $ROUNDS, seed $SEED" >&3
	# The service manager gives up what is started again so often.
	mkdir -p /run/systemd/system/systemd-journald.service.d
	printf '%s\n' '[Unit]' StartLimitIntervalSec=0 >/run/systemd/system/systemd-journald.service.d/test.conf
	systemctl daemon-reload
}

teardown_file() {
	rm -r /run/systemd/system/systemd-journald.service.d
	systemctl daemon-reload
}

setup() {
	unload_modules
	systemctl reset-failed mydevd 2>/dev/null || true
	declare -gA hit=()
	# shellcheck disable=SC2034 # for daemon.bash
	since=@$(date +%s.%6N)
	RANDOM=$SEED
	# What is measured is the daemon, not how patient the service manager is.
	override RestartSec=10ms
	modprobe mydev event_log=131072
}

# Microseconds, so that a moment is any moment.
moment() { # MILLISECONDS, at most
	local us=$(((RANDOM * 32768 + RANDOM) % ($1 * 1000)))
	sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
}

newest() {
	"$programs/kernel_events" | tail -n 1 | grep -o 'MYDEV_SEQ=[0-9]*' | cut -d= -f2
}

# numbers EPOCH: of the events that are on record, as often as they are
numbers() {
	journalctl --quiet --output=cat --output-fields=MYDEV_SEQ SYSLOG_IDENTIFIER=mydevd _UID="$(id -u mydev)" \
		MYDEV_EPOCH="$1" | grep -x '[0-9]*' | sort -n
}

complete() { # EPOCH LAST
	[[ $(numbers "$1" | uniq | wc -l) -eq $2 ]]
}

# assert_exactly_once EPOCH LAST: the numbers 1 to LAST, each once, and no gap
assert_exactly_once() {
	local tries=0
	# A record that journald lost is looked for and repeated within seconds.
	until complete "$1" "$2" || ((++tries > 60)); do
		sleep 0.5
	done
	diff <(seq "$2") <(numbers "$1")
	[[ -z $(journalctl --quiet --output=cat MESSAGE_ID="$gap" MYDEV_EPOCH="$1") ]]
}

# signal UNIT NAME: to its main process, which may be on its way up again; $hit has whether any was there
signal() {
	hit[$1/$2]=${hit[$1/$2]-}
	! systemctl --quiet kill --kill-whom=main --signal="$2" "$1" || hit[$1/$2]=yes
}

# all_hit: whatever was to be sent was sent at least once
all_hit() {
	local which
	for which in "${!hit[@]}"; do
		[[ ${hit[$which]} ]] || fail "nobody ever got $which"
	done
}

# One thing that can happen to the daemon or to journald.
mishap() {
	case $1 in
	kill) signal mydevd KILL ;;
	restart) systemctl restart mydevd ;;
	stop)
		signal mydevd STOP
		storm 300
		signal mydevd CONT
		;;
	journald-restart) systemctl restart systemd-journald ;;
	rotate) journalctl --rotate ;;
	clock) date --set '1 day' && sleep 0.1 && date --set '-1 day' ;;
	reexec) systemctl daemon-reexec ;;
	journald-kill) signal systemd-journald KILL ;;
	esac
}

# rounds MISHAP...: a storm, and at a random moment of it one of these
rounds() {
	local round n what
	for ((round = 1; round <= ROUNDS; round++)); do
		storm $((RANDOM % 200 + 20)) 3>&- &
		moment 300
		n=$((RANDOM % $# + 1))
		what=${!n}
		mishap "$what"
		wait $!
	done
	all_hit
	wait_until active
}

@test "killed at random moments of a storm" {
	modprobe mydev_virt
	systemctl start mydevd
	rounds kill
	assert_exactly_once "$(epoch)" "$(newest)"
}

@test "restarted, stopped until its socket overruns, and killed, with a socket buffer that is tiny" {
	override RestartSec=10ms ExecStart= "ExecStart=$(command -v mydevd) --journal --receive-buffer=1"
	modprobe mydev_virt
	systemctl start mydevd
	rounds kill restart stop
	assert_exactly_once "$(epoch)" "$(newest)"
}

@test "journald restarted at random moments of a storm" {
	modprobe mydev_virt
	systemctl start mydevd
	rounds journald-restart
	assert_exactly_once "$(epoch)" "$(newest)"
}

@test "journald killed at random moments of a storm, and the daemon, too" {
	modprobe mydev_virt
	systemctl start mydevd
	rounds journald-kill journald-kill kill
	assert_exactly_once "$(epoch)" "$(newest)"
}

@test "the journal rotated, the clock set, and the service manager executed anew, and the daemon killed" {
	modprobe mydev_virt
	systemctl start mydevd
	rounds rotate clock reexec kill
	assert_exactly_once "$(epoch)" "$(newest)"
}

@test "the module loaded anew in between, and the daemon killed" {
	local n epochs=() lasts=()
	systemctl start mydevd
	for ((n = 0; n < ROUNDS / 5 + 1; n++)); do
		modprobe mydev event_log=131072
		modprobe mydev_virt devices=3
		storm $((RANDOM % 100 + 20)) 3>&- &
		moment 200
		mishap kill
		wait $!
		epochs+=("$(epoch)")
		# Three removals follow, and the daemon is told of the end of the load only after them.
		lasts+=($(($(newest) + 3)))
		wait_until active
		rmmod mydev_virt
		wait_until complete "${epochs[-1]}" "${lasts[-1]}"
		modprobe -r mydev
	done
	all_hit
	for n in "${!epochs[@]}"; do
		assert_exactly_once "${epochs[n]}" "${lasts[n]}"
	done
}

@test "events of a hard interrupt, with the daemon killed" {
	modprobe -r mydev
	modprobe mydev event_log=131072 rx_size=4096
	modprobe mydev_virt devices=8 pattern_interval_us=500 pattern_bytes=4096
	systemctl start mydevd
	check <<-'EOF' &
		with open("/run/mydev-reading", "w"):
		    pass
		family = Family()
		for n in range(8):
		    family.do("dev-set", id=n, rx_policy=DROP, watermark=1000)
		fds = [os.open(f"/dev/mydev{n}", O_RDONLY | O_NONBLOCK) for n in range(8)]
		while os.path.exists("/run/mydev-reading"):
		    for fd in fds:
		        try:
		            read(fd, 65536)
		        except BlockingIOError:
		            pass
		    time.sleep(0.02)
	EOF
	local n reader=$!
	wait_until test -e /run/mydev-reading
	for ((n = 0; n < ROUNDS; n++)); do
		moment 400
		mishap kill
	done
	rm /run/mydev-reading
	wait "$reader"
	all_hit
	rmmod mydev_virt
	wait_until active
	assert_exactly_once "$(epoch)" "$(newest)"
	logged MYDEV_EVENT=overrun-begin
	logged MYDEV_EVENT=watermark
}

@test "a storm that journald is too slow for does not make the daemon grow" {
	local before after journald storming
	# Its own memory; the journal's files, which it has mapped to read its records back, are not.
	memory() {
		awk '/^RssAnon:/ { print $2 }' "/proc/$(unit MainPID)/status"
	}
	modprobe mydev_virt
	systemctl start mydevd
	storm 500
	wait_until caught_up
	before=$(memory)
	journald=$(systemctl show --property=MainPID --value systemd-journald)
	storm 5000 3>&- &
	storming=$!
	kill -STOP "$journald"
	wait "$storming"
	after=$(memory)
	kill -CONT "$journald"
	echo "# own memory: $before KiB before, $after KiB while 5000 events waited" >&3
	((after - before < 512))
	assert_exactly_once "$(epoch)" "$(newest)"
}
