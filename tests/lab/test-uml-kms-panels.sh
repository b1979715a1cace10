#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Touch screens over three heads of a virtio-gpu, in User Mode Linux. What is tested there is
# in guest/kms-panels.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq
mulliond_config headless
mulliond_guest screens 3 800x600 "renderer = pixman"
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $lab_dir/guest/kms-seat
	$build_dir/tests/lab/uinput $build_dir/tests/lab/fingers"
guest_initrd "$lab_tmp/initrd.cpio" kms-panels "LAB_ROOT=$(guest_root)/root" LAB_HEADS=3 ||
	fail "no guest"
uml_start screens "$lab_tmp/initrd.cpio" "$(gpu_uml_args screens)"
wait_line "$guest_console" '^guest: (panels: passed|FAILED: )' 100 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
grep -qa '^guest: panels: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
mulliond_check_end
