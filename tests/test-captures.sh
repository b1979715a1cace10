#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-captures.sh MULLION_REPLAY DIR: recordings of real programs (DIR/README.md)
# play to their end, each time with the same pictures; 2D gives the same ones on
# either renderer. What is no recording, or not all of one, is said to be so.

set -u
replay=$1 dir=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
	echo "FAILED: $*" >&2
	sed 's/^/  /' "$tmp/out" "$tmp/err" >&2
	failures=$((failures + 1))
}

# play NAME ARGUMENT... : plays a capture; its words are in out and err.
play() {
	local file=$dir/$1.rec.xz
	shift
	xz -dc "$file" | "$replay" "$@" - >"$tmp/out" 2>"$tmp/err"
}

pictures() { grep '^head ' "$tmp/out"; }

# The same pictures, again.
plays_the_same() {
	local name=$1
	play "$name" --every 3 || fail "$name does not play"
	pictures >"$tmp/first"
	grep -q ' commands, 0 refused (0 when recorded)' "$tmp/out" || fail "$name: refused commands"
	[ -s "$tmp/err" ] && fail "$name: complaints"
	[ "$(grep -c ' frame ' "$tmp/first")" -ge 2 ] || fail "$name: no frames"
	[ "$(sed 's/.* //' "$tmp/first" | sort -u | wc -l)" -ge 3 ] || fail "$name: frames do not differ"
	play "$name" --every 3 || fail "$name does not play again"
	pictures >"$tmp/second"
	cmp -s "$tmp/first" "$tmp/second" || fail "$name plays otherwise: $(diff "$tmp/first" "$tmp/second")"
	echo "checked: $name, $(wc -l <"$tmp/first") pictures"
}

same_on_both() {
	local name=$1
	play "$name" --renderer pixman --every 1 || fail "$name does not play on pixman"
	pictures >"$tmp/pixman"
	play "$name" --renderer virgl --every 1 || fail "$name does not play on virgl"
	pictures >"$tmp/virgl"
	cmp -s "$tmp/pixman" "$tmp/virgl" || fail "$name: $(diff "$tmp/pixman" "$tmp/virgl" | head -n 5)"
	echo "checked: $name, $(wc -l <"$tmp/virgl") pictures alike on pixman and virgl"
}

# However its streams are cut, as they are while guests share the GPU.
plays_the_same_cut() {
	local name=$1 cut
	for cut in 1 3; do
		play "$name" --cut $cut --every 3 || fail "$name does not play in chunks of $cut"
		pictures >"$tmp/second"
		cmp -s "$tmp/first" "$tmp/second" ||
			fail "$name in chunks of $cut: $(diff "$tmp/first" "$tmp/second")"
	done
	echo "checked: $name, the same in chunks of 1 and of 3"
}

# refused STATUS WORDS ARGUMENT... : it ends with that status and says these words.
refused() {
	local expected=$1 words=$2 status
	shift 2
	"$replay" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status = "$expected" ] || fail "$*: status $status, not $expected"
	grep -qF -- "$words" "$tmp/err" || fail "$*: \"$words\" is not said"
}

for file in "$dir"/*.rec.xz; do
	name=$(basename "$file" .rec.xz)
	plays_the_same "$name"
	case $name in
	*-2d) same_on_both "$name" ;;
	*) plays_the_same_cut "$name" ;;
	esac
done

# 2D alone of a recording with 3D.
play kmscube --renderer pixman || fail "kmscube does not play without its 3D"
grep -q 'commands of 3D were skipped' "$tmp/err" || fail "skipped 3D is not said"
grep -q ' commands, 0 refused' "$tmp/out" || fail "what is skipped counts as refused"

rec=$tmp/rec
xz -dc "$dir/kmscube.rec.xz" >"$rec"
size=$(stat -c %s "$rec")
"$replay" --loop 3 "$rec" >"$tmp/out" 2>"$tmp/err" || fail "three times in a loop"
once=$(play kmscube && sed -n 's/^\([0-9]*\) frames.*/\1/p' "$tmp/out")
[ "$("$replay" --loop 3 "$rec" | sed -n 's/^\([0-9]*\) frames.*/\1/p')" = $((3 * once)) ] ||
	fail "three times as many frames in three loops"

for cut in 0 1 15 16 100; do
	head -c "$cut" "$rec" >"$tmp/cut"
	refused 1 'it ends within its header' "$tmp/cut"
done
for cut in 1000 $((size / 2)) $((size - 1)); do
	head -c "$cut" "$rec" >"$tmp/cut"
	refused 1 'it ends within a record' --renderer pixman "$tmp/cut"
done
head -c $((size - 20)) "$rec" >"$tmp/cut"
refused 1 'its end is missing' --renderer pixman "$tmp/cut"
refused 1 'no recording of Mullion' "$replay"

# patched OFFSET BYTES WORDS : a changed recording is refused, with these words.
patched() {
	cp "$rec" "$tmp/patched"
	printf "$2" | dd of="$tmp/patched" bs=1 seek="$1" conv=notrunc status=none
	refused 1 "$3" --renderer pixman "$tmp/patched"
}
patched 8 '\2' 'a version of the format'
patched 12 '\377\377' 'a header of another length'
patched 24 '\0' 'a trace, without'
first=$(od -An -tu4 -j12 -N4 "$rec")
patched "$((first))" '\143' 'a record of an unknown kind'
patched "$((first + 7))" '\377' 'a record that is too long'

refused 1 'No such file' "$tmp/none"
refused 1 'can be played once' --loop 2 - < <(cat "$rec")
refused 2 'usage:'
refused 2 'usage:' "$rec" "$rec"
refused 2 'usage:' --renderer opengl "$rec"
refused 2 'usage:' --loop 0 "$rec"
refused 2 'usage:' --loop -1 "$rec"
refused 2 'usage:' --every many "$rec"
refused 2 'usage:' --memory 4 "$rec"
refused 2 'usage:' --memory 0G "$rec"
refused 1 'there is no renderer' --render-node "$tmp/none" "$rec"
refused 1 'No such file' --png "$tmp/none" "$rec"
exit $((failures > 0))
