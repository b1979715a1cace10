# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# ./demo --guest containers: three containers share the GPU by their weights and draw in
# windows of the compositor.

containers=(one two four)
container_weights=(1 2 4)
container_pids=()

# container_start NAME : in bubblewrap, with nothing of ours but the guest's socket.
container_start() {
	lab_start "$lab_tmp/$1.log" bwrap --unshare-pid --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp \
		--bind "$mulliond_dir/$1/vtest.sock" /tmp/.virgl_test --bind "$container_display" /tmp/wayland \
		--setenv WAYLAND_DISPLAY /tmp/wayland --setenv XDG_RUNTIME_DIR /tmp \
		--setenv GALLIUM_DRIVER virpipe --setenv LIBGL_ALWAYS_SOFTWARE true -- \
		glmark2-es2-wayland -s 400x400 -b "jellyfish:duration=3600"
	container_pids+=("$lab_pid")
}

containers_alive() {
	local i
	pid_alive "$mulliond_pid" || fail "mulliond ended before $1"
	for i in 0 1 2; do
		pid_alive "${container_pids[i]}" ||
			fail "the program of ${containers[i]} ended before $1: $(tail -n 1 "$lab_tmp/${containers[i]}.log")"
	done
}

# container_values NAME : of each container, in their order.
container_values() {
	mullionctl stats --json | jq -r --arg name "$1" '.guests[][$name]'
}

containers_draw() {
	containers_alive "all of them drew"
	[ "$(container_values submissions | awk '$1 > 20' | wc -l)" = 3 ]
}

containers_print() {
	local i used=("${@:1:3}") work=("${@:4:3}") status=0
	echo "container  weight   due   GPU time  submissions"
	for i in 0 1 2; do
		[ "${work[i]}" -gt 0 ] && [ "${used[i]}" -gt 0 ] || status=1
		awk -v name="${containers[i]}" -v weight="${container_weights[i]}" -v used="${used[i]}" \
			-v all=$((used[0] + used[1] + used[2])) -v work="${work[i]}" 'BEGIN {
			printf "%-9s  %6d  %4.1f %%    %4.1f %%  %11d\n",
				name, weight, 100 * weight / 7, all ? 100 * used / all : 0, work }'
	done
	echo "out: $out"
	return $status
}

containers_demo() {
	local i used_before used_after work_before work_after

	case $camera in
	sway) container_display=$sway_display ;;
	*) container_display=$(session_socket) ;;
	esac
	mulliond_config headless
	for i in 0 1 2; do
		printf '%s\n' "[guest ${containers[i]}]" "type = container" \
			"weight = ${container_weights[i]}00" >>"$lab_tmp/mulliond.conf"
	done
	mulliond_start
	say "mulliond runs, pid $mulliond_pid"
	for i in 0 1 2; do
		wait_until 20 test -S "$mulliond_dir/${containers[i]}/vtest.sock" || fail "no socket of ${containers[i]}"
		container_start "${containers[i]}"
	done
	say "three containers draw glmark2's jellyfish, with weights ${container_weights[*]}"
	wait_until 120 containers_draw || fail "not all containers draw"
	mapfile -t used_before < <(container_values gpu_us)
	mapfile -t work_before < <(container_values submissions)
	say "counting for $seconds s"
	sleep "$seconds"
	mapfile -t used_after < <(container_values gpu_us)
	mapfile -t work_after < <(container_values submissions)
	screenshot 0 "$out/containers.png" || fail "no picture of the windows"
	mullionctl timeline --seconds 1 --out "$out/timeline.svg" >/dev/null &&
		mullionctl timeline --seconds 1 --out "$out/timeline.json" >/dev/null || fail "no timeline"
	containers_alive "the end"
	logs_save
	for i in 0 1 2; do
		used_after[i]=$((used_after[i] - used_before[i]))
		work_after[i]=$((work_after[i] - work_before[i]))
	done
	say "the windows are in $out/containers.png, who had the GPU when in $out/timeline.svg"
	containers_print "${used_after[@]}" "${work_after[@]}"
}
