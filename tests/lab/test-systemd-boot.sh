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
DESTDIR=$lab_tmp/dest meson install -C "$build_dir" --no-rebuild --strip --quiet >"$lab_tmp/install.log" 2>&1 ||
	fail "meson install"
unit=$(find "$lab_tmp/dest" -path '*/systemd/system/mullion-compositor.service')
[ -n "$unit" ] || fail "no unit was installed"
prefix=${unit%/lib/systemd/system/mullion-compositor.service}
[ "${prefix#"$lab_tmp/dest"}" = /usr/local ] || skip "the build's prefix is not /usr/local"
tar -C "$prefix" -cf "$lab_tmp/tree.tar" bin lib libexec

# photographed COLOUR : the screen as QEMU has it.
photographed() {
	qemu_monitor "screendump $lab_tmp/screen.png -f png"
	"$build_dir/tests/lab/check-area" "$lab_tmp/screen.png" 0 0 1280 800 colour "$1" \
		>"$lab_tmp/check.log" 2>&1
}

lab_programs="$lab_tmp/tree.tar $lab_dir/guest/boot-test $build_dir/tests/lab/vmm-shell
	$build_dir/tests/lab/check-area"
guest_initrd "$lab_tmp/initrd.cpio" systemd LAB_TREE=tree.tar LAB_TEST=boot-test || fail "no guest"
qemu_start boot "$accel" "$lab_tmp/initrd.cpio" -device virtio-gpu-pci
wait_line "$guest_console" '^guest: (boot: shown|FAILED: |end)' 400 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
grep -qa '^guest: boot: shown' "$guest_console" ||
	wait_line "$guest_console" '^guest: end' 30 "$guest_pid"
grep -qa '^guest: boot: shown' "$guest_console" ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
wait_until 30 photographed ff8000 || fail "the screen shows something else: $(cat "$lab_tmp/check.log")"
checked "QEMU's screen has the guest's picture"
lab_stop "$guest_pid"
