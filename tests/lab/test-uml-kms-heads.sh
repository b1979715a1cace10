#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-uml-kms-heads.sh LAB_UDEV=yes|no: mullion-compositor on a virtio-gpu with three heads, in
# User Mode Linux: a client's window on each, as the mulliond that serves it shows them; and heads
# that are unplugged and plugged in, of which udev tells, or the kernel where there is no udev.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq

# head_shows HEAD WIDTH HEIGHT : a white edge of the window in the middle, black around it.
head_shows() {
	local file=$lab_tmp/head-$1.png left=$((($2 - 250) / 2)) top=$((($3 - 250) / 2))
	mullionctl screenshot screens "$1" "$file" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-area" "$file" $((left + 1)) $((top + 1)) 240 15 colour ffffff >"$lab_tmp/area.log" &&
		"$build_dir/tests/lab/check-area" "$file" 0 0 $((left - 5)) "$3" colour 000000 >"$lab_tmp/area.log"
}

# shown HEAD [WIDTH HEIGHT]
shown() {
	wait_until 20 head_shows "$1" "${2:-800}" "${3:-600}" || fail "head $1: $(cat "$lab_tmp/area.log")"
}

# said N PATTERN : the compositor's log has had it N times.
said() {
	wait_until 20 eval "[ \"\$(console_count '^guest: log: .*$2')\" -ge $1 ]" || fail "not said $1 times: $2"
}

mulliond_config headless
mulliond_guest screens 3 800x600 "renderer = pixman"
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" kms-heads "LAB_ROOT=$(guest_root)/root" LAB_HEADS=3 "$1" ||
	fail "no guest"
uml_start screens "$lab_tmp/initrd.cpio" "$(gpu_uml_args screens)"
guest_says '^guest: kms-heads: windows' 100 "three windows"
for head in 0 1 2; do
	shown $head
	checked "head $head: a window in the middle, black around it"
done

said 1 'screens: Virtual-2 800x600 Virtual-3 800x600 Virtual-4 800x600'
said 1 'screen Virtual-3: PNP.MUL., screens-1, '
checked "who made them, by their EDIDs"
mullionctl head set screens 1 off || fail "head off"
said 1 'screen Virtual-3 is gone'
said 1 'screens: Virtual-2 800x600 Virtual-4 800x600'
shown 0
shown 2
checked "a head is unplugged: the others stay"
mullionctl head set screens 1 800x600 || fail "head on"
said 2 'screens: Virtual-2 800x600 Virtual-3 800x600 Virtual-4 800x600'
for head in 0 1 2; do shown $head; done
checked "and plugged in again: its window is back, the others stay"
mullionctl head set screens 0 640x480 || fail "head set"
said 1 'screens: Virtual-2 640x480 Virtual-3 800x600 Virtual-4 800x600'
shown 0 640 480
shown 1
checked "another screen in its place: the window is in its middle"
for ((width = 700; width < 740; width++)); do
	mullionctl head set screens 1 "${width}x500" || fail "head set"
	[ $((width % 4)) != 0 ] || mullionctl head set screens 2 off || fail "head off"
	[ $((width % 4)) != 2 ] || mullionctl head set screens 2 800x600 || fail "head on"
done
said 1 'screen Virtual-3: 739x500'
shown 1 739 500
shown 2
checked "40 screens in its place, while another one comes and goes: the last ones count"
for head in 0 1 2; do mullionctl head set screens $head off || fail "head off"; done
said 1 'screens: none'
mullionctl head set screens 2 800x600 || fail "head on"
said 1 'screens: Virtual-4 800x600'
shown 2
checked "no screen at all, and one again"
[ "$(console_count '^guest: FAILED')" = 0 ] || fail "$(grep -a '^guest: FAILED' "$guest_console")"
[ "$(guest_value screens commands_refused)" = 0 ] || [ -z "$(guest_value screens commands_refused)" ] ||
	fail "mulliond refused commands"
checked "no command was refused"
lab_stop "$guest_pid"
mulliond_check_end
