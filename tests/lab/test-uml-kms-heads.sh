#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor on a virtio-gpu with three heads, in User Mode Linux: a client's window
# on each, as the mulliond that serves it shows them.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq

# head_shows HEAD : a white edge of the window in the middle, black around it.
head_shows() {
	local file=$lab_tmp/head-$1.png
	mullionctl screenshot screens "$1" "$file" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-area" "$file" 276 176 240 15 colour ffffff >"$lab_tmp/area.log" &&
		"$build_dir/tests/lab/check-area" "$file" 0 0 270 600 colour 000000 >"$lab_tmp/area.log"
}

mulliond_config headless
mulliond_guest screens 3 800x600 "renderer = pixman"
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" kms-heads "LAB_ROOT=$(guest_root)/root" LAB_HEADS=3 ||
	fail "no guest"
uml_start screens "$lab_tmp/initrd.cpio" "$(gpu_uml_args screens)"
guest_says '^guest: kms-heads: windows' 100 "three windows"
for head in 0 1 2; do
	wait_until 20 head_shows $head || fail "head $head: $(cat "$lab_tmp/area.log")"
	checked "head $head: a window in the middle, black around it"
done
[ "$(guest_value screens commands_refused)" = 0 ] || [ -z "$(guest_value screens commands_refused)" ] ||
	fail "mulliond refused commands"
checked "no command was refused"
lab_stop "$guest_pid"
mulliond_check_end
