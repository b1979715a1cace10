#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mullion-compositor beside sway on the same screen: vkms in User Mode Linux, seatd, the same
# clients.
#   bench-compositor.sh [FRAMES [NAME...]]   FRAMES of each client (600); NAMEs such as mullion-pixman
#                                   mullion-gl sway-pixman sway-gles2 (these four)
# tests/bench/run --compositor calls it.

set -u
. "$(dirname "$0")/testing.sh"

frames=${1:-600}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- mullion-pixman mullion-gl sway-pixman sway-gles2
test_begin
lab_programs="$build_dir/compositor/mullion-compositor $build_dir/tests/bench/beat
	$build_dir/tests/bench/first-flip $build_dir/tests/lab/uinput $lab_dir/guest/kms-seat"
guest_initrd "$lab_tmp/initrd.cpio" bench-compositor "LAB_ROOT=$(guest_root)/root" \
	"LAB_FRAMES=$frames" "LAB_COMPOSITORS='$*'" || fail "no guest"
uml_start bench "$lab_tmp/initrd.cpio"
# cpu : 1/100 s of the processor that the guest has taken so far: its kernel and all that runs in it,
# since it cannot tell itself. With the same clients what differs is the compositor's.
cpu() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v main="$guest_pid" '
		$2 == "(linux)" { sum += $14 + $15 }
		$1 == main { sum += $16 + $17 }
		END { print sum }'
}

end=$((SECONDS + 120 + $# * (frames / 8 + 60)))
exec {console}< <(tail --pid="$guest_pid" -n +1 -F "$guest_console" 2>/dev/null | sed -u 's|\r$||')
while [ $SECONDS -lt $end ] && read -r -t $end -u "$console" line; do
	case $line in
	"guest: mark") before=$(cpu) ;;
	"guest: bench: end") break ;;
	"guest: bench: "*shown*) echo "${line#guest: bench: } cpu $(($(cpu) - before))" ;;
	"guest: bench: "*) echo "${line#guest: bench: }" ;;
	"guest: FAILED: "*) fail "${line#guest: FAILED: }" ;;
	esac
done
lab_stop "$guest_pid"
