#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Input devices of stock QEMU, as mullionctl vm-args has them, in a stock guest: what
# mullionctl sends, as evdev, evtest and libinput see it; also when mullion-guest is killed
# with a finger and a key down.

set -u
. "$(dirname "$0")/testing.sh"
. "$lab_dir/input.sh"

test_begin jq python3 qemu-system-x86_64
mulliond_config headless
mulliond_guest input 2 1280x800
mulliond_start
accel=$(accel_choose auto)
lab_programs=$build_dir/tests/lab/read-input
guest_initrd "$lab_tmp/initrd.cpio" input LAB_HEADS=2 LAB_TOOLS=yes || fail "no guest"
mapfile -t devices < <(gpu_agent_args input)
qemu_start input "$accel" "$lab_tmp/initrd.cpio" "${devices[@]}"
guest_says '^guest: 6 devices' 180 "the guest has its devices"
guest_says '^guest: libinput: .*DEVICE_ADDED.*Mullion touch 1' 60 "libinput has them"

# tool_says REGEX WHAT : libinput or evtest said a line of it.
tool_says() {
	wait_line "$guest_console" "^guest: $1" 60 "$guest_pid" || fail "$2: nobody says $1"
}

mullionctl input input tap 1 640 400 || fail "tap"
input_expect "a tap on head 1" \
	"touch1 3/57=0 3/53=16396 3/54=16403 1/330=1 3/0=16396 3/1=16403" "touch1 3/57=-1 1/330=0"
tool_says 'evtest touch1: type 3 .EV_ABS., code 53 .ABS_MT_POSITION_X., value 16396' tap
tool_says 'evtest touch1: type 1 .EV_KEY., code 330 .BTN_TOUCH., value 0' tap
tool_says 'libinput: .*TOUCH_DOWN .* 0 \(0\) 50\.04/50\.06 ' tap
tool_says 'libinput: .*TOUCH_UP' tap
checked "evtest and libinput see the tap, in the middle of the screen"
# What is not to be a tap: a palm, and how libinput says it.
{
	printf 'A: %s 0 32767\n' 35 36
	printf 'E: 0.0 %s\n' '3 39 1' '3 35 100' '3 36 200' '0 0 0' '3 37 2' '0 0 0' '3 39 -1' '0 0 0'
} >"$lab_tmp/palm"
mullionctl input input play --head 1 "$lab_tmp/palm" || fail "play"
input_expect "a cancelled touch" \
	"touch1 3/57=1 3/53=100 3/54=200 1/330=1 3/0=100 3/1=200" "touch1 3/55=2" \
	"touch1 3/55=0 3/57=-1 1/330=0"
tool_says 'libinput: .*TOUCH_CANCEL' "a cancelled touch"
checked "libinput cancels it"
mullionctl input input key KEY_LEFTSHIFT KEY_A || fail "key"
input_expect "keys" "keyboard 1/42=1" "keyboard 1/30=1" "keyboard 1/30=0" "keyboard 1/42=0"
tool_says 'libinput: .*KEYBOARD_KEY .* KEY_A \(30\) released' key
tool_says 'evtest keyboard: type 1 .EV_KEY., code 30 .KEY_A., value 0' key
# QEMU's queue has four entries: no frame of these fits.
input_gestures_start input 500
input_gestures_end "ten fingers at 100 Hz"
data=$lab_dir/../data/input
mullionctl input input play "$data/pointer.evemu" || fail "play"
input_expect "an absolute pointer" "pointer0 3/0=16384 3/1=32767" "pointer0 1/272=1" \
	"pointer0 3/0=0 1/272=0 2/11=-240 2/8=-2"
tool_says 'libinput: .*POINTER_MOTION_ABSOLUTE' pointer
tool_says 'libinput: .*POINTER_BUTTON .* BTN_LEFT \(272\) released' pointer
tool_says 'libinput: .*POINTER_SCROLL_WHEEL ' pointer
mullionctl input input play "$data/keyboard-and-mouse.yml" || fail "play"
input_expect "a keyboard and a mouse" "keyboard 1/29=1" "mouse 2/0=-3 2/1=4" \
	"mouse 2/11=120 2/8=1" "keyboard 1/29=0"
tool_says 'libinput: .*POINTER_MOTION .*' mouse
checked "libinput sees keys, pointer, wheel and mouse"
input_deaths input
lab_stop "$guest_pid"
mulliond_check_end
