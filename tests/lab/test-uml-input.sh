#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Input devices with the mainline virtio_input driver, and evdev reading back what
# mullionctl sends: frame by frame, also over deaths of the guest's processes. What
# libinput's and evemu's tools record in the guest is played to it again.

set -u
. "$(dirname "$0")/testing.sh"
. "$lab_dir/input.sh"

test_begin jq python3
mulliond_config headless
mulliond_guest input 2 1280x800 "input = touch pointer keyboard mouse keys"
mulliond_start
lab_programs="$build_dir/tests/lab/read-input $build_dir/tests/lab/rings"
guest_initrd "$lab_tmp/initrd.cpio" input "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 || fail "no guest"
mapfile -t sockets < <(input_uml_args input)
[ ${#sockets[@]} = 7 ] || fail "sockets: ${sockets[*]}"
uml_start input "$lab_tmp/initrd.cpio" "$(gpu_uml_args input)" "${sockets[@]}"
guest_says '^guest: 7 devices' 120 "the guest has its devices"

described() { grep -aqF "guest: device $1" "$guest_console" || fail "no device $1: $(grep -a 'guest: device' "$guest_console")"; }
described 'touch0: "Mullion touch 0" 0006:4d75:0000 x 0..32767/'
described 'touch1: "Mullion touch 1" 0006:4d75:0001 x 0..32767/'
grep -aE 'guest: device touch[01]: .* slot 0\.\.15/0 mx 0\.\.32767/[0-9]+ turn -90\.\.90/0 direct' "$guest_console" |
	[ "$(wc -l)" = 2 ] || fail "the touch screens are not of direct touch, with 16 slots"
described 'pointer0: "Mullion pointer 0" 0006:4d75:0100 x 0..32767/'
described 'pointer1: "Mullion pointer 1" 0006:4d75:0101 x 0..32767/'
described 'keyboard: "Mullion keyboard" 0006:4d75:0200'
described 'mouse: "Mullion mouse" 0006:4d75:0300'
described 'keys: "Mullion keys" 0006:4d75:0400'
checked "seven devices, each by its name, serial and product"

mullionctl input input tap 1 640 400 || fail "tap"
input_expect "a tap on head 1" \
	"touch1 3/57=0 3/53=16396 3/54=16403 1/330=1 3/0=16396 3/1=16403" "touch1 3/57=-1 1/330=0"
mullionctl input input key KEY_LEFTSHIFT KEY_A || fail "key"
input_expect "keys" "keyboard 1/42=1" "keyboard 1/30=1" "keyboard 1/30=0" "keyboard 1/42=0"
data=$lab_dir/../data/input
mullionctl input input play --head 1 "$data/pointer.evemu" || fail "play"
input_expect "an absolute pointer" "pointer1 3/0=16384 3/1=32767" "pointer1 1/272=1" \
	"pointer1 3/0=0 1/272=0 2/11=-240 2/8=-2"
mullionctl input input play "$data/keyboard-and-mouse.yml" || fail "play"
input_expect "a keyboard and a mouse" "keyboard 1/29=1" "mouse 2/0=-3 2/1=4" \
	"mouse 2/11=120 2/8=1" "keyboard 1/29=0"
printf 'E: 0.0 %s\n' '2 7 -3' '0 0 0' '1 100 1' '0 0 0' '1 100 0' '0 0 0' >"$lab_tmp/knob"
sed -i '1i B: 02 80' "$lab_tmp/knob"
mullionctl input input play "$lab_tmp/knob" || fail "play"
input_expect "a knob" "keys 2/7=-3" "keys 1/256=1" "keys 1/256=0"

# -- ten fingers at random, while a renderer dies --

pid=$(guest_value input render_pid)
[ -n "$pid" ] || fail "there is no mullion-render"
input_gestures_start input 1000
wait_until 60 input_has 10 || fail "no fingers"
kill -KILL "$pid"
pid_alive "$lab_pid" || fail "that came too late: $(cat "$lab_tmp/player.log")"
render_died() { [ "$(guest_value input renderer_deaths)" = 1 ]; }
wait_until 10 render_died || fail "mulliond does not know of it"
input_gestures_end "ten fingers at 100 Hz, while mullion-render is killed"

# -- tools of others --

# What two fingers do next is nothing that the input core has already.
{
	printf 'A: %s 0 32767\n' 35 36
	printf 'E: 0.0 %s\n' '3 2f 0' '3 39 1' '3 35 1' '3 36 1' '3 30 1' '3 34 1' '3 2f 1' '3 39 2' \
		'3 35 2' '3 36 2' '3 30 2' '3 34 2' '0 0 0' '3 39 -1' '3 2f 0' '3 39 -1' '0 0 0'
} >"$lab_tmp/elsewhere"

# fingers FILE : plays it, and the lines that come of that, without identifiers, are in played.
fingers() {
	mullionctl input input play "$1" || fail "play $1"
	input_skip 3
	played=$(input_said 3 | sed -E 's@(3/57)=[0-9]+@\1=ID@g')
}

elsewhere() {
	mullionctl input input play "$lab_tmp/elsewhere" || fail "play"
	input_skip 2
}

# recorded TOOL KEY : it is what KEY has the guest record with.
recorded() {
	local tool=$1 n first
	n=$(console_count '^guest: recorded')
	elsewhere
	mullionctl input input key "$2" || fail "key"
	input_skip 2
	guest_says "^guest: records with $tool" 60 "$tool"
	fingers "$data/touch.yml"
	first=$played
	mullionctl input input key KEY_PROG3 || fail "key"
	input_skip 2
	ended() { [ "$(console_count '^guest: recorded')" -gt "$n" ]; }
	wait_until 60 ended || fail "$tool did not end"
	tr -d '\r' <"$guest_console" | perl -ne '@lines = () if /^guest: records with/;
		push @lines, $_ if s/^guest: \|//; END { print @lines }' >"$lab_tmp/$tool.log"
	elsewhere
	fingers "$lab_tmp/$tool.log"
	[ "$played" = "$first" ] ||
		{ diff <(echo "$first") <(echo "$played"); fail "what $tool recorded plays otherwise"; }
	checked "what $tool recorded in the guest plays as it was"
}
recorded libinput KEY_PROG1
recorded evemu-record KEY_PROG2

# -- deaths --

input_deaths input
lab_stop "$guest_pid"
mulliond_check_end
