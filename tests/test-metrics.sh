#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Metrics of a real mulliond, by curl and read by Prometheus's own parser; and callers that
# do not behave: test-metrics.sh MULLIOND MULLIONCTL

set -eu

mulliond=$1
mullionctl=$2
dir=$(mktemp -d)
daemon=
idle=
failed=0

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	[ ! -e "$dir/log" ] || cat "$dir/log" >&2
	failed=1
	exit
}

daemon_stop() {
	[ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } || failed=1
	daemon=
}

cleanup() {
	[ $? = 0 ] || failed=1
	[ -z "$idle" ] || kill "$idle" 2>/dev/null || true
	daemon_stop
	rm -rf "$dir"
	exit $failed
}
trap cleanup EXIT

# until_ok COMMAND... : it comes to succeed
until_ok() {
	tries=0
	until "$@" >"$dir/out" 2>"$dir/err"; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || fail "never: $*: $(cat "$dir/out" "$dir/err")"
		sleep 0.05
	done
}

# daemon_start METRICS
daemon_start() {
	daemon_stop
	printf '%s\n' "[mulliond]" "socket-dir = $dir/s" "presenter = headless" \
		"render-node = none" "metrics = $1" "[guest desktop]" "heads = 2" \
		"renderer = pixman" "weight = 300" "reservation = 4ms/16ms" "[guest a.b_c-d]" \
		"renderer = pixman" "cap = 25%" >"$dir/conf"
	"$mulliond" --config "$dir/conf" 2>"$dir/log" &
	daemon=$!
	until_ok "$mullionctl" --socket "$dir/s/control.sock" list
}

get() { curl -s --max-time 60 --unix-socket "$dir/m.sock" "$@"; }
# status EXPECTED CURL_ARGUMENTS...
status() {
	expected=$1
	shift
	got=$(get -o "$dir/body" -D "$dir/header" -w '%{http_code}' "$@") || true
	[ "$got" = "$expected" ] || fail "$got, not $expected: $*"
}

daemon_start "unix:$dir/m.sock"
until_ok grep -q "metrics are served at unix:$dir/m.sock" "$dir/log"
status 200 http://localhost/metrics
grep -qi '^content-type: application/openmetrics-text; version=1.0.0; charset=utf-8' "$dir/header" ||
	fail "$(cat "$dir/header")"
cp "$dir/body" "$dir/metrics"
/usr/bin/python3 - "$dir/metrics" <<'PYTHON' || fail "not OpenMetrics"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1]).read())}
def value(name, **labels):
    family = max((f for f in families if name.startswith(f)), key=len)
    found = [s.value for s in families[family].samples if s.name == name and s.labels == labels]
    assert len(found) == 1, (name, labels, found)
    return found[0]
assert all(name.startswith('mullion_') and f.documentation for name, f in families.items())
assert families['mullion_guest_gpu_seconds'].unit == 'seconds'
assert families['mullion_guest_gpu_seconds'].type == 'counter'
assert value('mullion_guest_weight', guest='desktop') == 300
assert value('mullion_guest_weight', guest='a.b_c-d') == 100
assert value('mullion_guest_cap_percent', guest='a.b_c-d') == 25
assert value('mullion_guest_reservation_seconds', guest='desktop') == 0.004
assert value('mullion_guest_reservation_period_seconds', guest='desktop') == 0.016
assert value('mullion_guest_gpu_seconds_total', guest='desktop') == 0
assert value('mullion_guest_wait_seconds_bucket', guest='desktop', le='+Inf') == 0
assert value('mullion_guest_gpu_source_info', guest='desktop', source='clock') == 1
assert value('mullion_guest_memory_limit_bytes', guest='desktop') == 512 << 20
assert value('mullion_head_frames_presented_total', guest='desktop', head='1') == 0
assert 0 < value('mullion_uptime_seconds') < 1000
PYTHON
"$mullionctl" --socket "$dir/s/control.sock" metrics >"$dir/other" || fail "mullionctl metrics"
sed 's/^mullion_uptime.*//' "$dir/metrics" >"$dir/metrics.cut"
sed 's/^mullion_uptime.*//' "$dir/other" | cmp - "$dir/metrics.cut" || fail "two answers"

# nothing else
status 404 http://localhost/
status 404 http://localhost/metrics/../../etc/passwd
status 404 --path-as-is http://localhost/metrics/..
status 405 -X POST -d a=b http://localhost/metrics
status 405 -X DELETE http://localhost/metrics
status 200 -I http://localhost/metrics
[ ! -s "$dir/body" ] || [ "$(wc -l <"$dir/body")" -lt 10 ] || fail "HEAD has a body"
head -c 100000 /dev/zero | tr '\0' a >"$dir/long"
status 414 "http://localhost/$(head -c 60000 "$dir/long")"
status 431 -H "X: $(head -c 60000 "$dir/long")" http://localhost/metrics
status 200 http://localhost/metrics

# Half requests that stay, more than connections that are served at a time: they are ended,
# and who waited is answered; mulliond does the rest of its work meanwhile, and does not spin.
python3 - "$dir/m.sock" "$dir/idle" <<'PYTHON' &
import socket, sys, time
idle = [socket.socket(socket.AF_UNIX) for _ in range(12)]
for s in idle:
    s.connect(sys.argv[1])
    s.sendall(b'GET /metrics HT')
open(sys.argv[2], 'w').write('x')
time.sleep(1000)
PYTHON
idle=$!
until_ok test -s "$dir/idle"
until_ok "$mullionctl" --socket "$dir/s/control.sock" stats
status 200 http://localhost/metrics
[ "$(awk '{ print $14 + $15 }' "/proc/$daemon/stat")" -lt 300 ] || fail "it spins"
kill $idle
idle=
status 200 http://localhost/metrics

# an answer that nobody takes
python3 - "$dir/m.sock" <<'PYTHON'
import signal, socket, sys
signal.alarm(60) # it comes to take them all
for _ in range(50):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n' * 20)
    s.close()
PYTHON
status 200 http://localhost/metrics

# loopback; a place that is taken; a file that is none of ours
port=$((20000 + $$ % 20000))
daemon_start "127.0.0.1:$port"
until_ok curl -sf --noproxy '*' -o /dev/null "http://127.0.0.1:$port/metrics"
cp "$dir/conf" "$dir/first.conf"
first=$daemon
daemon=
sed "s|$dir/s|$dir/t|" "$dir/first.conf" >"$dir/second.conf"
"$mulliond" --config "$dir/second.conf" 2>"$dir/second.log" &
daemon=$!
until_ok "$mullionctl" --socket "$dir/t/control.sock" list
grep -q "metrics are not served at 127.0.0.1:$port: Address already in use" "$dir/second.log" ||
	fail "$(cat "$dir/second.log")"
daemon_stop
daemon=$first
echo precious >"$dir/file"
daemon_start "unix:$dir/file"
until_ok grep -q "metrics are not served at unix:$dir/file: File exists" "$dir/log"
[ "$(cat "$dir/file")" = precious ] || fail "a file was lost"
