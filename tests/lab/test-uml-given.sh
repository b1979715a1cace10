#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-uml-given.sh given|given-daemon: devices of a host that are given to guests, by
# backends/libinput alone or by mulliond: User Mode Linux with uinput is the host. What is
# tested there is in guest/.

set -u
. "$(dirname "$0")/testing.sh"

test_begin
lab_programs="$build_dir/tests/lab/uinput $lab_dir/guest/frames"
case $1 in
given) lab_programs+=" $build_dir/tests/lab/give" ;;
given-daemon)
	lab_programs+=" $build_dir/daemon/mulliond $build_dir/daemon/mullion-guest
		$build_dir/daemon/mullion-render $build_dir/tools/mullionctl $build_dir/tests/lab/feel"
	;;
esac
guest_initrd "$lab_tmp/initrd.cpio" "$1" "LAB_ROOT=$(guest_root)/root" || fail "no guest"
uml_start given "$lab_tmp/initrd.cpio"
wait_line "$guest_console" '^guest: (given: passed|FAILED: )' 150 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
wait_line "$guest_console" '^guest: end' 20 "$guest_pid"
grep -qa '^guest: given: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
