#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor beside sway on the same screen: vkms in User Mode Linux, seatd, the same
# clients.
#   bench-compositor.sh [FRAMES [NAME...]]   FRAMES of each client (600); NAMEs such as mullion-pixman
#                                   mullion-gl sway-pixman sway-gles2 (these four)
# tests/bench/run --compositor calls it.

set -u
. "$(dirname "$0")/testing.sh"

frames=${1:-600}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- mullion-pixman mullion-gl sway-pixman sway-gles2
test_begin
lab_programs="$build_dir/compositor/mullion-compositor $build_dir/tests/bench/beat
	$build_dir/tests/bench/first-flip $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" bench-compositor "LAB_ROOT=$(guest_root)/root" \
	"LAB_FRAMES=$frames" "LAB_COMPOSITORS='$*'" || fail "no guest"
uml_start bench "$lab_tmp/initrd.cpio"
wait_line "$guest_console" '^guest: (bench: end|FAILED: )' $((120 + $# * (frames / 8 + 60))) "$guest_pid"
tr -d '\r' <"$guest_console" | sed -n 's/^guest: \(bench\|FAILED\): //p'
lab_stop "$guest_pid"
