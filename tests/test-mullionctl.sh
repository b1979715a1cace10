#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mullionctl, and a Varlink client of its own, against guests of cardboard:
# test-mullionctl.sh MULLIONCTL CONTROL_SERVER

set -eu

mullionctl=$1
control_server=$2
here=$(dirname "$0")
dir=$(mktemp -d)
server=
failed=0

cleanup() {
	[ $? = 0 ] || failed=1
	exec 3>&- # the server's standard input: it ends
	[ -z "$server" ] || wait "$server" || failed=1
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
	cat "$dir/out" "$dir/err" | grep -qF -e "$what" ||
		fail "no \"$what\" in: $*: $(cat "$dir/out" "$dir/err")"
}

cat >"$dir/conf" <<CONF
[mulliond]
socket-dir = $dir
[guest desktop]
heads = 2
head0 = 1920x1080@59.94
[guest car]
record-limit = 64K
renderer = pixman
weight = 7
cap = 50%
reservation = 4ms/16ms
slice = 500us
max-heads = 2
head1 = 800x600
[guest apps]
type = container
max-clients = 7
CONF

export MULLION_SOCKET="$dir/control.sock"

expect 1 "mulliond is not running (no socket at $dir/control.sock)" "$mullionctl" list
expect 0 "mulliond is not running" "$mullionctl" version

export MULLION_TEST_TAP="$dir/tap"
mkfifo "$dir/input"
"$control_server" "$dir/control.sock" "$dir/conf" <"$dir/input" >"$dir/server" &
server=$!
exec 3>"$dir/input"
tries=0
until grep -q ready "$dir/server"; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { fail "no server"; exit; }
	sleep 0.05
done

# the example of a configuration is one, and its comments are settings
sed -E 's/^#(\[|[a-z0-9-]+ = )/\1/' "$here/../doc/mullion.conf" >"$dir/all.conf"
grep -q '^memory = ' "$dir/all.conf" || fail "no settings in the example"
for conf in "$here/../doc/mullion.conf" "$dir/all.conf"; do
	# shellcheck disable=SC2016
	expect 0 ready sh -c ': | "$0" "$1" "$2"' "$control_server" "$dir/example.sock" "$conf"
done

# what users read
expect 0 "desktop  running  1920x1080 1024x768  59.9 -  250 ms    virgl" "$mullionctl" list
expect 0 "car: made of cardboard?[31m" "$mullionctl" list
expect 0 "desktop: running" "$mullionctl" show desktop
expect 0 "  renderer        virgl on llvmpipe" "$mullionctl" show desktop
expect 0 "  0     1920x1080 @ 59.94 Hz  virgl     59.9  3600     3590       10" \
	"$mullionctl" show desktop
