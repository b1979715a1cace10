#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A guest that draws in OpenGL, with the mainline driver and Debian's Mesa, while
# its processes are killed: mullion-guest at any moment, which it does not notice;
# mullion-render, after which its compositor has to be restarted; or stopped.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway
number=$(number_random)
sway_start 1024x768 mullion.gl.0
mulliond_config wayland
mulliond_guest gl 1 1024x768
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

lab_programs="$build_dir/tests/lab/number $lab_dir/guest/desktop"
guest_initrd "$lab_tmp/initrd.cpio" deaths "LAB_ROOT=$(guest_root)/root" LAB_HEADS=1 \
	"LAB_NUMBER=$number" || fail "no guest"
uml_start gl "$lab_tmp/initrd.cpio" "$(gpu_uml_args gl)"
guest_says '^guest: head 0: first frame' 120 "the guest drew"
wait_until 60 numbers_show "$number" 0 1 || fail "the number $number is not on the output"
checked "the output shows the guest's number $number"

is_another() { # NAME PID
	local pid
	pid=$(guest_value gl "$1")
	[ -n "$pid" ] && [ "$pid" != null ] && [ "$pid" != "$2" ]
}

render_pid=$(guest_value gl render_pid)
for ((i = 0; i < 4; i++)); do
	pid=$(guest_value gl guest_pid)
	kill -KILL "$pid"
	wait_until 10 is_another guest_pid "$pid" || fail "no other mullion-guest took over"
	frames=$(frames_of gl 0)
	wait_until 30 frames_grow gl 0 $((frames + 5)) || fail "no frames after mullion-guest was killed"
	numbers_show "$number" 0 1 || fail "the picture went when mullion-guest was killed"
done
[ "$(guest_value gl render_pid)" = "$render_pid" ] || fail "the renderer did not live on"
[ "$(guest_value gl commands_refused)" = 0 ] || fail "commands were refused"
! grep -aE 'virtio_gpu.*(ERROR|response)' "$guest_console" || fail "the guest's driver complains"
checked "mullion-guest was killed four times: the guest draws on with the same contexts"

kill -KILL "$render_pid"
wait_until 10 is_another render_pid "$render_pid" || fail "no other renderer was started"
lost() { guest_value gl trouble | grep -q "restart the guest's compositor"; }
wait_until 10 lost || fail "mulliond does not say what to do: $(guest_value gl trouble)"
pid_alive "$guest_pid" || fail "the VM ended"
checked "mullion-render was killed: another one is there, and show says what to do"

drew() { [ "$(console_count '^guest: head 0: first frame')" -ge "$1" ]; }
not_lost() { ! lost; }
comes_back() { # TIMES that it drew
	wait_until 90 drew "$1" || fail "the guest's compositor did not draw again"
	wait_until 60 numbers_show "$number" 0 1 || fail "the number $number did not come back"
	wait_until 10 not_lost || fail "mulliond still says: $(guest_value gl trouble)"
}
comes_back 2
checked "its compositor was restarted: the number is back"

# One that is stopped is seen to have hung, by the limit that was set meanwhile.
render_pid=$(guest_value gl render_pid)
mullionctl set gl hang-limit=1s strikes=2/3600s || fail "set"
kill -STOP "$render_pid"
wait_until 30 is_another render_pid "$render_pid" || fail "a renderer that is stopped is not replaced"
[ "$(guest_value gl hangs)" = 1 ] || fail "hangs: $(guest_value gl hangs)"
wait_until 10 lost || fail "mulliond does not say what to do: $(guest_value gl trouble)"
pid_alive "$guest_pid" || fail "the VM ended after a hang"
checked "mullion-render was stopped: another one is there"
comes_back 3
checked "its compositor was restarted again: the number is back"
lab_stop "$guest_pid"
mulliond_check_end
