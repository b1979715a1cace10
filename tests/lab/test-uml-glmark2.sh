#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All scenes of glmark2 on sway, by Debian's Mesa in User Mode Linux: what a real
# driver sends is never refused.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq
mulliond_config headless
mulliond_guest mark 1 1024x768
mulliond_start

lab_programs=$lab_dir/guest/desktop
guest_initrd "$lab_tmp/initrd.cpio" glmark2 "LAB_ROOT=$(guest_root)/root" LAB_HEADS=0 ||
	fail "no guest"
uml_start mark "$lab_tmp/initrd.cpio" "$(gpu_uml_args mark)"
guest_says '^guest: glmark2 ended' 280 "glmark2 ended"
grep -aqE '^guest: glmark2 ended with status 0' "$guest_console" || fail "glmark2 failed"
grep -aqE '^guest: glmark2: .*GL_RENDERER: +virgl' "$guest_console" || fail "glmark2 did not run on virgl"
scenes=$(grep -acE '^guest: glmark2: \[[a-z0-9]+\].* FPS: [0-9]+' "$guest_console")
bad=$(grep -acE '^guest: glmark2: .*(Error|Failed|Unsupported|Set up failed)' "$guest_console")
[ "$scenes" -ge 30 ] && [ "$bad" = 0 ] || fail "glmark2 ran $scenes scenes, $bad of them badly"
refused=$(guest_value mark commands_refused)
[ "$refused" = 0 ] || fail "$refused commands of glmark2 were refused"
checked "glmark2: $scenes scenes, no command refused"
lab_stop "$guest_pid"
mulliond_check_end
