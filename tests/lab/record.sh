# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Recording a guest: mullionctl record waits for it, then it boots.

# record_guest PROGRAM FILE NAME=VALUE [LINE...] : a daemon whose guest "capture" is
# recorded to FILE, and that guest with PROGRAM of guest/capture. The variable
# reaches the scenario, a LINE is of the guest's configuration.
record_guest() {
	local program=$1 file=$2 variable=$3
	shift 3
	mulliond_config headless
	mulliond_guest capture 1 640x480 "$@"
	mulliond_start
	lab_start "$lab_tmp/record.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
		record capture "$file"
	record_pid=$lab_pid
	wait_line "$lab_tmp/record.log" 'waiting for the VM' 20 "$record_pid" || fail "no recorder"
	lab_programs="$lab_dir/guest/desktop $build_dir/tests/lab/dumb $build_dir/tests/lab/number"
	guest_initrd "$lab_tmp/initrd.cpio" capture "LAB_ROOT=$(guest_root)/root" LAB_HEADS=1 \
		"LAB_PROGRAM=$program" "$variable" || fail "no guest"
	uml_start capture "$lab_tmp/initrd.cpio" "$(gpu_uml_args capture)"
}

record_ended() { ! pid_alive "$record_pid"; }

# record_wait PROGRAM : until the guest is off, and its recording whole.
record_wait() {
	guest_says "^guest: $1 ended with status" 120 "$1 ended"
	grep -a "^guest: $1 ended with status" "$guest_console"
	wait_until 60 record_ended || fail "the recorder goes on without its guest"
	grep -a ' commands, ' "$lab_tmp/record.log" || fail "the recorder failed"
}
