#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mullionctl screen, and a Varlink client of its own, against mullion-compositor without a
# screen: test-screen.sh MULLION_COMPOSITOR MULLIONCTL

set -eu

compositor=$1
mullionctl=$2
here=$(dirname "$0")
dir=$(mktemp -d)
client=
pids=
failed=0

cleanup() {
	[ $? = 0 ] || failed=1
	if [ -n "$client" ]; then kill "$client"; fi
	for pid in $pids; do kill "$pid" && wait "$pid" || failed=1; done
	[ $failed = 0 ] || cat "$dir/log"
	rm -rf "$dir"
	exit $failed
}
trap cleanup EXIT

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	failed=1
}

# expect STATUS WHAT COMMAND...: the exit status, and WHAT in what it printed
expect() {
	status=$1 what=$2
	shift 2
	set +e
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	set -e
	[ $got = "$status" ] || fail "status $got, not $status: $*: $(cat "$dir/err")"
	cat "$dir/out" "$dir/err" | grep -qE -e "$what" ||
		fail "no \"$what\" in: $*: $(cat "$dir/out" "$dir/err")"
}

# until COMMAND... : it succeeds, within a generous limit
until_() {
	tries=600
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { fail "not in time: $*"; return; }
		sleep 0.05
	done
}

unset MULLION_COMPOSITOR_SOCKET WAYLAND_DISPLAY
export XDG_RUNTIME_DIR="$dir"
expect 1 "mullion-compositor is not running \\(no socket at $dir/mullion-compositor.sock\\)" \
	"$mullionctl" screen list
cat >"$dir/conf" <<CONF
[compositor]
backend = headless
background = #336699
[output A]
mode = 640x480@75
scale = 2
position = 0,-10
region a = 0,0,320x480
region b = 300,0,10x10
region c = 320,0,320x240
[output B]
mode = 800x600
transform = 90
CONF
"$compositor" --config "$dir/conf" --socket wayland-7 >"$dir/log" 2>&1 &
pids=$!
until_ "$mullionctl" screen list
grep -q 'output A: region b overlaps region a: it is left out' "$dir/log" || fail "region b"
python3 "$here/varlink-screens.py" "$dir/mullion-compositor.sock" || fail varlink-screens.py

# for people
expect 0 '^A +640x480@75.000 +2 +normal +[a-z]' "$mullionctl" screen list
expect 0 '^c +A +160,-10 +160x120$' "$mullionctl" screen list
"$mullionctl" --json screen list | python3 -m json.tool >/dev/null || fail "--json"
"$mullionctl" screen screenshot c "$dir/c.png" || fail screenshot
"$mullionctl" screen screenshot c - | cmp - "$dir/c.png" || fail "to a pipe"
# width and height of a PNG
[ "$(od -An -tx1 -j16 -N8 "$dir/c.png" | tr -d ' ')" = 00000140000000f0 ] || fail "its size"
expect 1 "there is no output \"A\": 'mullionctl screen list' shows them" \
	"$mullionctl" screen screenshot A "$dir/none.png"
"$mullionctl" screen power A off || fail "power off"
expect 0 '^A +640x480@75.000 +2 +normal +[a-z]+ +off ' "$mullionctl" screen list
"$mullionctl" screen power A on || fail "power on"
expect 0 '^A +640x480@75.000 +2 +normal +[a-z]+ +on ' "$mullionctl" screen list
expect 1 "there is no screen \"a\": 'mullionctl screen list' shows them" \
	"$mullionctl" screen power a off
expect 2 'expected: mullionctl screen list' "$mullionctl" screen power A maybe
expect 1 'screen "A" stays as it is: it has no light that can be set' \
	"$mullionctl" screen brightness A 50%
expect 2 'expected a percentage from 1% to 100%, got "101"' "$mullionctl" screen brightness A 101
expect 2 'expected a percentage from 1% to 100%, got "0%"' "$mullionctl" screen brightness A 0%
expect 2 'expected: mullionctl screen' "$mullionctl" screen
expect 2 'expected: mullionctl screen list' "$mullionctl" screen dance
expect 2 'expected: mullionctl screen list' "$mullionctl" screen list a

# a window, where the configuration has it, and somewhere else once that is another
WAYLAND_DISPLAY=wayland-7 weston-simple-shm >"$dir/client" 2>&1 &
client=$!
window_is() { "$mullionctl" screen list | grep -qE "^org.freedesktop.weston.simple-shm +($1) +simple-shm\$"; }
until_ window_is 'a +normal +seen'
cat >>"$dir/conf" <<CONF
[window org.*.simple-shm]
output = B
layer = above
CONF
"$mullionctl" screen reload || fail reload
until_ window_is 'B +above +seen'

