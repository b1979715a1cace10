#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ./demo --guest containers: three programs draw, and their shares are told.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway bwrap glmark2-es2-wayland
unset WAYLAND_DISPLAY
out=$lab_tmp/out log=$lab_tmp/demo.log
mkdir "$out"
touch "$out/guest-console.log" "$out/head-0.png" "$out/demo.qemu.log" "$out/of-others.txt"
"$top_dir/demo" --guest containers --seconds 5 --out "$out" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
cp "$out"/* "$lab_tmp/" 2>/dev/null
[ "$status" = 0 ] || fail "./demo ended with status $status"
checked "./demo ended with status 0"
[ "$(cd "$out" && echo *)" = "containers.png mulliond.log of-others.txt sway.log timeline.json timeline.svg" ] ||
	fail "not this run's files: $(cd "$out" && echo *)"
checked "its files are there, and no earlier run's"

for line in 'one +1 +14\.3' 'two +2 +28\.6' 'four +4 +57\.1'; do
	grep -qE "^$line % +[1-9][0-9]*\.[0-9] % +[1-9][0-9]*\$" "$log" || fail "no line of ${line%% *}"
done
checked "each has its share"
# A picture of nothing is a few kilobytes.
[ "$(stat -c %s "$out/containers.png")" -gt 20000 ] || fail "the windows show nothing"
checked "the picture shows something"
[ "$(jq -r '[.. | strings | select(. == "one" or . == "two" or . == "four")] | unique | length' \
	"$out/timeline.json")" = 3 ] || fail "the timeline lacks a guest"
for name in one two four; do
	grep -q ">$name<" "$out/timeline.svg" || fail "the picture of the timeline lacks $name"
done
checked "the timeline has all three"
! grep -aE 'ERROR: [A-Za-z]*Sanitizer|runtime error|Assertion' "$out/mulliond.log" ||
	fail "a complaint in mulliond.log"
checked "no complaint in mulliond.log"
