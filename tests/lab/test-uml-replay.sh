#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-replay on a DRM render node, the one that a User Mode Linux guest of ours
# has: a recording plays there as it does on software.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq xz
mulliond_config headless
mulliond_guest replay 1 640x480
mulliond_start

# Others use what OpenGL on OpenGL in software has not: their sway was offered more.
xz -dc "$top_dir/tests/data/record/kmscube.rec.xz" >"$lab_tmp/kmscube.rec" || fail "no recording"
lab_programs="$build_dir/tools/replay/mullion-replay $lab_tmp/kmscube.rec"
guest_initrd "$lab_tmp/initrd.cpio" replay "LAB_ROOT=$(guest_root)/root" || fail "no guest"
uml_start replay "$lab_tmp/initrd.cpio" "$(gpu_uml_args replay)"
guest_says '^guest: replay: done' 240 "the recording played"
tr -d '\r' <"$guest_console" >"$lab_tmp/replay.log"
grep -aq '^guest: replay: on /dev/dri/renderD' "$lab_tmp/replay.log" || fail "no render node"
grep -aq '^guest: replay: .* 0 refused' "$lab_tmp/replay.log" || fail "not all of it was played"
sed -n 's/^guest: replay: \(head .*\)/\1/p' "$lab_tmp/replay.log" >"$lab_tmp/there.log"
"$build_dir/tools/replay/mullion-replay" --every 3 "$lab_tmp/kmscube.rec" | grep '^head' >"$lab_tmp/here.log"
[ "$(wc -l <"$lab_tmp/here.log")" -ge 10 ] || fail "no pictures on software"
cmp -s "$lab_tmp/here.log" "$lab_tmp/there.log" ||
	fail "other pictures: $(diff "$lab_tmp/here.log" "$lab_tmp/there.log" | head -n 4)"
checked "kmscube: $(wc -l <"$lab_tmp/there.log") pictures on the render node, the same as on software"
lab_stop "$guest_pid"
mulliond_check_end
