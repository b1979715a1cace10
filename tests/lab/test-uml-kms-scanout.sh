#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor on a virtio-gpu that renders, in User Mode Linux: what Mesa's clients draw
# is scanned out as it is, and the mulliond that serves the screen shows it.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq

# area X Y WIDTH HEIGHT COLOUR : that part of the screen has it.
area() {
	"$build_dir/tests/lab/check-area" "$lab_tmp/screen.png" "$1" "$2" "$3" "$4" colour "$5" \
		>"$lab_tmp/area.log"
}

# upright : weston-simple-egl's triangle, which turns, stands on its side: where its tip is it
# is narrow, where its foot is it is not.
upright() {
	mullionctl screenshot screen 0 "$lab_tmp/screen.png" >/dev/null 2>&1 &&
		area 0 0 150 600 000000 && area 300 165 40 10 000000 &&
		! area 392 430 16 8 000000
}

mulliond_config headless
mulliond_guest screen 1 800x600
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $build_dir/tools/mullionctl
	$build_dir/tests/lab/fences $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" kms-scanout "LAB_ROOT=$(guest_root)/root" "LAB_OUT=$lab_tmp" ||
	fail "no guest"
uml_start screen "$lab_tmp/initrd.cpio" "$(gpu_uml_args screen)"
guest_says '^guest: kms-scanout: weston-simple-egl: ' 100 "a client of GL's on the plane"
wait_until 60 upright || fail "not upright: $(cat "$lab_tmp/area.log")"
checked "$(sed -n 's/^guest: kms-scanout: \(weston.*\)/\1/p' "$guest_console" | tr -d '\r'), upright"
touch "$lab_tmp/seen"
guest_says '^guest: kms-scanout: passed' 120 "glmark2 on the plane"
for client in weston-simple-dmabuf-feedback weston-simple-dmabuf-egl fences glmark2; do
	checked "$(sed -n "s/^guest: kms-scanout: \($client.*\)/\1/p" "$guest_console" | tr -d '\r')"
done
lab_stop "$guest_pid"
mulliond_check_end