expect 0 "  0     0.08 ms, 99 % 0.11 ms  16.00 ms, 99 % 20.48 ms  7          fences" "$mullionctl" show desktop
expect 0 "  memory          103 MiB of 512 MiB" "$mullionctl" show desktop
expect 0 "  resources       214 of 16384" "$mullionctl" show desktop
expect 0 "  contexts        3 of 1024" "$mullionctl" show desktop
expect 0 "  backing         1701 of 1048576" "$mullionctl" show desktop
expect 0 "  fences          2 of 1024" "$mullionctl" show desktop
expect 0 "  trace           1.5 KiB of 16 MiB" "$mullionctl" show desktop
expect 0 "  record          5 MiB of 1 GiB" "$mullionctl" show desktop
expect 0 "  GPU time        weight 100, slice 4 ms" "$mullionctl" show desktop
expect 0 " by fdinfo, due " "$mullionctl" show desktop
expect 0 " by clock, due " "$mullionctl" show car
expect 0 "  GPU time        weight 7, cap 50%, 4 ms reserved of each 16 ms, slice 0.5 ms" "$mullionctl" show car
expect 0 "  hangs           3 (of more than 1.5 s)" "$mullionctl" show desktop
# other terms
"$mullionctl" set car weight=900 cap=none slice=2ms reservation=1ms/10ms || fail "set"
expect 0 "weight 900, 1 ms reserved of each 10 ms, slice 2 ms" "$mullionctl" show car
expect 1 'nothing was set: weight: expected a number from 1 to 1000, got "0"' "$mullionctl" set car cap=5% weight=0
expect 1 'got "heavy"' "$mullionctl" set car weight=heavy
expect 1 'expected a number from 1 to 1000, got "00000' "$mullionctl" set car "weight=$(printf %065d 900)"
"$mullionctl" set car "weight=$(printf %064d 900)" || fail "set with zeros before"
expect 1 'nothing was set: its reservation would be more than its cap' "$mullionctl" set car cap=5%
expect 1 'at most 40.0% is left' "$mullionctl" set car reservation=5ms/10ms
expect 1 'max-clients: a guest of type = vm has no such thing' "$mullionctl" set car max-clients=3
expect 1 'max-fences: a guest of type = container has no such thing' "$mullionctl" set apps max-fences=3
expect 1 'mulliond does not take this heads' "$mullionctl" set car heads=2
expect 1 'there is no guest "x"' "$mullionctl" set x weight=1
expect 2 'expected: mullionctl set [GUEST] KEY=VALUE' "$mullionctl" set car
expect 2 'expected KEY=VALUE such as weight=200, got "weight"' "$mullionctl" set car weight
expect 2 '"weight" is there twice' "$mullionctl" set car weight=1 weight=2
expect 0 "weight 900, 1 ms reserved of each 10 ms, slice 2 ms" "$mullionctl" show car
expect 1 'in-flight: expected a number from 1 to 16, got "0"' "$mullionctl" set in-flight=0
expect 1 'does not take this weight' "$mullionctl" set weight=1
"$mullionctl" set in-flight=2 || fail "set in-flight"
"$mullionctl" set car weight=7 cap=50% slice=500us reservation=4ms/16ms || fail "set"
expect 0 "there is nothing to release" "$mullionctl" release desktop
"$mullionctl" release car || fail "release"
expect 1 'there is no guest "x"' "$mullionctl" release x
expect 0 "car: waiting for a VMM" "$mullionctl" show car
expect 0 "  touch0    connected  1234    56         7" "$mullionctl" show car
expect 0 "  panel  given      /dev/input/by-path/panel" "$mullionctl" show car
expect 0 "  wheel  refused    /dev/input/by-path/wheel" "$mullionctl" show car
expect 0 "  input wheel: is glued to the desk" "$mullionctl" show car
expect 0 "  pedal  not there  /dev/input/by-path/pedal" "$mullionctl" show car
expect 0 "apps     waiting  2 programs" "$mullionctl" list
expect 0 "apps: waiting for programs" "$mullionctl" show apps
expect 0 "  programs   2 of 7" "$mullionctl" show apps
expect 0 "  socket     $dir/apps/vtest.sock" "$mullionctl" show apps
expect 0 "  5000  \"quoted\"\\     process 5010   3 MiB   77" "$mullionctl" show apps
expect 0 "  5001  es2gears?[1m  waits for one  3 MiB   77" "$mullionctl" show apps
expect 1 "mulliond does not take this guest" "$mullionctl" vm-args apps
expect 1 "mulliond does not take this guest" "$mullionctl" restart apps
expect 1 'guest "apps" has no head 0' "$mullionctl" view apps 0
expect 0 "path=$dir/desktop/gpu.sock" "$mullionctl" vm-args desktop
expect 0 "size=4096M,share=on" "$mullionctl" vm-args desktop --memory 4G
expect 0 "<qemu:arg value='-device'/>" "$mullionctl" vm-args desktop libvirt
expect 0 "mulliond $("$mullionctl" --version | cut -d' ' -f2)" "$mullionctl" version
expect 0 "usage: mullionctl" "$mullionctl" --help

# GPU time
expect 0 "of GPU time" "$mullionctl" stats
expect 0 "GUEST    WEIGHT  STANDING  GPU TIME" "$mullionctl" stats
expect 0 "car      7       idle      -  " "$mullionctl" stats
expect 0 "apps   5001  es2gears?[1m  7.0 ms    3       4       77" "$mullionctl" stats
"$mullionctl" --json stats | python3 -c 'import json, sys
stats = json.load(sys.stdin)
assert 0 < stats["elapsed_us"] == 4 * stats["gpu_us"] == 2 * stats["guests"][0]["due_us"]' ||
	fail "--json stats"
expect 2 'expected: mullionctl stats' "$mullionctl" stats desktop
"$mullionctl" metrics | /usr/bin/python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(sys.stdin.read())}
grants = [(s.labels, s.value) for s in families["mullion_client_grants"].samples]
assert grants[0] == ({"guest": "apps", "client": "0", "program": "\"quoted\"\\"}, 3), grants
assert grants[1] == ({"guest": "apps", "client": "1", "program": "es2gears?[1m"}, 3), grants
assert grants[-1][0] == {"guest": "apps", "client": "other", "program": ""}, grants
assert families["mullion_client_gpu_seconds"].samples[0].value == 0.007
assert families["mullion_client_memory_bytes"].samples[0].value == 3 << 20' ||
	fail "metrics"
