#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-uml-record.sh dumb|number: what the mainline driver sends is recorded, and
# traced, while it does; played without its VM it gives the pictures that the guest
# drew, in dumb buffers on either renderer, or in GL by Debian's Mesa on virgl.

set -u
. "$(dirname "$0")/testing.sh"
. "$lab_dir/record.sh"
program=$1

test_begin jq
number=$(number_random)
rec=$lab_tmp/guest.rec

# replay_on RENDERER FILE : the last picture of the recording, in $picture.
replay_on() {
	local name=$1-$(basename "$2" .rec)
	mkdir "$lab_tmp/$name"
	"$build_dir/tools/replay/mullion-replay" --renderer "$1" --png "$lab_tmp/$name" "$2" \
		>"$lab_tmp/replay-$name.log" 2>&1 || fail "$name does not play"
	grep -q ' commands, 0 refused (0 when recorded)' "$lab_tmp/replay-$name.log" ||
		fail "$name: refused commands"
	picture=$(ls "$lab_tmp/$name"/*.png) || fail "$name: no picture"
}

# plays_pattern RENDERER FILE
plays_pattern() {
	replay_on "$1" "$2"
	"$build_dir/tests/lab/check-pattern" "$picture" "$number" 0 640x480 >"$lab_tmp/pattern.log" ||
		fail "$(basename "$2") by $1: $(head -n 2 "$lab_tmp/pattern.log")"
	checked "$(basename "$2") played by $1: $(sed -n 's/.*png: //p' "$lab_tmp/pattern.log")"
}

# A recording that begins when all is drawn.
record_late() {
	lab_start "$lab_tmp/late.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
		record capture "$lab_tmp/late.rec"
	late_pid=$lab_pid
	wait_until 20 late_has_picture || fail "nothing is recorded of a guest that has drawn"
	lab_stop "$late_pid"
	[ "$lab_status" = 0 ] || fail "the late recorder ended with status $lab_status"
}
late_has_picture() { [ "$(stat -c %s "$lab_tmp/late.rec" 2>/dev/null || echo 0)" -gt $((640 * 480 * 4)) ]; }

case $program in
dumb) record_guest dumb "$rec" "LAB_NUMBER=$number" "renderer = pixman" ;;
number) record_guest number "$rec" "LAB_NUMBER=$number" ;;
esac
lab_start "$lab_tmp/trace.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" trace capture
trace_pid=$lab_pid

case $program in
dumb)
	guest_says '^guest: dumb: head 0: drawn' 60 "the guest drew"
	record_late
	;;
number)
	guest_says '^guest: head 0: GL_RENDERER virgl' 120 "GL on virgl"
	drawn() {
		mullionctl screenshot capture 0 "$lab_tmp/head.png" 2>/dev/null &&
			[ "$("$build_dir/tests/lab/read-number" "$lab_tmp/head.png" 2>/dev/null)" = "$number 0" ]
	}
	wait_until 90 drawn || fail "the number is not on the head"
	;;
esac
lab_stop "$guest_pid"
wait_until 30 record_ended || fail "the recorder goes on without its guest"
grep -aq ' commands, ' "$lab_tmp/record.log" || fail "the recorder failed"
checked "recorded: $(sed -n 's/.*rec: //p' "$lab_tmp/record.log")"
grep -aq '(end)$' "$lab_tmp/trace.log" || fail "the trace has no end"

case $program in
dumb)
	grep -aqE '  TRANSFER_TO_HOST_2D resource=[0-9]+ 640x480\+0\+0 offset=0' "$lab_tmp/trace.log" ||
		fail "no transfer in the trace"
	for renderer in pixman virgl; do
		plays_pattern $renderer "$rec"
		plays_pattern $renderer "$lab_tmp/late.rec"
	done
	;;
number)
	grep -aqE '^		DRAW_VBO start=[0-9]+ count=[0-9]+ mode=TRIANGLE' "$lab_tmp/trace.log" ||
		fail "no drawing in the trace"
	replay_on virgl "$rec"
	read=$("$build_dir/tests/lab/read-number" "$picture")
	[ "$read" = "$number 0" ] || fail "played by virgl, the picture says \"$read\", not $number"
	checked "played by virgl, the picture has the guest's number $number"
	;;
esac
mulliond_check_end
