#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's Mesa and piglit with a shader that does not end: the program loses its
# connection, its guest after a second time all of them until it is released; programs of
# another guest draw meanwhile. A configuration that is read again takes the rest.

set -u
. "$(dirname "$0")/testing.sh"

runner=/usr/lib/$(uname -m)-linux-gnu/piglit/bin/shader_runner
[ -x "$runner" ] || skip "piglit is not installed: run tools/setup"

run() { "$build_dir/tools/mullion-run" --socket "$mulliond_control" --guest "$@"; }
draws() { [ "$(run "$1" -- "$build_dir/tests/lab/gles31" 2>&1)" = "$picture" ]; }
# shader GUEST : the endless one.
shader() { PIGLIT_PLATFORM=surfaceless_egl run "$1" -- "$runner" "$lab_tmp/endless.shader_test" -auto -fbo; }
# guest_value GUEST NAME
guest_value() { mullionctl show "$1" --json | jq ".guest.$2"; }
submits() { [ "$(guest_value "$1" 'clients[0].submissions // 0')" -gt 0 ]; }

test_begin jq
mulliond_config headless
printf '%s\n' "render-node = none" "[guest slow]" "type = container" "hang-limit = 2s" \
	"strikes = 2/3600s" "[guest apps]" "type = container" >>"$lab_tmp/mulliond.conf"
mulliond_start
for guest in slow apps; do
	wait_until 20 test -S "$mulliond_dir/$guest/vtest.sock" || fail "no socket of $guest"
done
cat >"$lab_tmp/endless.shader_test" <<'SHADER'
[require]
GLSL >= 1.30

[vertex shader passthrough]

[fragment shader]
#version 130
uniform float never;
out vec4 colour;

void main()
{
	float x = gl_FragCoord.x;

	for (int i = 0; i < 1000000; i++) {
		for (int j = 0; j < 1000000; j++) {
			x = x * 0.5 + 1.0;
			if (x < never)
				break;
		}
	}
	colour = vec4(x);
}

[test]
uniform float never -1
SHADER
# Mesa ends a loop after 65536 turns: so there are many.
for ((i = 0; i < 200; i++)); do
	echo "draw rect -1 -1 2 2"
done >>"$lab_tmp/endless.shader_test"
echo "probe rgba 1 1 0 0 0 0" >>"$lab_tmp/endless.shader_test"
lab_start "$lab_tmp/events.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" events
picture=$(run apps -- "$build_dir/tests/lab/gles31" 2>&1) || fail "gles31: $picture"
draws slow || fail "the guest does not draw before"

for strike in 1 2; do
	shader slow >"$lab_tmp/shader-$strike.log" 2>&1 &
	program=$!
	wait_until 20 submits slow || fail "the shader does not begin"
	draws apps || fail "a program of another guest does not draw beside it"
	! wait "$program" || fail "the shader came to an end"
	grep -q "lost connection to rendering server" "$lab_tmp/shader-$strike.log" ||
		fail "Mesa did not lose its connection"
	[ "$(guest_value slow hangs)" = "$strike" ] || fail "hangs: $(guest_value slow hangs)"
done
checked "piglit's shader_runner with an endless shader is ended, and others draw beside it"
[ "$(guest_value slow quarantined)" = true ] || fail "it is not quarantined"
wait_until 10 grep -qx "slow: quarantined" "$lab_tmp/events.log" || fail "no event of the quarantine"
[ "$(grep -cx "slow: hung" "$lab_tmp/events.log")" = 2 ] || fail "no event of each hang"
mullionctl list | grep -q "mullionctl release slow" || fail "nobody says so"
! draws slow || fail "a quarantined guest draws"
draws apps || fail "another guest does not draw"
mullionctl release slow || fail "release"
draws slow || fail "it does not draw once it is released"
checked "quarantined after two, and released"

sed -i 's/^hang-limit.*/hang-limit = 500ms\nweight = 7/' "$lab_tmp/mulliond.conf"
kill -HUP "$mulliond_pid"
wait_until 10 grep -q "has read .* again" "$lab_tmp/mulliond.log" || fail "it is not read again"
[ "$(guest_value slow hang_limit_ms) $(guest_value slow weight)" = "500 7" ] || fail "nothing changed"
! shader slow >"$lab_tmp/shader-3.log" 2>&1 || fail "the shader came to an end"
grep -q "for more than 500 ms" "$lab_tmp/mulliond.log" || fail "it has its old limit"
draws apps || fail "the other guest does not draw after that"
checked "another limit and weight from a configuration that was read again"
[ "$(guest_value apps hangs)" = 0 ] || fail "hangs of the guest that had none"
