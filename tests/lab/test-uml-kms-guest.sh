#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A guest's picture on a plane of a real screen, from Virgl to the page flip: a Mullion inside a
# Mullion guest, in User Mode Linux, on mullion-compositor. The mulliond outside shows its screen.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq

# screen_shows colour|pattern WHAT
screen_shows() {
	mullionctl screenshot screen 0 "$lab_tmp/screen.png" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-area" "$lab_tmp/screen.png" 0 0 800 600 "$@" \
			>"$lab_tmp/area.log"
}

mulliond_config headless
mulliond_guest screen 1 800x600
mulliond_start
lab_programs="$build_dir/compositor/mullion-compositor $build_dir/daemon/mulliond
	$build_dir/daemon/mullion-guest $build_dir/daemon/mullion-render $build_dir/tools/mullionctl
	$build_dir/tests/lab/vmm-shell $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" kms-guest "LAB_ROOT=$(guest_root)/root" "LAB_OUT=$lab_tmp" ||
	fail "no guest"
uml_start screen "$lab_tmp/initrd.cpio" "$(gpu_uml_args screen)"
for look in 1 2 3; do
	wait_line "$guest_console" "^guest: (kms-guest: look $look |FAILED: )" 120 "$guest_pid"
	what=$(sed -n "s/^guest: kms-guest: look $look //p" "$guest_console" | tr -d '\r')
	[ -n "$what" ] || fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
	# shellcheck disable=SC2086 # words
	wait_until 30 screen_shows $what || fail "from outside: $what: $(cat "$lab_tmp/area.log")"
	touch "$lab_tmp/seen-$look"
done
wait_line "$guest_console" '^guest: (kms-guest: passed|FAILED: )' 60 "$guest_pid"
sed -n 's/^guest: \(checked: .*\)/\1/p' "$guest_console" | tr -d '\r' | while read -r line; do say "$line"; done
[ "$(console_count '^guest: kms-guest: passed')" = 1 ] ||
	fail "$(sed -n 's/^guest: FAILED: //p' "$guest_console" | head -n 1 | tr -d '\r')"
lab_stop "$guest_pid"
mulliond_check_end
