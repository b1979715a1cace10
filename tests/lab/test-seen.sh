#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is seen of three programs that share the GPU by weight: stats, top in a terminal, its key
# for weights, the timeline, metrics over HTTP.

set -u
. "$(dirname "$0")/testing.sh"

containers=(one two four)

screen() { tmux -S "$lab_tmp/tmux" -f /dev/null "$@"; }
screen_has() { screen capture-pane -p | grep -qE -e "$1"; }
# The seen share of a guest by top, in whole percent.
top_share() { screen capture-pane -p | sed -nE "s/^$1 .* ([0-9]+)\.[0-9]% +[0-9.]+% .*/\1/p"; }
value() { mullionctl stats --json | jq --arg guest "$1" --arg name "$2" '.guests[] | select(.name == $guest)[$name]'; }
draws() { [ "$(value "$1" submissions)" -gt "$2" ]; }
all_draw() { draws one 20 && draws two 20 && draws four 20; }
# four_has LEAST MOST : of the GPU, in percent; `share` is what it has.
four_has() {
	share=$(top_share four)
	[ -n "$share" ] && [ "$share" -ge "$1" ] && [ "$share" -le "$2" ]
}
program_start() {
	lab_start "$lab_tmp/$1.log" "$build_dir/tools/mullion-run" --socket "$mulliond_control" --guest "$1" -- \
		glmark2-es2-wayland --off-screen -b shading:duration=3600
}

test_begin weston glmark2-es2-wayland jq tmux curl rsvg-convert
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip "no prometheus_client: run tools/setup"
mulliond_config headless
printf '%s\n' "render-node = none" "metrics = unix:$lab_tmp/metrics.sock" >>"$lab_tmp/mulliond.conf"
for i in 0 1 2; do
	printf '%s\n' "[guest ${containers[i]}]" "type = container" "weight = $((100 << i))" >>"$lab_tmp/mulliond.conf"
done
mulliond_start
mkdir -p -m 700 "$lab_tmp/runtime"
export XDG_RUNTIME_DIR=$lab_tmp/runtime WAYLAND_DISPLAY=wayland-lab
lab_start "$lab_tmp/weston.log" weston --backend=headless-backend.so --use-pixman --no-config --socket=wayland-lab
wait_until 15 test -S "$XDG_RUNTIME_DIR/wayland-lab" || fail "weston did not start"
for name in "${containers[@]}"; do
	wait_until 20 test -S "$mulliond_dir/$name/vtest.sock" || fail "no socket of $name"
	program_start "$name"
done
wait_until 60 all_draw || fail "not all draw"

# In a terminal: by weight, then by another one, which a key of it sets.
# Its server is not a daemon, so that it ends with the test.
lab_start "$lab_tmp/tmux.log" tmux -S "$lab_tmp/tmux" -f /dev/null -D
wait_until 15 test -S "$lab_tmp/tmux" || fail "tmux did not start"
screen new-session -d -x 130 -y 16 "'$build_dir/tools/mullionctl' --socket '$mulliond_control' top; exec sleep 1000"
wait_until 20 screen_has '^four +[a-z]+ +400 .*%' || fail "top shows nothing: $(screen capture-pane -p)"
wait_until 60 four_has 50 64 || fail "the share of four by top: $(screen capture-pane -p)"
checked "top: four has $share % of its 57"
screen send-keys p
wait_until 20 screen_has '^ +[0-9.]+%  glmark2-es2-way \([0-9]+\)' || fail "top does not name programs"
screen send-keys p Down Down -
wait_until 20 screen_has '^four: weight 300' || fail "the key for weights: $(screen capture-pane -p)"
[ "$(value four weight)" = 300 ] || fail "the weight was not set"
wait_until 60 four_has 44 55 || fail "the share of four at weight 300: $(screen capture-pane -p)"
checked "top: with weight 300 it has $share % of its 50"

# Who had it when. Spans may overlap: what shows pictures does not wait for a grant.
mullionctl timeline --seconds 2 --out "$lab_tmp/line.json" || fail "no timeline"
jq -c '[.traceEvents[] | select(.ph == "X" and .name == "GPU")] |
	[([.[].pid] | unique | length), ([.[].args.used_us] | add), all(.[]; .args.used_us <= .dur + 2)]' \
	"$lab_tmp/line.json" >"$lab_tmp/spans.log"
jq -e '.[0] == 3 and .[1] > 500000 and .[2]' "$lab_tmp/spans.log" >/dev/null ||
	fail "the timeline's spans: $(cat "$lab_tmp/spans.log")"
mullionctl timeline --seconds 1 --out "$lab_tmp/line.svg" || fail "no picture of the timeline"
rsvg-convert "$lab_tmp/line.svg" -o "$lab_tmp/line.png" || fail "the picture cannot be drawn"
[ "$(stat -c %s "$lab_tmp/line.png")" -gt 10000 ] || fail "the picture is empty"
checked "the timeline, as a trace and as a picture"

curl -sf --max-time 20 --unix-socket "$lab_tmp/metrics.sock" http://localhost/metrics >"$lab_tmp/metrics.log" ||
	fail "no metrics"
/usr/bin/python3 - "$lab_tmp/metrics.log" <<'PYTHON' || fail "the metrics"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
values = {}
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    for sample in family.samples:
        values[sample.name, sample.labels.get('guest')] = sample.value
for guest in 'one', 'two', 'four':
    assert values['mullion_guest_gpu_seconds_total', guest] > 0
    assert values['mullion_guest_due_seconds_total', guest] > 0
    assert values['mullion_guest_wait_seconds_count', guest] > 0
    assert values['mullion_guest_clients', guest] == 1
whole = sum(values['mullion_guest_gpu_seconds_total', g] for g in ('one', 'two', 'four'))
assert abs(whole - values['mullion_gpu_seconds_total', None]) < 0.001
PYTHON
checked "the metrics, by Prometheus's parser"

screen send-keys q
for name in "${containers[@]}"; do
	[ "$(mullionctl show "$name" --json | jq '.guest.clients | length')" = 1 ] || fail "the program of $name ended"
done
mulliond_check_end
