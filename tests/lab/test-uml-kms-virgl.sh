#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor on a virtio-gpu that renders, in User Mode Linux: painted by GL, what
# clients draw by GL as well, as the mulliond that serves it shows it.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq

# area X Y WIDTH HEIGHT COLOUR : that part of the screen has it.
area() {
	mullionctl screenshot screen 0 "$lab_tmp/screen.png" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-area" "$lab_tmp/screen.png" "$1" "$2" "$3" "$4" colour "$5" >"$lab_tmp/area.log"
}

# shm_shown : the white edge of weston-simple-shm's window in the middle, black around it.
shm_shown() { area 276 176 240 15 ffffff && area 0 0 270 600 000000; }
# gl_shown : something that is not black in the middle, black around it.
gl_shown() { area 0 0 270 600 000000 && ! area 300 200 200 200 000000; }

mulliond_config headless
mulliond_guest screen 1 800x600
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $build_dir/tools/mullionctl
	$build_dir/tests/lab/check-area $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" kms-virgl "LAB_ROOT=$(guest_root)/root" "LAB_OUT=$lab_tmp" ||
	fail "no guest"
uml_start screen "$lab_tmp/initrd.cpio" "$(gpu_uml_args screen)"
guest_says '^guest: kms-virgl: painted by' 100 "GL in the guest"
checked "$(sed -n 's/^guest: kms-virgl: \(painted by.*\)/\1/p' "$guest_console" | tr -d '\r')"
guest_says '^guest: kms-virgl: shm' 60 "a window of shared memory"
wait_until 30 shm_shown || fail "shared memory: $(cat "$lab_tmp/area.log")"
checked "a client's shared memory, on the screen"
touch "$lab_tmp/shm-seen"
guest_says '^guest: kms-virgl: gl' 100 "a window drawn by GL"
wait_until 30 gl_shown || fail "GL: $(cat "$lab_tmp/area.log")"
checked "what a client drew by GL, on the screen: $(sed -n 's/^guest: kms-virgl: gl: //p' "$guest_console" | tr -d '\r')"
touch "$lab_tmp/gl-seen"
guest_says '^guest: kms-virgl: headless' 100 "a compositor without screens"
checked "the same GPU without a screen: a client's dma-buf, in a screenshot"
[ "$(console_count '^guest: FAILED')" = 0 ] || fail "$(grep -a '^guest: FAILED' "$guest_console")"
lab_stop "$guest_pid"
mulliond_check_end
