#!/bin/bash
# SPDX-License-Identifier: MIT
#
# sway on vkms with devices of uinput, in User Mode Linux: fingers on a guest's windows.
# What is tested there is in guest/seat.

set -u
. "$(dirname "$0")/testing.sh"

test_begin
lab_programs="$build_dir/tests/lab/windows $build_dir/tests/lab/uinput $lab_dir/guest/frames"
guest_initrd "$lab_tmp/initrd.cpio" seat "LAB_ROOT=$(guest_root)/root" || fail "no guest"
uml_start seat "$lab_tmp/initrd.cpio"
wait_line "$guest_console" '^guest: (seat: passed|FAILED: )' 300 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
wait_line "$guest_console" '^guest: end' 20 "$guest_pid"
grep -qa '^guest: seat: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
