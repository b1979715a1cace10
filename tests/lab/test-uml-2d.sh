#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-uml-2d.sh pixman|virgl: the mainline driver modesets, flips and damages
# dumb buffers on two heads, and each pixel arrives: as mulliond says and as an
# independent compositor shows it.

set -u
. "$(dirname "$0")/testing.sh"
renderer=$1

test_begin jq grim sway
modes=(800x600 1024x768)
number=$(number_random)

# shows_pattern HEAD MODE COMMAND... : COMMAND FILE takes the picture.
shows_pattern() {
	local head=$1 mode=$2
	shift 2
	"$@" "$head" "$lab_tmp/head-$head.png" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-pattern" "$lab_tmp/head-$head.png" "$number" "$head" "$mode" \
			>"$lab_tmp/pattern.log"
}

wait_pattern() {
	wait_until 20 shows_pattern "$@" ||
		fail "head $1 by ${*:3}: $(head -n 2 "$lab_tmp/pattern.log" 2>/dev/null)"
	checked "head $1, $2, by ${*:3}: $(sed -n 's/.*png: //p' "$lab_tmp/pattern.log")"
}

sway_start 1024x768 mullion.dumb.0 mullion.dumb.1
# An output as large as its head: no pixel is scaled.
"${sway_client[@]}" swaymsg -q output HEADLESS-1 mode "${modes[0]}"
mulliond_config wayland
mulliond_guest dumb 1 "${modes[0]}" "renderer = $renderer"
sed -i 's/^heads = 1/heads = 2/' "$lab_tmp/mulliond.conf"
echo "head1 = ${modes[1]}" >>"$lab_tmp/mulliond.conf"
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

lab_programs=$build_dir/tests/lab/dumb
guest_initrd "$lab_tmp/initrd.cpio" dumb "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
	"LAB_NUMBER=$number" || fail "no guest"
uml_start dumb "$lab_tmp/initrd.cpio" "$(gpu_uml_args dumb)"
for head in 0 1; do
	guest_says "^guest: dumb: head $head: drawn ${modes[head]}" 60 "the guest drew on head $head"
done

[ "$(guest_value dumb renderer)" = "$renderer" ] || fail "mulliond says another renderer"
if [ "$renderer" = pixman ]; then
	grep -aq '^guest: kernel: .*features: -virgl' "$guest_console" || fail "the guest has virgl"
	checked "the guest was not offered virgl"
	[ -z "$(guest_value dumb render_pid)" ] || fail "there is a mullion-render"
	checked "no mullion-render runs"
else
	grep -aq '^guest: kernel: .*features: +virgl' "$guest_console" || fail "the guest has no virgl"
	checked "the guest's driver took virgl"
fi
for head in 0 1; do
	wait_pattern "$head" "${modes[head]}" mullionctl screenshot dumb
	wait_pattern "$head" "${modes[head]}" sway_screenshot
done
[ "$(guest_value dumb commands_refused)" = 0 ] || [ -z "$(guest_value dumb commands_refused)" ] ||
	fail "mulliond refused commands"
checked "no command was refused"
lab_stop "$guest_pid"
mulliond_check_end
