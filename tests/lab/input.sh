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

# by_device : lines of each device in their order. Between devices there is none.
by_device() { sort -s -k 1,1; }

# input_expect WHAT LINE... : of its devices it says these lines next, and no others.
input_expect() {
	local what=$1 said
	shift
	input_skip $#
	said=$(input_said $# | by_device)
	[ "$said" = "$(printf '%s\n' "$@" | by_device)" ] || fail "$what: $said"
	checked "$what"
}

# input_skip COUNT : as many lines that are not looked at.
input_skip() {
	wait_until 60 input_has "$1" || fail "no $1 frames"
	input_seen=$((input_seen + $1))
}

# input_said COUNT : the last that were expected or skipped.
input_said() { input_lines | head -n "$input_seen" | tail -n "$1"; }

# input_gestures_start GUEST FRAMES : ten fingers at random, at 100 Hz; the first of touch0.
input_gestures_start() {
	python3 "$lab_dir/gestures.py" "$2" 100 "$lab_tmp/gestures" "$lab_tmp/expected" ||
		fail "gestures.py"
	lab_start "$lab_tmp/player.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
		input "$1" play "$lab_tmp/gestures"
}

# input_gestures_end WHAT : all of it arrived, but that motion may be within the next.
input_gestures_end() {
	local last frames
	last=$(tail -n 1 "$lab_tmp/expected")
	all_came() { input_lines | tail -n 1 | grep -qxF "$last"; }
	wait_until 60 all_came || fail "$1: the last line is $(input_lines | tail -n 1)"
	input_lines | tail -n "+$((input_seen + 1))" >"$lab_tmp/actual"
	input_seen=$((input_seen + $(wc -l <"$lab_tmp/actual")))
	frames=$(python3 "$lab_dir/same-frames.py" "$lab_tmp/expected" "$lab_tmp/actual") || fail "$1"
	checked "$1: $frames"
}

# input_held GUEST : a finger of touch0 and the keyboard's A are down in the guest; the
# processes in input_holders hold them.
input_held() {
	local what
	{
		printf 'A: %s 0 32767\n' 35 36
		printf 'E: 0.0 %s\n' '3 39 1' '3 35 100' '3 36 200' '0 0 0'
		printf 'E: 7200.0 %s\n' '3 39 -1' '0 0 0'
	} >"$lab_tmp/finger"
	printf 'E: %s\n' '0.0 1 1e 1' '0.0 0 0 0' '7200.0 1 1e 0' '7200.0 0 0 0' >"$lab_tmp/key"
	input_holders=()
	for what in finger key; do
		lab_start "$lab_tmp/$what.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
			input "$1" play "$lab_tmp/$what"
		input_holders+=("$lab_pid")
	done
	input_skip 2
	input_said 2 | grep -q 'touch0 .*1/330=1' || fail "no finger is down"
	input_said 2 | grep -qx 'keyboard 1/30=1' || fail "no key is down"
}

# input_lifted WHAT : and now they are not.
input_lifted() {
	local lines
	input_skip 2
	lines=$(input_said 2 | sed 's/3\/47=[0-9]* //' | sort)
	[ "$lines" = "keyboard 1/30=0
touch0 3/57=-1 1/330=0" ] || fail "$1: $lines"
	checked "$1: finger and key are lifted"
}

input_release() {
	local pid
	for pid in "${input_holders[@]}"; do lab_stop "$pid" KILL; done
}

# input_deaths GUEST : with a finger and a key down mullionctl is killed, then mullion-guest.
input_deaths() {
	local pid lines
	input_held "$1"
	input_release
	input_lifted "mullionctl killed"
	input_held "$1"
	pid=$(guest_value "$1" guest_pid)
	kill -KILL "$pid"
	another_guest() {
		local now
		now=$(guest_value "$1" guest_pid)
		[ -n "$now" ] && [ "$now" != null ] && [ "$now" != "$2" ]
	}
	wait_until 20 another_guest "$1" "$pid" || fail "no other mullion-guest took over"
	input_lifted "mullion-guest killed"
	pid_alive "$guest_pid" || fail "the VM ended"
	input_release
	mullionctl input "$1" tap 0 300 200 || fail "tap"
	mullionctl input "$1" key KEY_A || fail "key"
	input_skip 4
	lines=$(input_said 4 | sed -E 's@3/47=[0-9]+ @@; s@(3/57)=[0-9]+@\1=ID@' | by_device)
	[ "$lines" = "keyboard 1/30=1
keyboard 1/30=0
touch0 3/57=ID 3/53=7692 3/54=8212 1/330=1 3/0=7692 3/1=8212
touch0 3/57=-1 1/330=0" ] || fail "new input after that: $lines"
	checked "new input arrives"
}
