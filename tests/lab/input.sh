# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A guest whose scenario is "input": what its devices get, against what it says. Source it
# after testing.sh.

input_seen=0

# input_uml_args GUEST : User Mode Linux' arguments for them, one a line.
input_uml_args() {
	local socket
	for socket in "$mulliond_dir/$1"/*.sock; do
		case $socket in
		*/gpu.sock | */agent.sock) ;;
		*) printf '%s\n' "virtio_uml.device=$socket:18" ;;
		esac
	done
}

# input_lines : what the guest said of its devices so far: whole lines.
input_lines() {
	perl -ne 'print if s/^guest: (?=(touch|pointer|keyboard|mouse|keys)\d* )//' "$guest_console" | tr -d '\r'
}

# input_has COUNT : it said so many more than at the last input_expect.
input_has() {
	pid_alive "$guest_pid" || fail "the VM ended"
	[ "$(input_lines | wc -l)" -ge $((input_seen + $1)) ]
}

# input_expect WHAT FILE : of its devices it says the lines of FILE next, and no others.
input_expect() {
	local what=$1 expected=$2 n
	n=$(wc -l <"$expected")
	wait_until 60 input_has "$n" || { input_diff "$expected"; fail "$what: not all arrived"; }
	input_diff "$expected" || fail "$what: not what was sent"
	input_seen=$((input_seen + n))
	checked "$what: $n frames"
}

input_diff() { diff "$1" <(input_lines | tail -n "+$((input_seen + 1))") | head -n 20 >&2 && [ "${PIPESTATUS[0]}" = 0 ]; }

# input_expect_lines WHAT LINE...
input_expect_lines() {
	local what=$1
	shift
	printf '%s\n' "$@" >"$lab_tmp/expected.lines"
	input_expect "$what" "$lab_tmp/expected.lines"
}

# input_down GUEST : a finger of touch0 and the keyboard's A are down, until the end of
# input_holder, which holds them.
input_down() {
	{
		printf 'A: %s 0 32767\n' 35 36
		printf 'E: 0.0 %s\n' '3 39 1' '3 35 100' '3 36 200' '0 0 0'
		printf 'E: 7200.0 %s\n' '3 39 -1' '0 0 0'
	} >"$lab_tmp/finger"
	printf 'E: %s\n' '0.0 1 1e 1' '0.0 0 0 0' '7200.0 1 1e 0' '7200.0 0 0 0' >"$lab_tmp/key"
	input_holders=()
	local what
	for what in finger key; do
		lab_start "$lab_tmp/$what.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
			input "$1" play "$lab_tmp/$what"
		input_holders+=("$lab_pid")
	done
}
