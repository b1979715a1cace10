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

# build_all : compiles, sets build_dir. With MULLION_BUILD_ROOT, as the tests have
# it, that is what was built already.
build_all() {
	local start=$SECONDS log
	if [ -n "${MULLION_BUILD_ROOT:-}" ]; then
		build_dir=$MULLION_BUILD_ROOT
		say "using what was built in $build_dir"
		return
	fi
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

# mulliond_config PRESENTER : begins the configuration of a daemon whose sockets
# are in a directory of its own.
mulliond_config() {
	mulliond_dir=$lab_tmp/mulliond
	mulliond_control=$mulliond_dir/control.sock
	mulliond_guests=()
	mkdir -p "$mulliond_dir"
	printf '%s\n' "[mulliond]" "presenter = $1" "socket-dir = $mulliond_dir" >"$lab_tmp/mulliond.conf"
}

# mulliond_guest NAME HEADS MODE [LINE...] : adds a guest; a LINE is "key = value".
mulliond_guest() {
	local name=$1 heads=$2 mode=$3 head
	shift 3
	mulliond_guests+=("$name")
	{
		printf '%s\n' "[guest $name]" "heads = $heads" "$@"
		for ((head = 0; head < heads; head++)); do
			echo "head$head = $mode"
		done
	} >>"$lab_tmp/mulliond.conf"
}

# mulliond_start [VARIABLE=VALUE...] : runs it; the variables join its
# environment (WAYLAND_DISPLAY). Sets mulliond_pid. With mulliond_keeper=yes that is
# the pid of a service manager (keeper.c).
mulliond_start() {
	local keeper=
	[ "${mulliond_keeper:-no}" = no ] || keeper=$build_dir/tests/lab/keeper
	lab_start "$lab_tmp/mulliond.log" env "$@" ${keeper:+"$keeper"} \
		"$build_dir/daemon/mulliond" --config "$lab_tmp/mulliond.conf"
	mulliond_pid=$lab_pid
	if ! wait_until 10 mulliond_is_up; then
		tail -n 20 "$lab_tmp/mulliond.log" >&2
		die "mulliond did not start"
	fi
}

mulliond_is_up() {
	local guest
	pid_alive "$mulliond_pid" || die "mulliond ended: $(tail -n 5 "$lab_tmp/mulliond.log")"
	for guest in "${mulliond_guests[@]}"; do
		[ -S "$(gpu_socket "$guest")" ] || return 1
	done
	[ -S "$mulliond_control" ]
}

mullionctl() {
	"$build_dir/tools/mullionctl" --socket "$mulliond_control" "$@"
}

# gpu_socket GUEST : where its VMM connects.
gpu_socket() { printf '%s\n' "$mulliond_dir/$1/gpu.sock"; }

# guest_value GUEST NAME : one value that mulliond tells about a guest.
guest_value() {
	mullionctl show "$1" --json | jq -r --arg name "$2" '(.guest // .)[$name] // empty'
}

# head_value GUEST HEAD NAME : one number that mulliond tells about a head.
head_value() {
	mullionctl show "$1" --json | jq -r --argjson head "$2" --arg name "$3" \
		'[.. | objects | select(has("frames_presented"))][$head][$name] // empty'
}

# gpu_qemu_args GUEST HEADS : QEMU's arguments for the guest's GPU, one a line.
gpu_qemu_args() {
	printf '%s\n' -chardev "socket,id=gpu,path=$(gpu_socket "$1")" \
		-device "vhost-user-gpu-pci,chardev=gpu,max_outputs=$2"
}

# gpu_agent_args GUEST : the same with the agent's port, as mullionctl says it.
gpu_agent_args() {
	mullionctl vm-args "$1" 2>/dev/null | tr -d '\\' | xargs -n 1 printf '%s\n' |
		awk '/^-chardev$/ { keep = 1 } /^-vga$/ { keep = 0 } keep'
}

# gpu_uml_args GUEST : the same for a User Mode Linux kernel.
gpu_uml_args() { printf '%s\n' "virtio_uml.device=$(gpu_socket "$1"):16"; }
