#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mulliond is restarted and killed under a service manager while the mainline driver and
# Mesa draw on two heads: no program of the guest notices, and each time its windows
# are on the compositor again with what it draws.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway
number=$(number_random)
sway_start 1024x768 mullion.gl.0 mullion.gl.1
mulliond_config wayland
mulliond_guest gl 2 1024x768
mulliond_keeper=yes
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

lab_programs=$build_dir/tests/lab/number
guest_initrd "$lab_tmp/initrd.cpio" desktop "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
	"LAB_NUMBER=$number" || fail "no guest"
uml_start gl "$lab_tmp/initrd.cpio" "$(gpu_uml_args gl)"
for head in 0 1; do
	guest_says "^guest: head $head: GL_RENDERER virgl" 120 "GL on virgl on head $head"
done
wait_until 60 numbers_show "$number" 0 2 || fail "the number $number is not on both outputs"
checked "both outputs show the guest's number $number"

started() { grep -ac '^keeper: started' "$lab_tmp/mulliond.log"; }
started_again() { [ "$(started)" -gt "$1" ]; }
daemon_pid() { sed -n 's/^keeper: started \([0-9]*\).*/\1/p' "$lab_tmp/mulliond.log" | tail -n 1; }
workers() { echo "$(guest_value gl guest_pid) $(guest_value gl render_pid)"; }
frames_flow() { [ "$(frames_of gl "$1" 2>/dev/null)" -gt 5 ] 2>/dev/null; }

before=$(workers)
for round in 1 2 3 4 5 6; do
	count=$(started)
	if [ $((round % 2)) = 1 ]; then
		how=restarted
		kill -HUP "$mulliond_pid"
	else
		how=killed
		kill -KILL "$(daemon_pid)"
	fi
	wait_until 20 started_again "$count" || fail "mulliond was $how and is not started again"
	wait_until 20 mulliond_is_up || fail "mulliond was $how and is not up"
	for head in 0 1; do
		wait_until 30 frames_flow $head || fail "$how: no frames on head $head"
	done
	wait_until 30 numbers_show "$number" 0 2 || fail "$how: the number is not on both outputs"
	[ "$(workers)" = "$before" ] || fail "$how: other processes: $before, now $(workers)"
	checked "$how: frames go on and both outputs show the number; the same processes $before"
done
[ "$(console_count '^guest: head [01]: first frame')" = 2 ] || fail "the guest's programs were started again"
! grep -aE '\*ERROR\*|virtio_gpu.*response' "$guest_console" || fail "the guest's driver complains"
[ "$(guest_value gl commands_refused)" = 0 ] || [ -z "$(guest_value gl commands_refused)" ] ||
	fail "mulliond refused commands"
checked "the guest's programs and driver noticed nothing"
lab_stop "$guest_pid"
mulliond_check_end
