#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-qemu-agent.sh sway|xorg: heads that change under stock QEMU, which does not tell
# the guest. The agent does, and has sway or Xorg set the modes.

set -u
. "$(dirname "$0")/testing.sh"
desktop=$1
width=1366
# sway's timings by CVT have widths in eights.
[ "$desktop" != sway ] || width=1360

test_begin jq qemu-system-x86_64
mulliond_config headless
mulliond_guest agent 1 1024x768 "max-heads = 3" "renderer = pixman"
mulliond_start
accel=$(accel_choose auto)

# modes_are LINE... : all modes that the guest said last, and nothing else.
modes_are() {
	local last
	last=$(tr -d '\r' <"$guest_console" | sed -n 's/^guest: modes: //p' |
		awk '/^that is all$/ { last = lines; lines = ""; next } { lines = lines $0 "\n" }
			END { printf "%s", last }')
	[ "$(sort <<<"$last")" = "$(printf '%s\n' "$@")" ]
}

wait_modes() {
	wait_until 180 modes_are "$@" || fail "$desktop does not have $*: $(grep -a '^guest: ' "$guest_console" | tail -n 6)"
}

no_notes() { ! mullionctl show agent | grep -q 'should be'; }
screenshot_is() {
	[ "$(mullionctl --json screenshot agent "$1" "$lab_tmp/head-$1.png" |
		jq -r '"\(.width)x\(.height)"')" = "$2" ]
}

lab_programs=$(driver_archive)
guest_initrd "$lab_tmp/agent.cpio" agent "LAB_DESKTOP=$desktop" || fail "no guest"
mapfile -t gpu < <(gpu_agent_args agent)
qemu_start agent "$accel" "$lab_tmp/agent.cpio" "${gpu[@]}"
wait_modes "Virtual-1 1024x768"
checked "$desktop runs in the guest"

mullionctl head set agent 0 1366x768@59.79 || fail "head set"
wait_modes "Virtual-1 ${width}x768"
wait_until 20 screenshot_is 0 "${width}x768" || fail "head 0 is not scanned out in the mode"
wait_until 20 no_notes || fail "a note is left: $(mullionctl show agent)"
checked "another mode: $desktop has it, mulliond sees it"
mullionctl head add agent 1280x720 || fail "head add"
wait_modes "Virtual-1 ${width}x768" "Virtual-2 1280x720"
checked "a head more"
# X has the new head where the other one is; its corner is another.
touches() { tr -d '\r' <"$guest_console" | grep -cE "^guest: touch: $1"; }
touched() { mullionctl input agent tap "$1" 100% 100% && [ "$(touches "$2")" -gt 0 ]; }
if [ "$desktop" = xorg ]; then
	wait_until 60 touched 1 '1279\.[0-9]*/719\.' || fail "head 1's corner is not X's: $(touches .)"
	wait_until 60 touched 0 "$((width - 1))\.[0-9]*/767\." || fail "head 0's corner is not X's"
	checked "touch screens are mapped to their heads' outputs"
fi
mullionctl head remove agent 0 || fail "head remove"
wait_modes "Virtual-2 1280x720"
checked "one less"
mullionctl head set agent 0 800x600 || fail "head set"
wait_modes "Virtual-1 800x600" "Virtual-2 1280x720"
wait_until 20 no_notes || fail "a note is left: $(mullionctl show agent)"
checked "on again, in another mode; nothing is to be explained"

lab_stop "$guest_pid"
mulliond_check_end
