#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The mainline driver and Debian's Mesa in User Mode Linux, whose config space
# is ours: an EDID of each head as the guest reads it, kmscube on the bare card,
# then GL clients on a compositor over both heads.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway edid-decode
number=$(number_random)
sway_start 1024x768 mullion.gl.0 mullion.gl.1
mulliond_config wayland
mulliond_guest gl 2 1024x768
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

lab_programs="$build_dir/tests/lab/number $lab_dir/guest/desktop"
guest_initrd "$lab_tmp/initrd.cpio" edid-and-gl "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
	"LAB_NUMBER=$number" || fail "no guest"
uml_start gl "$lab_tmp/initrd.cpio" "$(gpu_uml_args gl)"

# edid_field HEAD NAME : what edid-decode says of it.
edid_field() { sed -n "s/^[[:space:]]*$2: //p" "$lab_tmp/edid-$1.log" | head -n 1; }

for head in 0 1; do
	guest_says "^guest: head $head: edid 00ffffffffffff00" 60 "the guest read the EDID of head $head"
	# As bytes: of digits, edid-decode looks beyond the last one.
	perl -ne "s/^guest: head $head: edid ([0-9a-f]+).*/\$1/s and print pack('H*', \$_)" \
		"$guest_console" >"$lab_tmp/edid-$head.bin"
	edid-decode --check "$lab_tmp/edid-$head.bin" >"$lab_tmp/edid-$head.log" 2>&1 &&
		grep -qxF 'EDID conformity: PASS' "$lab_tmp/edid-$head.log" ||
		fail "edid-decode rejects the EDID of head $head"
	name[head]=$(edid_field $head 'Display Product Name')
	serial[head]=$(edid_field $head 'Display Product Serial Number')
	[ -n "${name[head]}" ] && [ -n "${serial[head]}" ] || fail "the EDID of head $head lacks a name or a serial"
	grep -qE '1024x768' "$lab_tmp/edid-$head.log" || fail "the EDID of head $head lacks its mode"
	checked "head $head: EDID conforms, name ${name[head]}, serial ${serial[head]}"
done
[ "${serial[0]}" != "${serial[1]}" ] || fail "both heads have the serial ${serial[0]}"
[ "${name[0]}" != "${name[1]}" ] || fail "both heads have the name ${name[0]}"
checked "names and serials are distinct"

guest_says '^guest: kmscube ended' 90 "kmscube ended"
grep -aqE '^guest: kmscube ended with status 0' "$guest_console" || fail "kmscube failed"
grep -aqE '^guest: kmscube: .*renderer: +"virgl' "$guest_console" || fail "kmscube did not run on virgl"
flushed=$(head_value gl 0 frames_flushed)
[ "$flushed" -ge 29 ] || fail "of kmscube's 30 frames $flushed were flushed"
wait_until 60 frames_grow gl 0 0 || fail "of kmscube's 30 frames none was presented"
checked "kmscube: 30 frames on virgl, $flushed flushed and $(frames_of gl 0) presented so far"

for head in 0 1; do
	guest_says "^guest: head $head: GL_RENDERER virgl" 90 "GL on virgl on head $head"
done
checked "GL_RENDERER is virgl on both heads"
is_paced() { [ "$(head_value gl 0 paced_by)" = fences ]; }
wait_until 60 is_paced || fail "head 0 is paced by $(head_value gl 0 paced_by)"
checked "its fences pace the guest"
wait_until 60 numbers_show "$number" 0 2 || fail "the number $number is not on both outputs"
checked "both outputs show the guest's number $number"
lab_stop "$guest_pid"
mulliond_check_end
