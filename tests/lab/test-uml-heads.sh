#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Heads that come, go and change under the mainline driver: by mullionctl, and by
# windows that an independent compositor resizes. The guest hears of it by uevents,
# and draws in the new modes to the last pixel.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq grim sway
number=$(number_random)
lab_programs=$build_dir/tests/lab/dumb

# drawn GUEST HEAD MODE : the guest drew so, and each pixel of it is here.
drawn() {
	wait_line "$lab_tmp/$1.console" "^guest: dumb: head $2: drawn $3" 30 "$guest_pid" ||
		fail "$1 did not draw head $2 in $3"
	wait_until 20 shows_pattern "$2" "$3" mullionctl screenshot "$1" ||
		fail "$1 head $2: $(head -n 2 "$lab_tmp/pattern.log")"
}

# shows_pattern HEAD MODE COMMAND... : COMMAND HEAD FILE takes the picture.
shows_pattern() {
	local head=$1 mode=$2
	shift 2
	"$@" "$head" "$lab_tmp/head-$head.png" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-pattern" "$lab_tmp/head-$head.png" "$number" "$head" "$mode" \
			>"$lab_tmp/pattern.log"
}

boot() {
	guest_initrd "$lab_tmp/$1.cpio" dumb "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
		"LAB_NUMBER=$number" || fail "no guest"
	uml_start "$1" "$lab_tmp/$1.cpio" "$(gpu_uml_args "$1")"
}

no_notes() { ! mullionctl show "$1" | grep 'should be'; }
has_no_window() { ! sway_windows | grep -q "^$1 "; }

# An output for each: the pictures of a hidden window are not taken.
sway_start 1024x768 mullion.follow.0 mullion.keep.0 mullion.keep.1 mullion.keep.2
mulliond_config wayland
mulliond_guest keep 1 800x600 "max-heads = 16" "resize = keep"
echo "head2 = 1366x768@59.79" >>"$lab_tmp/mulliond.conf"
mulliond_guest follow 1 640x480
mulliond_start WAYLAND_DISPLAY="$sway_display" XDG_RUNTIME_DIR="$sway_runtime_dir"

boot keep
drawn keep 0 800x600
[ "$(console_count '^guest: connector')" = 16 ] || fail "not sixteen connectors"
[ "$(console_count '^guest: dumb: head .: drawn')" = 1 ] || fail "not one head"
checked "the driver made max-heads connectors, one of them connected"

mullionctl head set keep 0 1280x720 || fail "head set"
drawn keep 0 1280x720
[ "$(console_count '^guest: dumb: hotplug')" -gt 0 ] || fail "no uevent"
checked "another mode: a uevent, and the guest draws in it"
mullionctl head add keep 1024x768 || fail "head add"
drawn keep 1 1024x768
mullionctl head add keep || fail "head add"
drawn keep 2 1366x768
checked "two heads more, one in the mode of its configuration"
wait_until 10 window_is mullion.keep.1 1024x768 || fail "no window of the new head"
mullionctl head remove keep 1 || fail "head remove"
guest_says "^guest: dumb: head 1: gone" 20 "head 1 is gone"
wait_until 10 has_no_window mullion.keep.1 || fail "the window of head 1 stays"
drawn keep 0 1280x720
drawn keep 2 1366x768
checked "one is removed: the others stay, its window goes"
mullionctl head set keep 0 off || fail "head off"
guest_says "^guest: dumb: head 0: gone" 20 "head 0 is gone"
mullionctl head set keep 0 700x500 || fail "head set"
drawn keep 0 700x500
checked "off, and on in another mode"
for ((width = 900; width < 940; width++)); do
	mullionctl head set keep 2 "${width}x600" || fail "head set"
done
drawn keep 2 939x600
checked "40 modes in a row: the last one counts"
mullionctl head add keep 1024x768 || fail "head add"
drawn keep 1 1024x768
for ((head = 3; head < 16; head++)); do
	mullionctl head add keep "$((320 + 8 * head))x240" || fail "head add"
	guest_says "^guest: dumb: head $head: drawn $((320 + 8 * head))x240" 30 "head $head"
done
! mullionctl head add keep 2>/dev/null || fail "a seventeenth head"
checked "sixteen heads"
for ((head = 15; head >= 3; head--)); do
	mullionctl head remove keep $head || fail "head remove"
done
for ((head = 3; head < 16; head++)); do
	guest_says "^guest: dumb: head $head: gone" 30 "head $head is gone"
	wait_until 10 has_no_window "mullion.keep.$head" || fail "the window of head $head stays"
done
checked "three heads"
wait_until 10 no_notes keep || fail "not all is as it should be: $(mullionctl show keep)"
[ "$(guest_value keep commands_refused)" = 0 ] || fail "mulliond refused commands"
checked "show has nothing to explain, no command was refused"
lab_stop "$guest_pid"

# Tiled, and alone on its output: sway scans a full-screen buffer out directly, and its
# screencopy then shows what was there before.
"${sway_client[@]}" swaymsg -q '[app_id="mullion.follow.0"] fullscreen disable' || fail "swaymsg"
boot follow
drawn follow 0 1024x768
checked "before it booted, the guest's head took the size of its window"
for mode in 1280x720 801x601 1920x1080; do
	"${sway_client[@]}" swaymsg -q output HEADLESS-1 mode "$mode" || fail "swaymsg"
	drawn follow 0 "$mode"
	wait_until 20 shows_pattern 0 "$mode" sway_screenshot ||
		fail "sway does not show head 0 to the pixel: $(head -n 2 "$lab_tmp/pattern.log")"
	checked "the window became $mode: so did the head, and sway shows it to the pixel"
done
wait_until 10 no_notes follow || fail "not all is as it should be: $(mullionctl show follow)"
lab_stop "$guest_pid"
mulliond_check_end
