#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Clients that people have, on mullion-compositor without a screen, and the colours that
# they were told to paint: test-clients.sh MULLION_COMPOSITOR MULLIONCTL CHECK_AREA

set -eu

compositor=$1
mullionctl=$2
check_area=$3
for program in foot mpv; do
	command -v $program >/dev/null || { echo "no $program"; exit 77; }
done
dir=$(mktemp -d)
client=
pids=

cleanup() {
	status=$?
	for pid in $client $pids; do kill "$pid" && wait "$pid" || status=1; done
	[ $status = 0 ] || for log in "$dir"/*.log; do echo "$log:" && tail -n 30 "$log"; done
	rm -rf "$dir"
	exit $status
}
trap cleanup EXIT

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

# until_ COMMAND... : it succeeds, within a generous limit
until_() {
	tries=600
	until "$@" >"$dir/until.log" 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "not in time: $*"
		sleep 0.05
	done
}

# screen MODE SCALE : what there is of the output, from now on
screen() {
	printf '%s\n' "[compositor]" "backend = headless" "background = #101010" "renderer = pixman" \
		"[output A]" "mode = $1" "scale = $2" >"$dir/conf"
}

# shows X Y WIDTH HEIGHT COLOUR...: these areas of the screen
shows() {
	"$mullionctl" screen screenshot A "$dir/shot.png" || return 1
	while [ $# -gt 0 ]; do
		"$check_area" "$dir/shot.png" "$1" "$2" "$3" "$4" colour "$5" || return 1
		shift 5
	done
}
has_window() { "$mullionctl" screen list | grep -qE "^$1 +A +normal +seen"; }
frames() { "$mullionctl" --json screen list | jq '.screens[0].frames'; }
frames_are() { [ "$(frames)" -ge "$1" ]; }

# What a client says of the compositor, or of its protocols, is not to be.
no_complaint() {
	if grep -E 'wl_display@[0-9]+.error|rotocol error|[Bb]roken pipe|\]\[[ef]\]' "$1"; then
		fail "a complaint"
	fi
}

# client_end STATUS : it was there to be ended.
client_end() {
	kill "$client" || fail "the client is gone"
	status=0
	wait "$client" || status=$?
	client=
	[ $status = "$1" ] || fail "the client's status is $status"
}

start() {
	screen 800x600 1
	"$compositor" --config "$dir/conf" --socket wayland-7 --verbose >"$dir/compositor.log" 2>&1 &
	pids=$!
	until_ "$mullionctl" screen list
}

# A terminal whose program fills it with a colour, and does so again when it has another size.
# Around it is what is left of foot's own.
foot_test() {
	cat >"$dir/fill" <<'FILL'
fill() {
	stty size >>"$1"
	printf '\033[?25l\033[48;2;255;128;0m\033[H\033[2J'
}
trap 'fill "$1"' WINCH
fill "$1"
while :; do sleep 0.1; done
FILL
	foot --config=/dev/null -o pad=20x20 -o colors.background=204060 \
		bash "$dir/fill" "$dir/sizes" >"$dir/foot.log" 2>&1 &
	client=$!
	until_ has_window foot
	until_ shows 40 40 700 500 ff8000 0 0 800 20 204060 0 0 20 600 204060 \
		780 0 20 600 204060 0 580 800 20 204060
	size=$(tail -n 1 "$dir/sizes")

	screen 1024x300 1
	"$mullionctl" screen reload
	until_ shows 40 40 940 200 ff8000 0 0 1024 20 204060 1004 0 20 300 204060 0 280 1024 20 204060
	[ "$(tail -n 1 "$dir/sizes" | cut -d ' ' -f 1)" -lt "${size% *}" ] || fail "no fewer lines"
	columns=$(tail -n 1 "$dir/sizes" | cut -d " " -f 2)
	[ "$columns" -gt "${size#* }" ] || fail "no wider lines"

	# In px of a finer screen all is twice as large, letters too.
	screen 1600x1200 2
	"$mullionctl" screen reload
	until_ shows 80 80 1400 1000 ff8000 0 0 1600 40 204060 0 1160 1600 40 204060
	[ "$(tail -n 1 "$dir/sizes" | cut -d ' ' -f 2)" -lt "$columns" ] || fail "as many columns: $(cat "$dir/sizes")"

	client_end 230
	no_complaint "$dir/foot.log"
	! grep 'no primary selection' "$dir/foot.log" || fail "foot misses something"
	screen 800x600 1
	"$mullionctl" screen reload
}

# mpv_test NAME OPTION... : a clip of two colours in turn, with what its shape leaves black.
mpv_test() {
	name=$1
	shift
	before=$(frames)
	mpv --no-config --no-terminal --log-file="$dir/mpv-$name.log" "$@" \
		"av://lavfi:nullsrc=s=320x160:r=30,format=rgb24,geq=r=48+144*mod(floor(T*2)\\,2):g=96:b=192-144*mod(floor(T*2)\\,2)" &
	client=$!
	until_ has_window mpv
	for colour in 3060c0 c06030; do
		until_ shows 0 110 800 380 $colour 0 0 800 90 000000 0 510 800 90 000000
	done
	until_ frames_are $((before + 30))
	client_end 143
	no_complaint "$dir/mpv-$name.log"
}

windows_are() { [ "$("$mullionctl" --json screen list | jq '.windows | length')" = "$1" ]; }
background_is_hidden() { ! shows 0 0 800 600 101010; }

# Each of weston's clients that want nothing of weston's own has a window with a picture.
weston_test() {
	for name in clickdot cliptest confine dnd eventdemo flower fullscreen multi-resource \
		presentation-shm resizor scaler simple-damage simple-egl simple-shm simple-touch smoke \
		stacking subsurfaces terminal transformed; do
		WAYLAND_DEBUG=1 weston-$name >"$dir/weston-$name.log" 2>&1 &
		client=$!
		until_ windows_are 1
		until_ background_is_hidden
		client_end 143
		no_complaint "$dir/weston-$name.log"
		until_ windows_are 0
		rm "$dir/weston-$name.log"
	done
}

unset MULLION_COMPOSITOR_SOCKET WAYLAND_DISPLAY DISPLAY
export XDG_RUNTIME_DIR="$dir" HOME="$dir" WAYLAND_DISPLAY=wayland-7 LANG=C.UTF-8
start
foot_test
weston_test
mpv_test wlshm --vo=wlshm
mpv_test wlshm-fs --vo=wlshm --fs
mpv_test gpu --vo=gpu --gpu-context=wayland
mpv_test gpu-fs --vo=gpu --gpu-context=wayland --fs
no_complaint "$dir/compositor.log"