# who breaks the protocol is named, and nobody else is told
python3 - "$dir/wayland-7" <<'PYTHON' || fail "a client that breaks the protocol"
import socket, struct, sys
broken = socket.socket(socket.AF_UNIX)
broken.connect(sys.argv[1])
broken.send(struct.pack("<II", 12345, 8 << 16))
while broken.recv(4096):
    pass
PYTHON
grep -q 'warning: libwayland: error in client communication (pid [0-9]*)' "$dir/log" ||
	fail "nobody names who breaks the protocol: $(cat "$dir/log")"
window_is 'B +above +seen' || fail "a client that breaks the protocol takes another with it"

# regions that are others, a colour that is another
sed -i 's/^region a = .*/region d = 0,0,100x100/; s/^background = .*/background = #ff0000/' "$dir/conf"
kill -HUP "${pids##* }"
until_ "$mullionctl" screen screenshot d "$dir/d.png"
expect 0 '^b +A +150,-10 +5x5$' "$mullionctl" screen list # nothing is in its way any more
expect 1 'there is no output "a"' "$mullionctl" screen screenshot a "$dir/none.png"
"$mullionctl" screen screenshot d "$dir/red.png"
sed -i 's/^background = .*/background = #00ff00/' "$dir/conf"
"$mullionctl" screen reload || fail reload
green() { "$mullionctl" screen screenshot d "$dir/green.png" && ! cmp "$dir/green.png" "$dir/red.png"; }
until_ green

# what is asked for and not there
printf '[window a]\noutput = DP-9\n[input b]\noutput = DP-8\n' >>"$dir/conf"
"$mullionctl" screen reload || fail "reload with what is not there"
grep -q '\[window a\]: there is no output DP-9' "$dir/log" || fail "nobody misses DP-9"
grep -q '\[input b\]: there is no output DP-8' "$dir/log" || fail "nobody misses DP-8"

# what is wrong changes nothing, and what cannot change is said
cat >>"$dir/conf" <<CONF
nonsense
[window b]
layer = below
CONF
expect 1 'conf:[0-9]+: expected KEY = VALUE, got "nonsense"' "$mullionctl" screen reload
expect 1 'layer: expected normal or above, got "below"' "$mullionctl" screen reload
expect 1 'the configuration is wrong: nothing changes' "$mullionctl" screen reload
window_is 'B +above +seen' || fail "something changed"
sed -i '/^nonsense/,$d; s/^backend = headless/&\nrenderer = pixman/' "$dir/conf"
"$mullionctl" screen reload || fail "reload again"
grep -q '\[compositor\]: renderer is another in the file: that needs a restart' "$dir/log" ||
	fail "nobody says that the renderer stays"

# a screen of another mode, which keeps its window; one that comes, and one that goes
sed -i 's/^mode = 800x600/mode = 1024x768/' "$dir/conf"
printf '[output C]\nmode = 100x50\n' >>"$dir/conf"
"$mullionctl" screen reload || fail "reload with another mode"
expect 0 '^B +1024x768@60.000 +1 +90 ' "$mullionctl" screen list
expect 0 '^C +100x50@60.000 ' "$mullionctl" screen list
until_ window_is 'B +above +seen'
"$mullionctl" screen screenshot B "$dir/b.png" || fail "screenshot in another mode"
[ "$(od -An -tx1 -j16 -N8 "$dir/b.png" | tr -d ' ')" = 0000030000000400 ] || fail "its size"
sed -i 's/^mode = 100x50/enabled = no/' "$dir/conf"
"$mullionctl" screen reload || fail "reload without C"
expect 1 'there is no output "C"' "$mullionctl" screen screenshot C "$dir/none.png"
sed -i '/^\[output B\]/,/^transform/d' "$dir/conf"
"$mullionctl" screen reload || fail "reload without B"
until_ window_is 'd +above +seen|b +above +seen|c +above +seen'

# a manager is told once every screen shows a picture; what is refused is said
cat >"$dir/manager.py" <<'PYTHON'
import os, signal, socket, subprocess, sys
path = os.environ['NOTIFY_SOCKET']
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(path)
manager.settimeout(60)
with subprocess.Popen(sys.argv[1:]) as service:
    assert manager.recv(100) == b'READY=1'
    policy = os.sched_getscheduler(service.pid)
    status = open(f'/proc/{service.pid}/status').read()
    locked = int(status.split('VmLck:')[1].split()[0])
    service.send_signal(signal.SIGTERM)
    assert manager.recv(100) == b'STOPPING=1'
    assert service.wait() == 0
