#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Two guests at once on one daemon and one compositor, one in User Mode Linux
# and one in QEMU: each window shows its own guest's picture, and goes on when
# the other guest ends.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway qemu-system-x86_64
numbers=("$(number_random)" "$(number_random)")
sway_start 1024x768 mullion.one.0 mullion.two.0 mullion.two.1
mulliond_config wayland
mulliond_guest one 1 1024x768
mulliond_guest two 2 1024x768
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

lab_programs=$build_dir/tests/lab/number
guest_initrd "$lab_tmp/one.cpio" desktop "LAB_ROOT=$(guest_root)/root" LAB_HEADS=1 \
	"LAB_NUMBER=${numbers[0]}" || fail "no guest"
guest_initrd "$lab_tmp/two.cpio" desktop LAB_HEADS=2 "LAB_NUMBER=${numbers[1]}" || fail "no guest"
mapfile -t two_gpu < <(gpu_qemu_args two 2)
qemu_start two "$(accel_choose auto)" "$lab_tmp/two.cpio" "${two_gpu[@]}"
two_pid=$guest_pid two_console=$guest_console
uml_start one "$lab_tmp/one.cpio" "$(gpu_uml_args one)"
one_pid=$guest_pid

guest_says '^guest: head 0: first frame' 120 "the first guest drew"
guest_console=$two_console guest_pid=$two_pid
for head in 0 1; do
	guest_says "^guest: head $head: first frame" 180 "the second guest drew on head $head"
done

each_shows_its_own() {
	numbers_show "${numbers[0]}" 0 1 && numbers_show "${numbers[1]}" 1 2
}
wait_until 60 each_shows_its_own || fail "not each window shows its own guest's number"
checked "guest one shows ${numbers[0]}, guest two shows ${numbers[1]} on both heads"

frames=("$(frames_of one 0)" "$(frames_of two 0)" "$(frames_of two 1)")
wait_until 30 frames_grow one 0 "${frames[0]}" || fail "no new frames of guest one"
wait_until 30 frames_grow two 0 "${frames[1]}" || fail "no new frames of guest two, head 0"
wait_until 30 frames_grow two 1 "${frames[2]}" || fail "no new frames of guest two, head 1"
checked "new frames on all three heads"

processes() { printf '%s\n' "$(guest_value "$1" guest_pid)" "$(guest_value "$1" render_pid)"; }
[ "$({ processes one; processes two; } | sort -u | wc -l)" = 4 ] ||
	fail "the guests do not have four processes of their own"
checked "each guest has a mullion-guest and a mullion-render of its own"

lab_stop "$one_pid" KILL
guest_is_waiting() { [ "$(guest_value one state)" = waiting ]; }
wait_until 10 guest_is_waiting || fail "guest one ended, mulliond says $(guest_value one state)"
frames[1]=$(frames_of two 0)
wait_until 30 frames_grow two 0 $((frames[1] + 5)) || fail "guest two stopped when guest one ended"
wait_until 30 numbers_show "${numbers[1]}" 1 2 || fail "guest two lost its picture when guest one ended"
checked "guest two goes on when guest one is killed"
lab_stop "$two_pid"
mulliond_check_end
