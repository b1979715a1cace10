#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A guest's life in QEMU with GL running on two heads: paused and resumed, its
# processes killed, rebooted, killed, and started again by a new QEMU.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway qemu-system-x86_64
sway_start 1024x768 mullion.life.0 mullion.life.1
mulliond_config wayland
mulliond_guest life 2 1024x768
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"
accel=$(accel_choose auto)

# boot NAME : a QEMU with a number of its own, until both heads show it.
boot() {
	local name=$1 gpu
	number=$(number_random)
	lab_programs=$build_dir/tests/lab/number
	guest_initrd "$lab_tmp/$name.cpio" desktop LAB_HEADS=2 "LAB_NUMBER=$number" || fail "no guest"
	mapfile -t gpu < <(gpu_qemu_args life 2)
	guest_reboots=yes qemu_start "$name" "$accel" "$lab_tmp/$name.cpio" "${gpu[@]}"
	guest_draws 1
}

# guest_draws TIMES : since QEMU was started the guest has begun to draw so often.
guest_draws() {
	wait_until 180 has_begun_to_draw "$1" || fail "the guest did not draw on both heads"
	wait_until 60 numbers_show "$number" 0 2 || fail "the number $number is not on both outputs"
}

has_begun_to_draw() {
	pid_alive "$guest_pid" || fail "QEMU ended"
	[ "$(console_count '^guest: head 0: first frame')" -ge "$1" ] &&
		[ "$(console_count '^guest: head 1: first frame')" -ge "$1" ]
}

state_is() { [ "$(guest_value life state)" = "$1" ]; }
descriptors() { find "/proc/$mulliond_pid/fd" -mindepth 1 -printf '%l\n' 2>/dev/null | sed 's/:\[.*\]//' | sort | uniq -c; }
children() { cat "/proc/$mulliond_pid/task/$mulliond_pid/children"; }

windows_are_there() { window_is mullion.life.0 1024x768 && window_is mullion.life.1 1024x768; }
# A guest's windows stay for the next VMM, without its picture.
windows_are_blank() {
	local output
	windows_are_there || return 1
	for output in 0 1; do
		sway_screenshot $output "$lab_tmp/output-$output.png" || return 1
		! "$build_dir/tests/lab/read-number" "$lab_tmp/output-$output.png" >/dev/null 2>&1 || return 1
	done
}

wait_until 10 state_is waiting || fail "mulliond says $(guest_value life state) before any VMM came"
wait_until 10 windows_are_there || fail "no windows of 1024x768: $(sway_windows)"
descriptors_before=$(descriptors)
boot first
checked "both outputs show the guest's number $number"
[ -z "$(guest_value life trouble)" ] || fail "mulliond says trouble: $(guest_value life trouble)"
! grep -a 'warning:' "$lab_tmp/mulliond.log" || fail "warnings in mulliond.log"
checked "no trouble and no warning"

qemu_monitor stop
wait_until 10 state_is paused || fail "QEMU was told to stop, mulliond says $(guest_value life state)"
numbers_show "$number" 0 2 || fail "the picture went when the guest was paused"
frames=("$(frames_of life 0)" "$(frames_of life 1)")
qemu_monitor cont
wait_until 10 state_is running || fail "QEMU was told to go on, mulliond says $(guest_value life state)"
for head in 0 1; do
	wait_until 30 frames_grow life $head $((frames[head] + 5)) || fail "no frames on head $head after the pause"
done
checked "paused: the pictures stay; resumed: frames go on"

is_another() { # NAME PID
	local pid
	pid=$(guest_value life "$1")
	[ -n "$pid" ] && [ "$pid" != null ] && [ "$pid" != "$2" ]
}

pid=$(guest_value life guest_pid)
kill -KILL "$pid"
wait_until 10 is_another guest_pid "$pid" || fail "mullion-guest was killed, and no other took over"
for head in 0 1; do
	frames[head]=$(frames_of life $head)
	wait_until 30 frames_grow life $head $((frames[head] + 5)) || fail "no frames on head $head after that"
done
numbers_show "$number" 0 2 || fail "the picture went when mullion-guest was killed"
checked "mullion-guest killed: QEMU did not notice, frames go on"

pid=$(guest_value life render_pid)
kill -KILL "$pid"
wait_until 10 is_another render_pid "$pid" || fail "mullion-render was killed, and no other is there"
pid_alive "$guest_pid" || fail "QEMU ended"
checked "mullion-render killed: another one is there"

qemu_monitor system_reset
guest_draws 2
checked "reset: the guest boots again and both outputs show its number"

lab_stop "$guest_pid" KILL
wait_until 10 state_is waiting || fail "QEMU was killed, mulliond says $(guest_value life state)"
grep -aq 'life: the VMM is gone' "$lab_tmp/mulliond.log" || fail "mulliond does not say that the VMM is gone"
checked "QEMU killed: mulliond says that the VMM is gone"

nothing_is_left() {
	[ "$(descriptors)" = "$descriptors_before" ] && [ -z "$(children)" ] && windows_are_blank
}
if ! wait_until 20 nothing_is_left; then
	diff <(echo "$descriptors_before") <(descriptors)
	fail "left behind: processes '$(children)', windows '$(sway_windows)', descriptors as above"
fi
checked "nothing is left: no process, blank windows, the same $(awk '{ n += $1 } END { print n }' <<<"$descriptors_before") descriptors"

boot second
checked "a new QEMU: both outputs show the guest's number $number"
lab_stop "$guest_pid"
mulliond_check_end
