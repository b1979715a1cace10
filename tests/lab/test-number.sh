#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-number.sh NUMBER READ-NUMBER: what one draws on two outputs of sway, the
# other reads from grim's pictures, and nothing else is taken for a number.

set -u
number=$1 read_number=$2
lab_name=test-number
lab_dir=$(cd "$(dirname "$0")" && pwd)
. "$lab_dir/lib.sh"
. "$lab_dir/compositor.sh"

reads() {
	"${sway_client[@]}" grim "${@:4}" -o "$1" - >"$lab_tmp/shot.png"
	[ "$("$read_number" "$lab_tmp/shot.png" "$2" 2>/dev/null)" = "$3" ]
}

lab_begin
sway_start 1024x768 number.0 number.1
! reads HEADLESS-1 0 "0 0" || die "found a number on an empty screen"
# A copy that nobody can run: the build may be where only root can read.
cp "$number" "$lab_tmp/number"
chmod 755 "$lab_tmp/number"
values=(0 4294967295)
for head in 0 1; do
	lab_start "$lab_tmp/number-$head.log" "${sway_client[@]}" LIBGL_ALWAYS_SOFTWARE=1 \
		"$lab_tmp/number" "${values[head]}" "$head"
	wait_line "$lab_tmp/number-$head.log" '^first frame' 30 "$lab_pid" ||
		die "no first frame on head $head: $(cat "$lab_tmp/number-$head.log")"
done
for head in 0 1; do
	wait_until 20 reads "HEADLESS-$((head + 1))" "$head" "${values[head]} $head" ||
		die "head $head does not show ${values[head]}"
	wait_until 20 reads "HEADLESS-$((head + 1))" "$head" "${values[head]} $head" -s 0.7 ||
		die "head $head scaled down does not show ${values[head]}"
done
! reads HEADLESS-1 1 "${values[1]} 1" || die "the number of head 1 was found on head 0"
say "passed"
