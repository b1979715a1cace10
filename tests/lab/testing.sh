# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the lab share. Each is a script of its own that runs the
# programs of $MULLION_BUILD_ROOT, says what it checked, and ends with 0, with 1
# and its logs in meson-logs/lab/NAME, or with 77 and why it was skipped.

: "${MULLION_BUILD_ROOT:?the build directory}"
lab_name=${MULLION_TEST_NAME:-$(basename "$0" .sh)}
lab_dir=$(cd "$(dirname "$0")" && pwd)
. "$lab_dir/lib.sh"
. "$lab_dir/guest.sh"
. "$lab_dir/compositor.sh"
. "$lab_dir/daemon.sh"

# test_begin COMMAND... : the commands are those that it needs.
test_begin() {
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "$command is not installed: run tools/setup"
	done
	build_dir=$MULLION_BUILD_ROOT
	test_logs=$build_dir/meson-logs/lab/$lab_name
	rm -rf "$test_logs"
	lab_begin
	trap test_end EXIT
}

skip() {
	say "skipped: $*"
	exit 77
}

checked() { say "checked: $*"; }

fail() {
	warn "FAILED: $*"
	exit 1
}

# User Mode Linux 6.1 has once stopped itself so, in its scheduler; it is not known why. One
# test that meets it twice fails, and so does any other panic.
test_arguments=("$@")
kernel_stopped() {
	grep -aqs '^bad: scheduling from the idle thread!' "$lab_tmp"/*.console
}

test_end() {
	local status=$? log
	if [ $status != 0 ] && [ $status != 77 ]; then
		mkdir -p "$test_logs"
		for log in "$lab_tmp"/*.{log,console,png,conf}; do
			[ -f "$log" ] || continue
			cp "$log" "$test_logs/"
			case $log in
			*.log | *.console) warn "end of $(basename "$log"):"; tail -n 12 "$log" >&2 ;;
			esac
		done
		warn "all logs are in $test_logs"
	fi
	if [ $status = 1 ] && [ -z "${MULLION_TEST_AGAIN:-}" ] && kernel_stopped; then
		warn "User Mode Linux stopped itself: once more"
		( lab_end )
		MULLION_TEST_AGAIN=yes exec "$0" "${test_arguments[@]}"
	fi
	( exit $status )
	lab_end
}

number_random() {
	echo $((10000000 + $(od -An -N4 -tu4 /dev/urandom) % 90000000))
}

# guest_says REGEX SECONDS WHAT : waits for a line of the guest's console.
guest_says() {
	wait_line "$guest_console" "$1" "$2" "$guest_pid" || fail "$3: not within $2 s"
}

# console_count REGEX : how many lines of the console match.
console_count() { grep -acE -- "$1" "$guest_console"; }

# numbers_show NUMBER FIRST HEADS : each head shows it, the first on output FIRST.
numbers_show() {
	local number=$1 first=$2 heads=$3 head
	for ((head = 0; head < heads; head++)); do
		sway_screenshot $((first + head)) "$lab_tmp/output-$((first + head)).png" 2>/dev/null &&
			[ "$("$build_dir/tests/lab/read-number" "$lab_tmp/output-$((first + head)).png" \
				2>/dev/null)" = "$number $head" ] || return 1
	done
}

# window_is APP_ID WIDTHxHEIGHT : sway has it, so large.
window_is() { sway_windows | grep -q "^$1 $2 "; }

# frames_of GUEST HEAD
frames_of() { head_value "$1" "$2" frames_presented; }

# frames_grow GUEST HEAD FROM
frames_grow() { [ "$(frames_of "$1" "$2")" -gt "$3" ]; }

# mulliond_check_end : it ends when told to, without a complaint of a sanitizer.
mulliond_check_end() {
	lab_stop "$mulliond_pid"
	[ "$lab_status" = 0 ] || fail "mulliond ended with status $lab_status"
	! grep -aE 'ERROR: [A-Za-z]*Sanitizer|runtime error|Assertion' "$lab_tmp/mulliond.log" ||
		fail "a program of ours complains in mulliond.log"
	checked "mulliond ended with status 0, no complaint in its log"
}
