#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's Mesa and its programs on a container: through mullion-run, as root and as a
# user, and in bubblewrap; a program and a renderer that are killed beside others.

set -u
. "$(dirname "$0")/testing.sh"

run() { "$build_dir/tools/mullion-run" --socket "$mulliond_control" -- "$@"; }

# bubble SOCKET COMMAND... : in a container of bubblewrap, with nothing of ours but the socket.
bubble() {
	local socket=$1
	shift
	bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind "$socket" /tmp/.virgl_test \
		--setenv GALLIUM_DRIVER virpipe --setenv LIBGL_ALWAYS_SOFTWARE true -- "$@"
}

weston_start() {
	mkdir -p -m 700 "$lab_tmp/runtime"
	export XDG_RUNTIME_DIR=$lab_tmp/runtime WAYLAND_DISPLAY=wayland-lab
	lab_start "$lab_tmp/weston.log" weston --backend=headless-backend.so --use-pixman \
		--no-config --width=1024 --height=768 --socket=wayland-lab
	wait_until 15 test -S "$XDG_RUNTIME_DIR/wayland-lab" || fail "weston did not start"
}

clients() { mullionctl show apps --json | jq '.guest.clients | length'; }
clients_are() { [ "$(clients)" = "$1" ]; }
# client_value PROGRAM NAME : of the first client of that name.
client_value() {
	mullionctl show apps --json |
		jq -r --arg program "$1" --arg name "$2" \
			'[.guest.clients[] | select(.program == $program)][0][$name] // empty'
}
submits() { [ "$(client_value "$1" submissions)" -gt "$2" ]; }
is_over() { ! pid_alive "$1"; }
goes_on() {
	local from
	from=$(client_value "$1" submissions)
	[ -n "$from" ] && wait_until 20 submits "$1" "$from"
}

test_begin Xvfb glxgears bwrap weston glmark2-es2-wayland es2gears_wayland eglinfo jq
mulliond_config headless
printf '%s\n' "render-node = none" "[guest apps]" "type = container" "memory = 1G" \
	>>"$lab_tmp/mulliond.conf"
mulliond_start
socket=$mulliond_dir/apps/vtest.sock
wait_until 20 test -S "$socket" || fail "no socket"
weston_start
before=$(ls -i /tmp/.virgl_test 2>&1)

# Its status tells of all platforms; there is no X11 here.
run eglinfo >"$lab_tmp/eglinfo.log" 2>&1
[ "$(grep -c "EGL vendor string: Mesa Project" "$lab_tmp/eglinfo.log")" -ge 2 ] || fail "eglinfo"
checked "eglinfo, on Wayland and surfaceless"
out=$(run "$build_dir/tests/lab/gles31" 2>&1) || fail "gles31: $out"
grep -q "renderer: virgl" <<<"$out" || fail "gles31 did not draw through virgl: $out"
checked "OpenGL ES 3.1: $(tr '\n' ' ' <<<"$out")"
[ "$(bubble "$socket" "$build_dir/tests/lab/gles31" 2>&1)" = "$out" ] || fail "gles31 in bubblewrap"
checked "the same in bubblewrap"
[ "$(run ls -a /tmp | grep -cx .virgl_test)" = 1 ] || fail "no socket in the program's /tmp"
[ "$(ls -i /tmp/.virgl_test 2>&1)" = "$before" ] || fail "the /tmp of others was touched"
if [ "$(id -u)" = 0 ]; then
	chmod 711 "$lab_tmp" "$mulliond_dir"
	chmod 755 "$mulliond_dir/apps"
	chmod 666 "$mulliond_control" "$socket"
	out2=$("${as_nobody[@]}" "$build_dir/tools/mullion-run" --socket "$mulliond_control" -- \
		"$build_dir/tests/lab/gles31" 2>&1)
	[ "$out2" = "$out" ] || fail "gles31 as a user: $out2"
	checked "the same as an ordinary user"
fi
out=$(run false; echo $?) && [ "$out" = 1 ] || fail "the program's status is not passed on"
"$build_dir/tools/mullion-run" --socket "$mulliond_control" --guest nobody -- true 2>"$lab_tmp/err.log"
[ $? = 125 ] && grep -q "there is no guest nobody" "$lab_tmp/err.log" || fail "a guest that there is not"

