#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The agent's service under Debian 12's systemd, in a QEMU guest: udev starts it for the
# port, it plugs connectors, and it is back after mulliond was started anew.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq qemu-system-x86_64 meson cpio
mulliond_config headless
mulliond_guest unit 1 1024x768 "max-heads = 2" "renderer = pixman"
mulliond_start
accel=$(accel_choose auto)
install_archive bin/mullion-guest-agent lib/udev lib/systemd/system/mullion-guest-agent.service

note_is() { mullionctl show unit | grep -q "should be .*: $1"; }

lab_programs="$lab_tmp/tree.tar $lab_dir/guest/agent-test"
guest_initrd "$lab_tmp/unit.cpio" systemd LAB_TREE=tree.tar LAB_TEST=agent-test || fail "no guest"
mapfile -t gpu < <(gpu_agent_args unit)
qemu_start unit "$accel" "$lab_tmp/unit.cpio" "${gpu[@]}"
guest_says '^guest: agent: [1-9][0-9]* Virtual-1' 240 "the agent's service runs"
checked "udev has systemd start the agent"
mullionctl head add unit 800x600 || fail "head add"
guest_says '^guest: agent: [1-9][0-9]* Virtual-1 Virtual-2' 60 "a connector is plugged in"
checked "it plugs in the head that was added"
wait_until 60 note_is "nothing in the guest takes modes from the agent" ||
	fail "no note of the missing compositor: $(mullionctl show unit)"
checked "without a compositor, show says that nothing takes modes"

agent_pid() { tr -d '\r' <"$guest_console" | sed -nE 's/^guest: agent: ([1-9][0-9]*) .*/\1/p' | tail -n 1; }
is_another() { [ "$(agent_pid)" != "$1" ]; }
first=$(agent_pid)
lab_stop "$mulliond_pid"
mulliond_start
wait_until 90 is_another "$first" || fail "the agent did not start again: $(tail -n 3 "$guest_console")"
checked "mulliond ended and was started: so was the agent, process $first, now $(agent_pid)"
lab_stop "$guest_pid"
mulliond_check_end
