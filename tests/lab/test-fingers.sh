#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-fingers.sh weston|sway: a guest of two heads in which guest-driver/ was installed
# has each touch screen and pointer on its own head's output: weston in a stock guest
# under stock QEMU, sway in User Mode Linux.

set -u
. "$(dirname "$0")/testing.sh"
. "$lab_dir/input.sh"
desktop=$1

test_begin jq
mulliond_config headless
mulliond_guest desk 2 640x480 "renderer = pixman" "input = touch pointer"
mulliond_start

lab_programs="$build_dir/tests/lab/fingers $(driver_archive)"
start_weston() {
	guest_initrd "$lab_tmp/desk.cpio" desktop LAB_HEADS=2 LAB_FINGERS=yes || fail "no guest"
	mapfile -t devices < <(gpu_agent_args desk)
	qemu_start desk "$(accel_choose auto)" "$lab_tmp/desk.cpio" "${devices[@]}"
}
start_sway() {
	guest_initrd "$lab_tmp/desk.cpio" desktop "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
		LAB_FINGERS=yes || fail "no guest"
	mapfile -t devices < <(gpu_uml_args desk; input_uml_args desk)
	uml_start desk "$lab_tmp/desk.cpio" "${devices[@]}"
}
"start_$desktop"
for head in 0 1; do
	guest_says "^guest: head $head: window 640x480" 240 "head $head has a window"
	guest_says "^guest: head $head: can be touched" 60 "$desktop has a touch screen"
done
# Of the card's connectors in their order, whatever other cards have.
mapfile -t connectors < <(sed -nE 's/^guest: connector ([^ ]*) .*/\1/p' "$guest_console")
for head in 0 1; do
	for kind in touch pointer; do
		guest_says "^guest: input: Mullion $kind $head: ${connectors[head]}.?\$" 1 \
			"$kind $head is bound to ${connectors[head]}"
	done
done
checked "installed by one command: each device is bound to its head's connector"

said() { tr -d '\r' <"$guest_console" | sed -nE "s/^guest: (head [01]: ($1) .*)/\1/p"; }
lines() { said 'down|up'; }
lines_are() { [ "$(lines)" = "$wanted" ]; }
wanted=
# expect WHAT LINE... : these came since the last time, and nothing else did.
expect() {
	local what=$1
	shift
	wanted=$(printf '%s\n' ${wanted:+"$wanted"} "$@")
	wait_until 60 lines_are || fail "$what: $(lines)"
	checked "$what"
}
tap() { mullionctl input desk tap "$@" || fail "tap $*"; }

tap 1 25% 75%
expect "a finger on head 1" "head 1: down 0 250 750" "head 1: up 0"
tap 0 75% 25%
expect "a finger on head 0" "head 0: down 0 750 250" "head 0: up 0"
tap 1 0% 0%
expect "in the corner between them, on head 1" "head 1: down 0 0 0" "head 1: up 0"

# What the windows say comes in the order of each.
pointer_is() { [ "$(said pointer | grep "^head $1:" | tail -n 1)" = "head $1: pointer $2" ]; }
for head in 1 0; do
	mullionctl input desk play --head $head --fast "$top_dir/tests/data/input/pointer.evemu" ||
		fail "play on head $head"
	wait_until 60 pointer_is $head "0 1000" ||
		fail "no pointer at the left of head $head: $(said pointer)"
	checked "a pointer on head $head"
done
lab_stop "$guest_pid"
mulliond_check_end
