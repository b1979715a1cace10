#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Blobs without a copy, on a machine with /dev/udmabuf: User Mode Linux is one. What is
# tested there is in guest/blobs.

set -u
. "$(dirname "$0")/testing.sh"

test_begin
lab_programs="$build_dir/daemon/mulliond $build_dir/daemon/mullion-guest
	$build_dir/daemon/mullion-render $build_dir/tools/mullionctl $build_dir/tests/lab/screen
	$build_dir/tests/lab/vmm-shell $build_dir/tests/lab/check-area"
guest_initrd "$lab_tmp/initrd.cpio" blobs "LAB_ROOT=$(guest_root)/root" "LAB_OUT=$lab_tmp" ||
	fail "no guest"
uml_start blobs "$lab_tmp/initrd.cpio"
wait_line "$guest_console" '^guest: (blobs: passed|FAILED: )' 120 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
wait_line "$guest_console" '^guest: end' 20 "$guest_pid"
grep -qa '^guest: blobs: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
