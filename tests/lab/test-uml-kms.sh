#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-uml-kms.sh SCENARIO: mullion-compositor on vkms, in User Mode Linux, as that
# scenario in guest/ tests it.

set -u
. "$(dirname "$0")/testing.sh"

test_begin
lab_programs="$build_dir/compositor/mullion-compositor $lab_dir/guest/kms-seat"
case $1 in
kms) lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tools/mullionctl" ;;
kms-gl)
	lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tests/lab/scanout
		$build_dir/tests/lab/check-area $build_dir/tools/mullionctl"
	;;
kms-clients)
	lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tests/lab/uinput $lab_dir/guest/frames
		$build_dir/tools/mullionctl"
	;;
kms-fences)
	lab_programs+=" $build_dir/tests/lab/fences $build_dir/tests/lab/check-area $build_dir/tools/mullionctl"
	;;
kms-planes)
	lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tests/lab/scanout
		$build_dir/tests/lab/uinput $build_dir/tests/lab/check-area
		$build_dir/tests/lab/same-crc $build_dir/tools/mullionctl"
	;;
guest-memory)
	lab_programs+=" $build_dir/daemon/mulliond $build_dir/daemon/mullion-guest
		$build_dir/daemon/mullion-render $build_dir/tools/mullionctl $build_dir/tests/lab/vmm-shell
		$build_dir/tests/lab/check-area $build_dir/tests/lab/same-crc"
	;;
kms-taken)
	lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tests/lab/taker $build_dir/tests/lab/scanout
		$build_dir/tests/lab/uinput $lab_dir/guest/frames"
	;;
kms-input)
	lab_programs+=" $build_dir/daemon/mulliond $build_dir/daemon/mullion-guest
		$build_dir/daemon/mullion-render $build_dir/tests/lab/feel
		$build_dir/tests/lab/uinput $lab_dir/guest/frames"
	;;
kms-outputs | kms-turned) lab_programs+=" $build_dir/tests/lab/read-screen $build_dir/tests/bench/beat" ;;
esac
guest_initrd "$lab_tmp/initrd.cpio" "$1" "LAB_ROOT=$(guest_root)/root" || fail "no guest"
uml_start kms "$lab_tmp/initrd.cpio" vkms.enable_overlay=1
wait_line "$guest_console" '^guest: (kms: passed|FAILED: )' 200 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
wait_line "$guest_console" '^guest: end' 20 "$guest_pid"
grep -qa '^guest: kms: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
