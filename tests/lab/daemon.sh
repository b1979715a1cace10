# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Building Mullion and running mulliond in a directory of its own.

# Where to build: the clone's build/, or the cache where the clone is not ours
# to write (an ordinary user running root's clone).
build_dir_choose() {
	if [ -n "${MULLION_BUILD:-}" ]; then
		printf '%s\n' "$MULLION_BUILD"
	elif { [ -d "$top_dir/build" ] && [ -O "$top_dir/build" ]; } ||
		{ [ ! -e "$top_dir/build" ] && [ -w "$top_dir" ]; }; then
		printf '%s/build\n' "$top_dir"
	else
		printf '%s/build-%s\n' "$cache_dir" "$(printf '%s' "$top_dir" | sha256sum | cut -c1-8)"
	fi
}

# build_all : compiles, sets build_dir.
build_all() {
	local start=$SECONDS log
	build_dir=$(build_dir_choose)
	mkdir -p "$build_dir"
	log=$build_dir/lab-build.log
	if ! {
		[ -f "$build_dir/build.ninja" ] || meson setup "$build_dir" "$top_dir"
		ninja -C "$build_dir"
	} >"$log" 2>&1; then
		grep -aE 'error|ERROR|FAILED' "$log" | head -n 20 >&2
		die "building failed, see $log"
	fi
	say "built in $build_dir, $(seconds_since "$start") s"
}

# mulliond_start PRESENTER HEADS MODE [VARIABLE=VALUE...] : a daemon for one
# guest named demo. Sets mulliond_pid, mulliond_control and gpu_socket; the
# variables join its environment (WAYLAND_DISPLAY).
mulliond_start() {
	local presenter=$1 heads=$2 mode=$3 head
	shift 3
	local dir=$lab_tmp/mulliond
	mkdir -p "$dir"
	{
		echo "[mulliond]"
		echo "presenter = $presenter"
		echo "socket-dir = $dir"
		echo "[guest demo]"
		echo "heads = $heads"
		for ((head = 0; head < heads; head++)); do
			echo "head$head = $mode"
		done
	} >"$lab_tmp/mulliond.conf"
	mulliond_control=$dir/control.sock
	gpu_socket=$dir/demo/gpu.sock
	lab_start "$lab_tmp/mulliond.log" env "$@" \
		"$build_dir/daemon/mulliond" --config "$lab_tmp/mulliond.conf"
	mulliond_pid=$lab_pid
	if ! wait_until 10 mulliond_is_up; then
		tail -n 20 "$lab_tmp/mulliond.log" >&2
		die "mulliond did not start"
	fi
}

mulliond_is_up() {
	pid_alive "$mulliond_pid" || die "mulliond ended: $(tail -n 5 "$lab_tmp/mulliond.log")"
	[ -S "$gpu_socket" ] && [ -S "$mulliond_control" ]
}

mullionctl() {
	"$build_dir/tools/mullionctl" --socket "$mulliond_control" "$@"
}

# head_value HEAD NAME : one number that mulliond tells about a head.
head_value() {
	mullionctl show demo --json | jq -r --argjson head "$1" --arg name "$2" \
		'[.. | objects | select(has("frames_presented"))][$head][$name] // empty'
}

# gpu_qemu_args HEADS : QEMU's arguments for the guest's GPU, one a line.
gpu_qemu_args() {
	printf '%s\n' -chardev "socket,id=gpu,path=$gpu_socket" \
		-device "vhost-user-gpu-pci,chardev=gpu,max_outputs=$1"
}