expect 1 'top needs a terminal' "$mullionctl" top

# who had it when
"$mullionctl" timeline --seconds 1 --out "$dir/line.json" || fail timeline
python3 - "$dir/line.json" <<'PYTHON' || fail "the timeline's spans"
import json, sys
trace = json.load(open(sys.argv[1]))
events = trace['traceEvents']
names = {e['pid']: e['args']['name'] for e in events if e['name'] == 'process_name'}
assert list(names.values()) == ['desktop', 'car', 'apps'], names
spans = [e for e in events if e['ph'] == 'X']
assert len(spans) > 5 and all(names[e['pid']] == 'desktop' and e['name'] == 'GPU' for e in spans)
end = [e['ts'] for e in events if e['ph'] == 'i'][0]
assert end >= 1000000 and all(0 <= e['ts'] and e['ts'] + e['dur'] <= end for e in spans)
used, length = sum(e['args']['used_us'] for e in spans), sum(e['dur'] for e in spans)
assert length > 900000 and abs(used / length - 0.25) < 0.01, (used, length)
PYTHON
"$mullionctl" timeline --seconds 1 --out "$dir/line.svg" || fail timeline
python3 - "$dir/line.svg" <<'PYTHON' || fail "the timeline's picture"
import sys, xml.etree.ElementTree as tree
texts = [e.text for e in tree.parse(sys.argv[1]).iter('{http://www.w3.org/2000/svg}text')]
for text in 'desktop', 'car', 'apps', 'ms', '0', '500', '1000':
    assert text in texts, (text, texts)
PYTHON
"$mullionctl" timeline --out "$dir/line.json" --seconds 1 --socket "$dir/nobody" 2>/dev/null && fail "no mulliond"
[ -s "$dir/line.json" ] || fail "an older timeline is lost"
for seconds in 0 601 1000000000 99999999999999999999 -1 1.5 x ''; do
	expect 2 "expected --seconds from 1 to 600" \
		"$mullionctl" timeline --seconds "$seconds" --out "$dir/none.svg"
done
expect 2 'expected --out FILE.json or --out FILE.svg' "$mullionctl" timeline
expect 2 'expected --out FILE.json or --out FILE.svg' "$mullionctl" timeline --out "$dir/none.png"
expect 1 'No such file or directory' "$mullionctl" timeline --out "$dir/no/such.svg"
ln -s /dev/full "$dir/full.svg"
expect 1 'No space left' "$mullionctl" timeline --seconds 1 --out "$dir/full.svg"
[ ! -e "$dir/none.svg" ] || fail "a timeline was made of nothing"

# heads
expect 0 "head 1" "$mullionctl" head add car
expect 0 "1     800x600 @ 60 Hz" "$mullionctl" show car
expect 1 'guest "car" may have 2 heads, and all are there' "$mullionctl" head add car 640x480
"$mullionctl" head remove car 1 || fail "head"
expect 0 "car      waiting  1024x768            -" "$mullionctl" list
"$mullionctl" head set car 1 on || fail "head"
"$mullionctl" head set car 1 off || fail "head"
expect 0 "head 1" "$mullionctl" head add car 1280x720@59.94
expect 0 "1     1280x720 @ 59.94 Hz" "$mullionctl" show car
expect 0 "  head 1 should be 1024x768: made of cardboard" "$mullionctl" show desktop

# what scripts read
"$mullionctl" --json list | python3 -c 'import json, sys
guests = json.load(sys.stdin)["guests"]
assert [g["name"] for g in guests] == ["desktop", "car", "apps"]
assert [g["type"] for g in guests] == ["vm", "vm", "container"]
assert guests[2]["clients"][0]["pid"] == 5000
assert guests[0]["heads"][0]["rate_mhz"] == 59940' || fail "--json list"
for command in "show desktop" "vm-args desktop" version "screenshot desktop 0 $dir/json.png"; do
	# shellcheck disable=SC2086
	"$mullionctl" --json $command | python3 -m json.tool >"$dir/out" || fail "--json $command"
done