# GLX.
lab_start "$lab_tmp/xvfb.log" Xvfb -displayfd 1 -screen 0 640x480x24 -nolisten tcp
xvfb=$lab_pid
wait_until 20 grep -qx '[0-9]*' "$lab_tmp/xvfb.log" || fail "Xvfb did not start"
DISPLAY=:$(grep -x '[0-9]*' "$lab_tmp/xvfb.log") lab_start "$lab_tmp/glxgears.log" \
	"$build_dir/tools/mullion-run" --socket "$mulliond_control" glxgears -info
glxgears=$lab_pid
wait_until 30 grep -q "GL_RENDERER *= virgl" "$lab_tmp/glxgears.log" || fail "glxgears did not draw through virgl"
goes_on glxgears || fail "glxgears does not draw"
lab_stop "$glxgears"
lab_stop "$xvfb"
checked "GLX"

# Every scene, briefly.
run glmark2-es2-wayland -b :duration=0.2 -b build -b texture -b shading -b bump -b effect2d -b pulsar \
	-b desktop -b buffer -b ideas -b jellyfish -b terrain -b shadow -b refract -b conditionals \
	-b function -b loop -b clear >"$lab_tmp/glmark2.log" 2>&1 || fail "glmark2 failed"
grep -q "GL_RENDERER: *virgl" "$lab_tmp/glmark2.log" || fail "glmark2 did not draw through virgl"
scenes=$(grep -c ' FPS: [1-9]' "$lab_tmp/glmark2.log")
[ "$scenes" = 17 ] && ! grep -qE 'Error|Failed|Unsupported' "$lab_tmp/glmark2.log" ||
	fail "glmark2 ran $scenes scenes"
checked "glmark2: $scenes scenes"
wait_until 20 clients_are 0 || fail "clients stay"
frames() { mullionctl stats --json | jq '.guests[0].frames'; }
before=$(frames)
run glmark2-es2-wayland -b build:nframes=60:duration=600 >"$lab_tmp/glmark2.log" 2>&1 || fail "glmark2 failed"
[ "$(frames)" = $((before + 60)) ] || fail "of glmark2's 60 frames $(($(frames) - before)) were counted"
run glmark2-es2-wayland --off-screen -b build:nframes=60:duration=600 >"$lab_tmp/glmark2.log" 2>&1 || fail "glmark2 failed"
[ "$(frames)" = $((before + 60)) ] || fail "frames that nobody could see were counted"
checked "glmark2's frames are counted"

# Three programs; one is killed, the renderer of another one is.
lab_start "$lab_tmp/gears.log" "$build_dir/tools/mullion-run" --socket "$mulliond_control" es2gears_wayland
gears=$lab_pid
lab_start "$lab_tmp/one.log" "$build_dir/tools/mullion-run" --socket "$mulliond_control" \
	glmark2-es2-wayland -b build:duration=600
one=$lab_pid
lab_start "$lab_tmp/two.log" bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp \
	--bind "$lab_tmp/runtime" "$lab_tmp/runtime" --bind "$socket" /tmp/.virgl_test \
	--setenv GALLIUM_DRIVER virpipe --setenv LIBGL_ALWAYS_SOFTWARE true \
	glmark2-es2-wayland -b texture:duration=600
two=$lab_pid
wait_until 20 clients_are 3 || fail "not three clients: $(clients)"
goes_on es2gears_waylan || fail "es2gears does not draw"
lab_stop "$one" KILL
wait_until 20 clients_are 2 || fail "a killed program's client stays"
goes_on es2gears_waylan && goes_on glmark2-es2-way || fail "the others do not go on"
checked "a program was killed, two others drew on"
kill -KILL "$(client_value glmark2-es2-way render_pid)"
wait_until 20 clients_are 1 || fail "a client without a renderer stays"
goes_on es2gears_waylan || fail "es2gears does not go on"
grep -q "guest apps: the connection of glmark2-es2-way .*: its mullion-render was killed by signal 9" \
	"$lab_tmp/mulliond.log" || fail "no line of it"
wait_until 20 is_over "$two" || fail "glmark2 does not notice"
[ "$(grep -c "the connection of" "$lab_tmp/mulliond.log")" = 1 ] || fail "more lines than that"
checked "a renderer was killed, another program drew on"
lab_stop "$gears"
mulliond_check_end
