# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every script of the lab stands on: messages, the cache of things that
# take minutes to make, and processes that end with the script.
#
# Source it with lab_dir set to this folder. A script that starts processes
# calls lab_begin once; at exit whatever lab_start started is stopped by its
# pid, in reverse order, and the temporary directory goes.

: "${lab_dir:?set lab_dir to tests/lab before sourcing lib.sh}"
top_dir=$(cd "$lab_dir/../.." && pwd)
# Where Debian has depmod and mke2fs, which need no root.
PATH=$PATH:/usr/sbin:/sbin
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/mullion

lab_name=${lab_name:-lab}
lab_tmp=
lab_pids=()

say() { printf '%s: %s\n' "$lab_name" "$*"; }
warn() { printf '%s: %s\n' "$lab_name" "$*" >&2; }
die() { warn "$*"; exit 1; }

seconds_since() { echo $((SECONDS - $1)); }

# ---- cache ----------------------------------------------------------------

# cache_get NAME WORD... : prints the directory of an artefact, made when missing
# by "recipes/NAME DIR WORD...". Its key is a hash of the recipe and the words.
# The recipe's output goes to NAME.log. A half-made artefact never bears its name.
cache_get() {
	local name=$1
	shift
	local recipe=$lab_dir/recipes/$name key dir
	key=$({ cat "$recipe"; printf '%s\n' "$@"; } | sha256sum | cut -c1-16)
	dir=$cache_dir/$name-$key
	# What root made for all ("XDG_CACHE_HOME=/var/cache ./demo") serves everybody.
	[ ! -d "/var/cache/mullion/$name-$key" ] || dir=/var/cache/mullion/$name-$key
	if [ ! -d "$dir" ]; then
		mkdir -p "$cache_dir"
		(
			flock 9
			[ -d "$dir" ] || cache_fill "$name" "$dir" "$recipe" "$@"
		) 9>"$cache_dir/$name.lock" >&2 || return 1
	fi
	touch "$dir" 2>/dev/null || true
	printf '%s\n' "$dir"
}

cache_fill() {
	local name=$1 dir=$2 recipe=$3 log=$cache_dir/$1.log start=$SECONDS tmp
	shift 3
	tmp=$(mktemp -d "$cache_dir/tmp.$name.XXXXXX")
	chmod 755 "$tmp"
	say "making $name in $dir (log: $log)"
	if ! "$recipe" "$tmp" "$@" >"$log" 2>&1 </dev/null 9>&-; then
		tail -n 20 "$log" >&2
		rm -rf "$tmp"
		warn "making $name failed, see $log"
		return 1
	fi
	mv "$tmp" "$dir"
	say "made $name in $(seconds_since "$start") s"
	# Older recipes' results that nobody used for two weeks.
	find "$cache_dir" -maxdepth 1 -type d -name "$name-*" ! -path "$dir" -mtime +14 \
		-exec rm -rf {} +
}

# guest_root : the directory of the guest's Debian, see recipes/guest-root.
guest_root() {
	local uri
	uri=$("$top_dir/tools/setup" --debian-uri)
	[ -n "$uri" ] || die "no source of Debian bookworm on this system"
	cache_get guest-root "$uri"
}

# kernel_uml : the User Mode Linux kernel, see recipes/kernel-uml. It is made
# for this host's processor and for the source that is installed.
kernel_uml() {
	local program dir xstate_bytes version
	program=$(mktemp)
	gcc -O1 -o "$program" "$lab_dir/xstate-size.c" && xstate_bytes=$("$program")
	rm -f "$program"
	[ -n "${xstate_bytes:-}" ] || die "cannot ask for the size of the processor's state"
	version=$(dpkg-query -W -f '${Version}' linux-source-6.1)
	dir=$(cache_get kernel-uml "$xstate_bytes" "$version") || return 1
	printf '%s/linux\n' "$dir"
}

# ---- processes ------------------------------------------------------------

lab_begin() {
	lab_tmp=$(mktemp -d "${TMPDIR:-/tmp}/mullion-$lab_name.XXXXXX")
	trap lab_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	# Only so that bash does not tell of a child's: QEMU and User Mode Linux end so.
	trap : ABRT SEGV
}

lab_end() {
	local status=$? i
	trap - EXIT
	for ((i = ${#lab_pids[@]} - 1; i >= 0; i--)); do
		lab_stop "${lab_pids[i]}"
	done
	[ -z "$lab_tmp" ] || [ -n "${MULLION_LAB_KEEP:-}" ] || rm -rf "$lab_tmp"
	exit "$status"
}

# lab_start LOG COMMAND... : runs COMMAND in the background, its output in
# LOG; lab_pid is its pid, and that of a process group of its own.
lab_start() {
	local log=$1
	shift
	( exec setsid "$@" ) >"$log" 2>&1 </dev/null &
	lab_pid=$!
	lab_pids+=("$lab_pid")
}

pid_alive() { [ -d "/proc/$1" ] && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }

# lab_stop PID [SIGNAL] : ends a child of ours, with SIGKILL after five seconds,
# then what it left of its group: User Mode Linux leaves its guest's processes.
# lab_status is the child's status.
lab_stop() {
	local pid=$1 signal=${2:-TERM} i
	{ # bash tells on stderr of what was killed
		if pid_alive "$pid"; then
			kill "-$signal" "$pid"
			for ((i = 0; i < 50; i++)); do
				pid_alive "$pid" || break
				sleep 0.1
			done
			kill -KILL "$pid"
		fi
		lab_status=0
		wait "$pid" || lab_status=$?
		kill -KILL -- "-$pid"
	} 2>/dev/null
	lab_forget "$pid"
}

lab_forget() {
	local kept=() pid
	for pid in "${lab_pids[@]}"; do
		[ "$pid" = "$1" ] || kept+=("$pid")
	done
	lab_pids=("${kept[@]}")
}

# wait_until SECONDS COMMAND... : tries COMMAND until it succeeds.
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.2
	done
}

# wait_line LOG REGEX SECONDS [PID] : waits for a line of LOG that matches, and is
# there to its end. Gives up at once when PID has ended without it.
wait_line() {
	local log=$1 regex=$2 deadline=$((SECONDS + $3)) pid=${4:-} ended=no
	while :; do
		perl -ne 'print if /\n\z/' "$log" 2>/dev/null | grep -qaE -- "$regex" && return 0
		[ "$ended" = no ] || return 1
		[ "$SECONDS" -lt "$deadline" ] || return 1
		[ -z "$pid" ] || pid_alive "$pid" || ended=yes
		sleep 0.2
	done
}

# Words before a command that run it as nobody if we are root (sway refuses
# root), in a clean environment either way. Words and not a function, so that
# the pid of what lab_start starts is the program's own.
as_nobody=(env -i PATH="$PATH")
if [ "$(id -u)" = 0 ]; then
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "${as_nobody[@]}")
fi
