# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The compositor that is not ours: headless sway with one output for each head,
# every window of Mullion fullscreen on the output of its head, and grim as an
# independent camera. Also screenshots from a compositor that is already there.

# sway_start MODE APP_ID... : starts sway with an output of MODE (1024x768) for
# each window, which that window fills. Sets sway_pid, sway_runtime_dir,
# sway_client and sway_display (an absolute path, which WAYLAND_DISPLAY may be).
# Its log is $lab_tmp/sway.log.
sway_start() {
	local mode=$1 output=0 app_id
	local dir=$lab_tmp/sway
	shift
	mkdir -p "$dir/home"
	{
		echo "swaybg_command -"
		echo "default_border none"
		echo "default_floating_border none"
		echo "focus_follows_mouse no"
		echo "seat * hide_cursor 1"
		for app_id; do
			output=$((output + 1))
			echo "output HEADLESS-$output mode $mode"
			echo "workspace $output output HEADLESS-$output"
			echo "assign [app_id=\"^${app_id//./\\.}\$\"] workspace $output"
			echo "for_window [app_id=\"^${app_id//./\\.}\$\"] fullscreen enable"
		done
	} >"$dir/config"
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$dir"
	# Root's daemon and nobody's compositor meet in this directory.
	chmod 711 "$lab_tmp"
	chmod 700 "$dir"

	lab_start "$lab_tmp/sway.log" "${as_nobody[@]}" HOME="$dir/home" XDG_RUNTIME_DIR="$dir" \
		WLR_BACKENDS=headless WLR_HEADLESS_OUTPUTS=$# WLR_RENDERER=pixman \
		WLR_LIBINPUT_NO_DEVICES=1 sway -c "$dir/config"
	sway_pid=$lab_pid
	sway_runtime_dir=$dir
	if ! wait_until 15 sway_is_up; then
		tail -n 20 "$lab_tmp/sway.log" >&2
		die "sway did not start"
	fi
	# Words before a command that make it a client of this sway.
	sway_client=("${as_nobody[@]}" HOME="$dir/home" XDG_RUNTIME_DIR="$dir"
		WAYLAND_DISPLAY="$sway_display" SWAYSOCK="$sway_ipc")
}

sway_is_up() {
	pid_alive "$sway_pid" || die "sway ended: $(tail -n 3 "$lab_tmp/sway.log")"
	local socket
	for socket in "$sway_runtime_dir"/wayland-*; do
		[ -S "$socket" ] || continue
		sway_display=$socket
		sway_ipc=$(echo "$sway_runtime_dir"/sway-ipc.*.sock)
		[ -S "$sway_ipc" ] && return 0
	done
	return 1
}

# sway_screenshot N FILE : what sway shows on the output of its Nth window, from 0.
sway_screenshot() {
	"${sway_client[@]}" grim -o "HEADLESS-$(($1 + 1))" - >"$2"
}

# sway_windows : "APP_ID OUTPUT WIDTHxHEIGHT" for each window.
sway_windows() {
	"${sway_client[@]}" swaymsg -r -t get_tree | jq -r '
		.nodes[] | .name as $output
		| .. | objects | select(.app_id? != null)
		| "\(.app_id) \(.rect.width)x\(.rect.height) \($output)"'
}

# ---- ours -------------------------------------------------------------------

# mullion_compositor_start MODE APP_ID... : mullion-compositor headless, an output of MODE
# for each window. Sets mullion_compositor_pid, _dir and _display.
mullion_compositor_start() {
	local mode=$1 output=0 app_id arguments=()
	shift
	for app_id; do
		output=$((output + 1))
		arguments+=(--output "$mode" --place "$app_id=HEADLESS-$output")
	done
	mullion_compositor_dir=$lab_tmp/mullion-compositor
	mullion_compositor_display=$mullion_compositor_dir/wayland-0
	mkdir -m 700 "$mullion_compositor_dir"
	lab_start "$lab_tmp/mullion-compositor.log" env XDG_RUNTIME_DIR="$mullion_compositor_dir" \
		"$build_dir/compositor/mullion-compositor" --backend headless --socket wayland-0 \
		--config /dev/null "${arguments[@]}"
	mullion_compositor_pid=$lab_pid
	wait_until 15 [ -S "$mullion_compositor_display" ] ||
		die "mullion-compositor did not start: $(tail -n 3 "$lab_tmp/mullion-compositor.log")"
}

# mullion_compositor_screenshot N FILE : what it shows on the output of its Nth window, from 0.
mullion_compositor_screenshot() {
	"$build_dir/tools/mullionctl" --socket "$mullion_compositor_dir/mullion-compositor.sock" \
		screen screenshot "HEADLESS-$(($1 + 1))" "$2"
}

# ---- a compositor that was there before us --------------------------------

session_is_there() { wayland-info >/dev/null 2>&1; }

# session_camera : which program can photograph the session that
# WAYLAND_DISPLAY names: grim, weston or none.
session_camera() {
	local globals
	globals=$(wayland-info 2>/dev/null)
	case $globals in
	*zwlr_screencopy_manager_v1*) echo grim ;;
	*weston_screenshooter* | *weston_capture*) echo weston ;;
	*) echo none ;;
	esac
}

# session_screenshot CAMERA HEAD FILE : the user's session, cut to the head's
# window where sway tells where that is, else all of it.
session_screenshot() {
	local camera=$1 head=$2 file=$3 area=
	if [ "$camera" = weston ]; then
		local dir
		dir=$(mktemp -d "$lab_tmp/shot.XXXXXX")
		( cd "$dir" && weston-screenshooter ) >/dev/null 2>&1 && mv "$dir"/*.png "$file"
		return
	fi
	if [ -n "${SWAYSOCK:-}" ]; then
		area=$(swaymsg -r -t get_tree 2>/dev/null | jq -r --arg suffix ".$head" '
			[.. | objects | select((.app_id? // "") | startswith("mullion.") and endswith($suffix))][0]
			| select(. != null) | .rect | "\(.x),\(.y) \(.width)x\(.height)"')
	fi
	grim ${area:+-g "$area"} "$file"
}
