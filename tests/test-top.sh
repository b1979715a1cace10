#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mullionctl top in a terminal of tmux, with guests of cardboard (of which each second the
# first one has a quarter of the GPU, and was due a half): test-top.sh MULLIONCTL CONTROL_SERVER

set -eu

mullionctl=$1
control_server=$2
dir=$(mktemp -d)
server=
failed=0

# A tmux of its own for each terminal; it does not keep the server's standard input open.
screens=0
screen() { tmux -S "$dir/tmux$screens" -f /dev/null "$@" 3>&-; }

server_stop() {
	exec 3>&- # its standard input: it ends
	[ -z "$server" ] || wait "$server" || failed=1
	server=
}

cleanup() {
	[ $? = 0 ] || failed=1
	screen kill-server 2>/dev/null || true
	server_stop
	rm -rf "$dir"
	exit $failed
}
trap cleanup EXIT

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	failed=1
	exit
}

command -v tmux >/dev/null || { echo "no tmux"; trap - EXIT; rm -rf "$dir"; exit 77; }

server_start() {
	rm -f "$dir/input" "$dir/server"
	mkfifo "$dir/input"
	"$control_server" "$dir/control.sock" "$dir/conf" <"$dir/input" >"$dir/server" &
	server=$!
	exec 3>"$dir/input"
	tries=0
	until grep -q ready "$dir/server" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "no server"
		sleep 0.05
	done
}

# shows WHAT: the terminal comes to show a line that matches it
shows() {
	tries=0
	until screen capture-pane -p 2>/dev/null | grep -qE -e "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || fail "no \"$1\" on the screen: $(screen capture-pane -p 2>&1)"
		sleep 0.05
	done
}

# hides WHAT: the screen has no line like that now
hides() {
	screen capture-pane -p | grep -qE -e "$1" && fail "\"$1\" on the screen: $(screen capture-pane -p)"
	return 0
}

# top WIDTH HEIGHT [ENVIRONMENT...]
top() {
	size="-x $1 -y $2"
	shift 2
	screens=$((screens + 1))
	# shellcheck disable=SC2086
	screen new-session -d $size "env $* '$mullionctl' --socket '$dir/control.sock' top; echo status \$?; exec sleep 1000"
}

printf '%s\n' "[mulliond]" "socket-dir = $dir" "[guest desktop]" "weight = 300" "[guest car]" \
	"weight = 50" "[guest apps]" "type = container" >"$dir/conf"
server_start

top 120 20
shows 'mullion  GPU 25\.0%  guests 3'
shows '^GUEST +STANDING WEIGHT SHARE, AND WHAT IS DUE \| +SHARE +DUE GPU ms/s WAIT 99% FPS +MEMORY'
shows '^desktop +weighted +300 =+\.+\|\.+ +25\.0% +50\.0% +250 +5\.1 ms 60 +103 MiB of 512 MiB'
shows '^car +idle +50 \.+ +0\.0% +0\.0% +0 +- +0 B of 512 MiB'
shows '^apps +idle +100 \.+ +0\.0% +0\.0% +0 +- 30 +0 B of 512 MiB'
shows 'sort: file'
# by name, then the programs of the one container
screen send-keys s s s s
shows 'sort: name'
shows '^apps'
[ "$(screen capture-pane -p | sed -n 3p | cut -d' ' -f1)" = apps ] || fail "not sorted by name"
screen send-keys p
shows '^ +0\.0%  es2gears\?\[1m \(5001\)'
screen send-keys p Down Down Up
screen send-keys x '~' F5 PageUp # nothing
shows 'sort: name'

screen send-keys s Up Up Up +
shows '^desktop: weight 375'
shows '^desktop .* 375 '
screen send-keys + -
shows '^desktop .* 351 '
screen send-keys + + + + + + + +
shows '^desktop: weight [0-9]+: .*number from 1 to 1000'
screen send-keys s s s s

# narrower and narrower, to nothing, and back
screen resize-window -x 60 -y 20
shows '^GUEST +WEIGHT SHARE, AND +SHARE +DUE FPS'
hides MEMORY
screen resize-window -x 24 -y 6
shows '^car +0\.0%$' # which is the chosen one
screen resize-window -x 5 -y 2
shows '^mulli$'
screen resize-window -x 120 -y 20
shows '103 MiB of 512 MiB'

# mulliond goes, and comes
server_stop
shows 'mulliond is gone \(.*\): trying again'
shows '^desktop .* 25\.0%'
server_start
shows 'mulliond is there again'
shows '^desktop .* 25\.0%'
screen send-keys q
shows 'status 0'
hides desktop

# terminals that can do less
for environment in TERM=vt100 TERM=xterm-256color NO_COLOR=1; do
	screen kill-server
	top 90 12 "$environment"
	shows '^desktop .*25\.0%'
	screen send-keys q
	shows 'status 0'
done
for environment in TERM=nonsense TERM=dumb; do
	screen kill-server
	top 90 12 "$environment"
	shows 'this terminal \(TERM\) cannot be drawn on'
	shows 'status 1'
done
screen kill-server
server_stop
top 90 12
shows 'mulliond is not running'
shows 'status 1'