print('scheduled' if policy == os.SCHED_RR | os.SCHED_RESET_ON_FORK else 'not scheduled')
print('locked' if locked else 'not locked')
PYTHON
NOTIFY_SOCKET="$dir/notify" python3 "$dir/manager.py" "$compositor" --config "$dir/conf" \
	--socket wayland-9 --realtime 5 --lock-memory yes >"$dir/told" 2>"$dir/log3" ||
	fail "the manager: $(cat "$dir/log3")"
if grep -q 'real-time scheduling with priority 5' "$dir/log3"; then
	grep -qx scheduled "$dir/told" || fail "no real-time scheduling"
else
	grep -q 'no real-time scheduling' "$dir/log3" || fail "no word of real-time scheduling"
fi
if grep -q 'memory is locked' "$dir/log3"; then
	# The address sanitizer has an mlockall of its own, which does nothing.
	grep -q __asan_init "$compositor" || grep -qx locked "$dir/told" || fail "no locked memory"
else
	grep -q 'memory is not locked' "$dir/log3" || fail "no word of locked memory"
fi

# a second one does without the socket, which the first one keeps
"$compositor" --config "$dir/conf" --socket wayland-8 >"$dir/log2" 2>&1 &
pids="$! $pids"
until_ grep -q "no control socket $dir/.*: another mullion-compositor has it" "$dir/log2"
expect 0 '^A ' "$mullionctl" screen list

# without a directory for it there is no control socket; a region is no screen's namesake
printf '[output A]\nregion B = 0,0,2x2\n' >"$dir/namesake"
env -u XDG_RUNTIME_DIR "$compositor" --backend headless --config "$dir/namesake" \
	--output B=640x480 --socket "$dir/absolute" >"$dir/log4" 2>&1 &
pids="$! $pids"
until_ grep -q 'no control socket in XDG_RUNTIME_DIR: No such file or directory' "$dir/log4"
[ ! -e /mullion-compositor.sock ] || fail "a control socket in the root directory"
until_ grep -q 'output A: region B has the name of a screen: it is left out' "$dir/log4"

# its file is checked without a start
"$compositor" --config "$dir/conf" --check || fail "--check"
sed -E 's/^#(\[|[a-z-]+ = |region )/\1/' "$here/../doc/compositor.conf" >"$dir/all.conf"
for conf in "$here/../doc/compositor.conf" "$dir/all.conf"; do
	"$compositor" --config "$conf" --check || fail "$conf"
done
printf '[output A]\nregion x = 0,0,2x2\nregion y = 1,1,2x2\n' >"$dir/overlap"
expect 1 'region y overlaps region x' "$compositor" --config "$dir/overlap" --check
printf '[output A]\nmode = 640x480\nregion x = 0,0,641x1\n' >"$dir/outside"
expect 1 'region x leaves the panel, which is 640x480' "$compositor" --config "$dir/outside" --check
expect 1 'No such file' "$compositor" --config "$dir/none" --check
# a service is not started again with what stays wrong
expect 2 'No such file' "$compositor" --config "$dir/none"
expect 2 '^mullion-compositor: error: --output: expected .*WIDTHxHEIGHT.*, got "0x0"$' \
	"$compositor" --config "$dir/conf" --output 0x0
expect 2 '^mullion-compositor: error: --renderer: expected auto, gl or pixman, got "none"$' \
	"$compositor" --config "$dir/conf" --renderer none
[ "$(wc -l <"$dir/err")" = 2 ] || fail "more than what is wrong: $(cat "$dir/err")"

# which file it is, and that there is none
expect 0 "the configuration is $dir/conf$" "$compositor" --config "$dir/conf" --check

# a place for a socket that cannot be had is said, and what is there stays
echo precious >"$dir/file"
expect 1 "no Wayland socket $dir/file .*: File exists" \
	"$compositor" --config "$dir/conf" --socket "$dir/file"
expect 1 "no Wayland socket file .*$dir.*: File exists" \
	"$compositor" --config "$dir/conf" --socket file
expect 1 'another compositor listens at wayland-7' "$compositor" --config "$dir/conf" --socket wayland-7
expect 1 'no Wayland socket wayland-N \(XDG_RUNTIME_DIR is not set\)' \
	env -u XDG_RUNTIME_DIR "$compositor" --backend headless
expect 1 'no Wayland socket wayland-N \(XDG_RUNTIME_DIR is /none\): No such file' \
	env XDG_RUNTIME_DIR=/none "$compositor" --backend headless
"$compositor" --config "$dir/conf" --socket wayland-9 --control "$dir/file" >"$dir/log5" 2>&1 &
pids="$! $pids"
until_ grep -q "no control socket $dir/file: File exists" "$dir/log5"
[ "$(cat "$dir/file")" = precious ] || fail "a file gave way to a socket"
