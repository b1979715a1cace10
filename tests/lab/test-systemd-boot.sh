#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor.service and mulliond.service under Debian 12's systemd, in a QEMU guest
# with QEMU's own virtio-gpu, whose screen QEMU photographs. What is tested there is in
# guest/boot-test.

set -u
. "$(dirname "$0")/testing.sh"

test_begin qemu-system-x86_64 meson cpio
accel=$(accel_choose auto)
install_archive bin lib libexec

lab_programs="$lab_tmp/tree.tar $lab_dir/guest/boot-test $lab_dir/guest/services $build_dir/tests/lab/vmm-shell
	$build_dir/tests/lab/check-area"
guest_initrd "$lab_tmp/initrd.cpio" systemd LAB_TREE=tree.tar LAB_TEST=boot-test || fail "no guest"
qemu_start boot "$accel" "$lab_tmp/initrd.cpio" -device virtio-gpu-pci
wait_line "$guest_console" '^guest: (boot: shown|FAILED: |end)' 400 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
grep -qa '^guest: boot: shown' "$guest_console" ||
	wait_line "$guest_console" '^guest: end' 30 "$guest_pid"
grep -qa '^guest: boot: shown' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
wait_until 30 qemu_shows ff8000 || fail "the screen shows something else: $(cat "$lab_tmp/check.log")"
checked "QEMU's screen has the guest's picture"
lab_stop "$guest_pid"
