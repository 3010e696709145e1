# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the suites about mydevd share: a clean beginning for each test, what the journal has, what the kernel has, and
# the comparison of the two.

# shellcheck disable=SC2034 # for the tests
gap=5773dac7785f417fb1907fffbee31691

setup_file() {
	export BATS_TEST_TIMEOUT=$((300 * slowness))
}

# Each test begins without module and daemon, and sees only what is logged from then on.
setup() {
	unload_modules
	forget_journal
	systemctl reset-failed mydevd 2>/dev/null || true
	since=@$(date +%s.%6N)
}

teardown() {
	pkill -CONT -x systemd-journal || true
	rm -f /run/modprobe.d/mydev-test.conf
	if [[ -d /run/systemd/system/mydevd.service.d ]]; then
		rm -r /run/systemd/system/mydevd.service.d
		systemctl daemon-reload
	fi
}

# ---- What the tests are made of ----

# entries [MATCH]...: what mydevd logged in this test, one JSON object a line
entries() {
	journalctl --quiet --output=json --since="$since" SYSLOG_IDENTIFIER=mydevd _UID="$(id -u mydev)" "$@"
}

# messages [MATCH]...: without one, all of them
messages() {
	entries "$@" | jq -r .MESSAGE
}

logged() {
	[[ -n $(entries "$@") ]]
}

# The two sides of the comparison: every attribute of every event of the present load, in order.
kernel_events() {
	"$programs/kernel_events"
}

epoch() {
	kernel_events | sed -n '1s/.*MYDEV_EPOCH=\([^\t]*\).*/\1/p'
}

journal_events() {
	journalctl --quiet --output=json SYSLOG_IDENTIFIER=mydevd _UID="$(id -u mydev)" MYDEV_EPOCH="$(epoch)" |
		jq -r 'select(.MYDEV_SEQ) | to_entries | map(select(.key | startswith("MYDEV_"))) | sort_by(.key)
		       | map("\(.key)=\(.value)") | join("\t")'
}

caught_up() {
	local newest
	newest=$(kernel_events | tail -n 1 | grep -o 'MYDEV_SEQ=[0-9]*')
	logged MYDEV_EPOCH="$(epoch)" "$newest"
}

assert_each_event_is_logged_once() {
	wait_until caught_up
	diff <(kernel_events) <(journal_events)
}

unit() {
	systemctl show --property="$1" --value mydevd
}

active() {
	systemctl --quiet is-active mydevd
}

restarted() {
	active && (($(unit NRestarts) > ${1-0}))
}

# Settings of the service for this test.
override() {
	mkdir -p /run/systemd/system/mydevd.service.d
	printf '%s\n' '[Service]' "$@" >/run/systemd/system/mydevd.service.d/test.conf
	systemctl daemon-reload
}

storm() {
	"$programs/event_storm" mydev0 "$1"
}
