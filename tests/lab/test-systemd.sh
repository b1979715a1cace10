#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mulliond.service under Debian 12's systemd, in a QEMU guest. What is tested there
# is in guest/service-test.

set -u
. "$(dirname "$0")/testing.sh"

test_begin qemu-system-x86_64 meson cpio
accel=$(accel_choose auto)
install_archive bin lib libexec

lab_programs="$lab_tmp/tree.tar $lab_dir/guest/service-test $lab_dir/guest/services $build_dir/tests/lab/vmm-shell
	$build_dir/tests/lab/check-area"
guest_initrd "$lab_tmp/initrd.cpio" systemd LAB_TREE=tree.tar LAB_TEST=service-test || fail "no guest"
qemu_start systemd "$accel" "$lab_tmp/initrd.cpio"
wait_line "$guest_console" '^guest: (systemd: passed|FAILED: )' 400 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
wait_line "$guest_console" '^guest: end' 30 "$guest_pid"
grep -qa '^guest: systemd: passed' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
