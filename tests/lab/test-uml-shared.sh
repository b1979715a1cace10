#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A VM with Linux's driver and a container's program want the GPU all the time: both get
# it, streams are cut, the VM's pictures are right, a change of weight is felt at once.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway glmark2-es2-wayland
number=$(number_random)
sway_start 1024x768 mullion.vm.0
mulliond_config wayland
mulliond_guest vm 1 1024x768
printf '%s\n' "[guest apps]" "type = container" >>"$lab_tmp/mulliond.conf"
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

# It draws into a texture, many small draws a frame: its window stays empty.
lab_start "$lab_tmp/hog.log" env WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir" \
	"$build_dir/tools/mullion-run" --socket "$mulliond_control" -- \
	glmark2-es2-wayland --off-screen -s 400x300 -b desktop:effect=shadow:windows=4:duration=3600
hog_pid=$lab_pid

# stats_value GUEST NAME
stats_value() { mullionctl stats --json | jq -r --arg guest "$1" --arg name "$2" '.guests[] | select(.name == $guest)[$name]'; }
# grows GUEST NAME FROM
grows() { [ "$(stats_value "$1" "$2")" -gt "$3" ]; }

# is_cut GUEST : since it was asked last, more chunks than whole streams went.
declare -A submissions chunks
is_cut() {
	local had_submissions=${submissions[$1]:-} had_chunks=${chunks[$1]:-}
	read -r "submissions[$1]" "chunks[$1]" < <(mullionctl stats --json | jq -r --arg guest "$1" \
		'.guests[] | select(.name == $guest) | "\(.submissions) \(.chunks)"')
	[ -n "$had_chunks" ] && [ $((chunks[$1] - had_chunks)) -gt $((submissions[$1] - had_submissions)) ]
}

wait_until 60 grows apps submissions 20 || fail "the program does not draw: $(tail -n 1 "$lab_tmp/hog.log")"
lab_programs=$build_dir/tests/lab/number
guest_initrd "$lab_tmp/vm.cpio" desktop "LAB_ROOT=$(guest_root)/root" LAB_HEADS=1 "LAB_NUMBER=$number" ||
	fail "no guest"
uml_start vm "$lab_tmp/vm.cpio" "$(gpu_uml_args vm)"
guest_says '^guest: head 0: first frame' 180 "the guest drew"
wait_until 120 numbers_show "$number" 0 1 || fail "the number $number is not on the output"
checked "the VM's picture beside a program that always draws"

# A chunk is then of one draw.
mullionctl set vm slice=100us && mullionctl set apps slice=100us || fail "no other slice"
wait_until 120 is_cut vm || fail "the VM's streams are not cut: ${chunks[vm]} chunks of ${submissions[vm]}"
wait_until 120 is_cut apps ||
	fail "the program's are not: ${chunks[apps]} chunks of ${submissions[apps]}: $(tail -n 1 "$lab_tmp/hog.log")"
checked "streams of both are cut"
from=$(stats_value apps submissions) frames=$(frames_of vm 0)
wait_until 60 grows apps submissions "$from" || fail "the program stands still"
wait_until 60 frames_grow vm 0 $((frames + 5)) || fail "the VM stands still"
checked "both go on"
mullionctl set vm weight=1000 cap=90% && mullionctl set apps reservation=2ms/20ms || fail "no other terms"
[ "$(stats_value vm weight)" = 1000 ] && [ "$(stats_value apps reservation_us)" = 2000 ] ||
	fail "other terms are not shown"
frames=$(frames_of vm 0)
wait_until 60 frames_grow vm 0 $((frames + 5)) || fail "the VM stands still with other terms"
lab_stop "$hog_pid" KILL
frames=$(frames_of vm 0)
wait_until 60 frames_grow vm 0 $((frames + 5)) || fail "the VM stands still alone"
wait_until 60 numbers_show "$number" 0 1 || fail "the number $number is gone"
checked "other terms, and alone again"
! grep -aE '\*ERROR\*|virtio_gpu.*response' "$guest_console" || fail "the guest's driver complains"
checked "no complaint of the guest's driver"
lab_stop "$guest_pid"
mulliond_check_end