# pixels, decoded without any library
"$mullionctl" screenshot desktop 0 "$dir/head.png" || fail screenshot
"$mullionctl" screenshot desktop 0 - | cmp - "$dir/head.png" || fail "screenshot to a pipe"
python3 - "$dir/head.png" <<'PYTHON' || fail "the picture's pixels"
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
assert data[:8] == b'\x89PNG\r\n\x1a\n'
at, chunks = 8, {}
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at + 8])
    chunks[kind] = chunks.get(kind, b'') + data[at + 8:at + 8 + size]
    assert struct.unpack('>I', data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(data[at + 4:at + 8 + size])
    at += 12 + size
width, height, depth, color = struct.unpack('>IIBB', chunks[b'IHDR'][:10])
assert (width, height, depth, color) == (5, 3, 8, 2)
rows, above = zlib.decompress(chunks[b'IDAT']), bytes(15)
for y in range(3):
    kind, row = rows[16 * y], bytearray(rows[16 * y + 1:16 * y + 16])
    for i in range(15):
        left = row[i - 3] if i >= 3 else 0
        corner = above[i - 3] if i >= 3 else 0
        paeth = min((left, above[i], corner), key=lambda p: abs(left + above[i] - corner - p))
        row[i] = (row[i] + [0, left, above[i], (left + above[i]) // 2, paeth][kind]) % 256
    for x in range(5):
        assert tuple(row[3 * x:3 * x + 3]) == (40 * x, 60 * y, 200), (x, y, row)
    above = row
PYTHON

# a window
expect 0 "closed" "$mullionctl" show desktop
[ -z "$("$mullionctl" restart desktop)" ] || fail "restart"
expect 0 'no VMM is connected' "$mullionctl" restart car
expect 1 'there is no guest "nobody"' "$mullionctl" restart nobody
expect 2 'expected: mullionctl restart GUEST' "$mullionctl" restart
"$mullionctl" events >"$dir/events" &
events=$!
tries=0
until grep -q "desktop: renderer-died" "$dir/events"; do
	"$mullionctl" view desktop 1 || fail "view"
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { fail "no events"; break; }
	sleep 0.05
done
kill $events
grep -qx "desktop head 1: stale" "$dir/events" || fail "events: $(cat "$dir/events")"
"$mullionctl" show desktop | grep -q closed && fail "view: still closed"

# input: what the guest's devices get, since the last look
said() {
	for line; do echo "$line"; done >"$dir/expected"
	grep -v ready "$dir/server" | tail -n "+$((said + 1))" >"$dir/said"
	said=$((said + $(wc -l <"$dir/said")))
	cmp -s "$dir/expected" "$dir/said" || fail "input: $(cat "$dir/said"), not $*"
}
said=0
"$mullionctl" input desktop tap 0 960 50% || fail "tap"
said "touch0 3/47=0 3/57=0 3/53=16392 3/54=16383 1/330=1 3/0=16392 3/1=16383" \
	"touch0 3/47=0 3/57=-1 1/330=0"
"$mullionctl" input desktop tap 0 0 100% || fail "tap"
said "touch0 3/47=0 3/57=1 3/53=8 3/54=32767 1/330=1 3/0=8 3/1=32767" "touch0 3/47=0 3/57=-1 1/330=0"
"$mullionctl" input desktop key KEY_LEFTCTRL 46 || fail "key"
said "keyboard 1/29=1" "keyboard 1/46=1" "keyboard 1/46=0" "keyboard 1/29=0"
"$mullionctl" input desktop play --fast "$here/data/input/touch.yml" || fail "play"
said "touch0 3/47=0 3/57=2 3/53=8192 3/54=8192 1/330=1 3/0=8192 3/1=8192" \
	"touch0 3/47=1 3/57=3 3/53=32767 3/54=0 3/48=3277 3/49=0 3/52=-45 3/0=8192 3/1=8192" \
	"touch0 3/47=0 3/57=-1 3/47=1 3/57=-1 1/330=0"
"$mullionctl" input desktop play "$here/data/input/keyboard-and-mouse.yml" || fail "play"
said "keyboard 1/29=1" "mouse 2/0=-3 2/1=4" "mouse 2/11=120 2/8=1" "keyboard 1/29=0"
"$mullionctl" input desktop play --fast --head 0 "$here/data/input/pointer.evemu" || fail "play"
said "pointer0 3/0=16384 3/1=32767" "pointer0 1/272=1" "pointer0 3/0=0 3/1=32767 1/272=0 2/11=-240 2/8=-2"
# What is down is lifted when who holds it is killed, in an hour's pause.
printf 'E: 0.0 1 1e 1\nE: 0.0 0 0 0\nE: 3600.0 1 1e 0\nE: 3600.0 0 0 0\n' >"$dir/hour"
"$mullionctl" input desktop play "$dir/hour" &
player=$!
tries=0
until grep -q 'keyboard 1/30=1' "$dir/server" || [ $tries = 200 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
kill -9 $player
until grep -q 'keyboard 1/30=0' "$dir/server" || [ $tries = 400 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
said "keyboard 1/30=1" "keyboard 1/30=0"
expect 1 'nothing is sent to touch2 of "desktop": the guest has no such device' \
	"$mullionctl" input desktop play --head 2 "$here/data/input/touch.yml"
expect 1 'nothing is sent to keyboard of "desktop": event 0 of frame 1, type 1, code 330' \
	"$mullionctl" input desktop key KEY_A BTN_TOUCH
expect 1 'the guest has no such device' "$mullionctl" input apps key KEY_A
expect 1 'nothing is sent to keyboard of "car": no VMM has connected it' \
	"$mullionctl" input car play "$here/data/input/keyboard-and-mouse.yml"
expect 1 'there is no guest "x"' "$mullionctl" input x key KEY_A
expect 1 'there is no guest "x"' "$mullionctl" input x tap 0 0 0
expect 1 'has no head 2' "$mullionctl" input desktop tap 2 0 0
expect 1 '1920 is beyond the head, which has 1920 px there' "$mullionctl" input desktop tap 0 1920 0
expect 1 '101% is beyond the head' "$mullionctl" input desktop tap 0 0 101%
for place in '' +1 0x10 1e3 nan inf 5px '5%%' ' 5'; do
	expect 1 'expected px such as 640, or a part such as 50%' "$mullionctl" input desktop tap 0 5 "$place"
done
expect 2 'expected a key such as KEY_ENTER' "$mullionctl" input desktop key KEY_A KEY_NONE
expect 2 'expected a key such as KEY_ENTER' "$mullionctl" input desktop key 768
expect 2 "expected a head's number" "$mullionctl" input desktop play --head x "$dir/hour"
expect 2 'expected: mullionctl input GUEST tap HEAD X Y' "$mullionctl" input desktop tap 0 1
expect 2 'expected: mullionctl input GUEST tap HEAD X Y' "$mullionctl" input desktop wave x
expect 1 'No such file' "$mullionctl" input desktop play "$dir/no.yml"
expect 1 "$dir/conf: line 1: no recording of evemu or libinput" "$mullionctl" input desktop play "$dir/conf"
printf 'E: 0.0 1 1e 1\nE: 0.0 0 0 0\nE: 0.5 1 1e\n' >"$dir/cut"
expect 1 'line 3: expected an event' "$mullionctl" input desktop play "$dir/cut"
said

# mistakes
expect 1 'has no head 2' "$mullionctl" view desktop 2
expect 2 'expected: mullionctl events' "$mullionctl" events desktop
expect 2 'expected: mullionctl view GUEST HEAD' "$mullionctl" view desktop
expect 1 'there is no guest "x"' "$mullionctl" show x
expect 1 'no picture of head 1 of "desktop": it shows nothing' \
	"$mullionctl" screenshot desktop 1 "$dir/none.png"
expect 1 'has no head 15' "$mullionctl" screenshot desktop 15 "$dir/none.png"
expect 1 'No such file or directory' "$mullionctl" screenshot desktop 0 "$dir/no/such.png"
expect 1 '/dev/full' "$mullionctl" screenshot desktop 0 /dev/full
expect 2 "expected a head's number" "$mullionctl" screenshot desktop one "$dir/none.png"
expect 2 "expected a head's number" "$mullionctl" screenshot desktop 16 "$dir/none.png"
expect 2 "expected a head's number" "$mullionctl" head remove car one
expect 2 'expected: mullionctl head add' "$mullionctl" head add car 800x600 1
expect 2 'expected: mullionctl head add' "$mullionctl" head set car 0
expect 2 'expected: mullionctl head add' "$mullionctl" head turn car 0
expect 1 'does not take this mode' "$mullionctl" head set car 0 800
expect 1 'has no head 2' "$mullionctl" head set car 2 on
expect 1 'there is no guest "x"' "$mullionctl" head add x
expect 2 'a command is missing' "$mullionctl"
expect 2 'there is no command "lst"' "$mullionctl" lst
expect 2 'expected: mullionctl show GUEST' "$mullionctl" show
expect 2 'expected: mullionctl list' "$mullionctl" list desktop
expect 2 'expected qemu or libvirt' "$mullionctl" vm-args desktop xen
expect 2 'expected a size such as 4G' "$mullionctl" vm-args desktop --memory 4T
expect 2 'unrecognized option' "$mullionctl" --nonsense list
[ ! -e "$dir/none.png" ] || fail "a picture was made of nothing"
[ -c /dev/full ] || fail "/dev/full was removed"

# What a guest sends, right and wrong: records "KIND:LENGTH:BYTES" behind a header.
tap() {
	python3 - "$dir/tap" "$@" <<'PYTHON'
import struct, sys
header = struct.pack('<8sIIQIIII64s', b'mullrec\n', 1, 104, 0, 0, 0, 0, 0, b'desktop')
with open(sys.argv[1], 'wb') as tap:
    tap.write(header if sys.argv[2] != 'none' else b'none')
    for record in sys.argv[3:]:
        kind, length, data = record.split(':')
        data = bytes.fromhex(data)
        tap.write(struct.pack('<IIQ', int(kind), int(length or len(data)), 1500000000) + data)
PYTHON
}
unref=0000000000000000020100000000000000000000000000000000000000000000$(printf '2a000000%08d' 0)
tap header 1::$unref 3::0201000003120000 7::05000000000000000001000000000000 8::00000000
expect 0 '     1.500000  RESOURCE_UNREF resource=42' "$mullionctl" trace desktop
expect 0 '(RESOURCE_UNREF is answered with ERR_INVALID_RESOURCE_ID, 0x1203)' "$mullionctl" trace desktop
expect 0 '(5 records left out, 256 bytes: too slow a reader)' "$mullionctl" trace desktop
expect 0 "$dir/file: 1 commands, 236 bytes" "$mullionctl" record desktop "$dir/file"
cmp -s "$dir/file" "$dir/tap" || fail "what was recorded is not what was sent"
expect 1 'nobody' "$mullionctl" record nobody "$dir/file"
cmp -s "$dir/file" "$dir/tap" || fail "a recording was lost to a guest that there is not"
tap header 1::$unref
expect 1 'ended before its last word' "$mullionctl" trace desktop
tap header 1:999:$unref
expect 1 'ended before its last word' "$mullionctl" record desktop "$dir/file"
[ "$(stat -c %s "$dir/file")" = 104 ] || fail "half a record was recorded"
tap none
expect 1 'what came is no recording of Mullion' "$mullionctl" trace desktop
: >"$dir/tap"
expect 1 'traced by as many as can be' "$mullionctl" trace desktop
tap header 99::00
expect 1 'what came is a record of an unknown kind' "$mullionctl" trace desktop
tap header 1:4000000000:00
expect 1 'what came is a record that is too long' "$mullionctl" record desktop "$dir/file"
tap header 8::02000000
expect 1 'the recording is of no use' "$mullionctl" record desktop "$dir/file"
tap header 8::03000000
expect 1 'record-limit' "$mullionctl" record desktop "$dir/file"
expect 1 'No such file' "$mullionctl" record desktop "$dir/no/such.rec"
# One that does not keep to the limit of the guest car.
data=2::000000000100000000000000000000000020000000200000$(printf '%016384d' 0)
tap header $data $data $data $data $data $data $data $data 8::00000000
expect 1 'record-limit' "$mullionctl" record car "$dir/file"
expect 0 'file: 0 commands' "$mullionctl" record desktop "$dir/file"
tap header 1::$unref 8::00000000
expect 1 'No space left' "$mullionctl" record desktop /dev/full
expect 2 'expected: mullionctl record GUEST FILE' "$mullionctl" record desktop
expect 2 'expected: mullionctl trace GUEST' "$mullionctl" trace
expect 1 'there is no guest "x"' "$mullionctl" trace x

python3 "$here/varlink-peer.py" "$dir/control.sock" desktop || fail "varlink-peer.py"

# the socket from XDG_RUNTIME_DIR
unset MULLION_SOCKET
mkdir "$dir/mullion"
ln "$dir/control.sock" "$dir/mullion/control.sock"
XDG_RUNTIME_DIR=$dir expect 0 "desktop  running" "$mullionctl" list
expect 0 "desktop  running" "$mullionctl" --socket "$dir/control.sock" list
expect 1 "File name too long" "$mullionctl" --socket "$dir/$(printf '%0200d' 0)" list
