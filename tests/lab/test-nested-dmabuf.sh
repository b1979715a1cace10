#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Pictures without a copy: a Mullion inside a Mullion guest, whose render node is
# a real one. What is tested there is in guest/nested; User Mode Linux boots it.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq
mulliond_config headless
mulliond_guest nested 1 1024x768
mulliond_start

lab_programs="$build_dir/daemon/mulliond $build_dir/daemon/mullion-guest
	$build_dir/daemon/mullion-render $build_dir/tools/mullionctl
	$build_dir/tests/lab/keeper $build_dir/tests/lab/vmm-shell $build_dir/tests/lab/check-area
	$build_dir/tests/lab/same-file"
guest_initrd "$lab_tmp/initrd.cpio" nested "LAB_ROOT=$(guest_root)/root" "LAB_OUT=$lab_tmp" ||
	fail "no guest"
uml_start nested "$lab_tmp/initrd.cpio" "$(gpu_uml_args nested)"
wait_line "$guest_console" '^guest: (nested: passed|FAILED: )' 240 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
# Its logs come after that line.
wait_line "$guest_console" '^guest: end' 20 "$guest_pid"
grep -qa '^guest: nested: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
mulliond_check_end
