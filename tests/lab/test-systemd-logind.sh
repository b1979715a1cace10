#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor with its screen and its keyboard from logind, under Debian 12's systemd
# in a QEMU guest: QEMU photographs the screen and presses keys. What is tested there is in
# guest/logind-test.

set -u
. "$(dirname "$0")/testing.sh"

test_begin qemu-system-x86_64 meson cpio
accel=$(accel_choose auto)
install_archive bin lib libexec

shows() { wait_until 60 qemu_shows "$@" || fail "the screen shows something else: $(cat "$lab_tmp/check.log")"; }

# told WHAT : the guest says so.
told() {
	wait_line "$guest_console" "^guest: (logind: $1|FAILED: |end)" 400 "$guest_pid"
	grep -qa "^guest: logind: $1" "$guest_console" && return
	wait_line "$guest_console" '^guest: end' 30 "$guest_pid"
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
}

lab_programs="$lab_tmp/tree.tar $lab_dir/guest/logind-test $lab_dir/guest/services"
guest_initrd "$lab_tmp/initrd.cpio" systemd LAB_TREE=tree.tar LAB_TEST=logind-test || fail "no guest"
qemu_start logind "$accel" "$lab_tmp/initrd.cpio" -device virtio-gpu-pci
for n in 1 2; do
	told "shown $n"
	shows 336699
	qemu_monitor "sendkey ctrl-alt-f2"
	told "away $n"
	shows 000000 400 400
	qemu_monitor "sendkey ctrl-alt-f1"
done
told "shown 3"
shows 336699
checked "QEMU's screen: the same picture after another terminal's"
told again
shows 336699
told user
shows 804020
checked "QEMU's screen: a compositor of a user's who is logged in"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
lab_stop "$guest_pid"
