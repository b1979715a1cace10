#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-demo.sh ARGUMENT...: ./demo with these arguments does the main job.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim
unset WAYLAND_DISPLAY
out=$lab_tmp/out log=$lab_tmp/demo.log
"$top_dir/demo" --out "$out" "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
cp "$out"/*.{log,png} "$lab_tmp/" 2>/dev/null
[ "$status" = 0 ] || fail "./demo ended with status $status"
checked "./demo ended with status 0"

number=$(sed -n 's/^demo: the number of this run is //p' "$log")
for head in 0 1; do
	read=$("$build_dir/tests/lab/read-number" "$out/head-$head.png" "$head") ||
		fail "no number in head-$head.png"
	[ "$read" = "$number $head" ] || fail "head-$head.png shows '$read', not '$number $head'"
done
checked "both pictures show the number $number"

grep -qE '^renderer: virgl \(.+\)$' "$log" || fail "the renderer is not virgl"
for head in 0 1; do
	grep -qE "^head $head: 1024x768, [1-9][0-9]* frames presented, [0-9.]+ fps\$" "$log" ||
		fail "no line about the frames of head $head"
done
grep -qxF "out: $out" "$log" || fail "no line about the pictures"
checked "the lines about renderer, heads and pictures"

! grep -aE 'ERROR: [A-Za-z]*Sanitizer|runtime error|Assertion|share=on' "$out/mulliond.log" ||
	fail "a complaint in mulliond.log"
checked "no complaint in mulliond.log"
