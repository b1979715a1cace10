#!/bin/bash
# SPDX-License-Identifier: MIT
#
# capture.sh PROGRAM FILE: records a program of a User Mode Linux guest from the
# guest's first command to its last, as the files in tests/data/record were made
# (guest/capture has the programs). MULLION_BUILD_ROOT as for the tests.

set -eu
. "$(dirname "$0")/testing.sh"

capture_begin() {
	local program=$1 file=$2 mode=$3
	mulliond_config headless
	mulliond_guest capture 1 "$mode"
	mulliond_start
	lab_start "$lab_tmp/record.log" "$build_dir/tools/mullionctl" --socket "$mulliond_control" \
		record capture "$file"
	record_pid=$lab_pid
	wait_line "$lab_tmp/record.log" 'waiting for the VM' 20 "$record_pid" || fail "no recorder"
	lab_programs="$lab_dir/guest/desktop"
	guest_initrd "$lab_tmp/initrd.cpio" capture "LAB_ROOT=$(guest_root)/root" LAB_HEADS=1 \
		"LAB_PROGRAM=$program" || fail "no guest"
	uml_start capture "$lab_tmp/initrd.cpio" "$(gpu_uml_args capture)"
}

test_begin jq
program=$1
file=$(realpath -m "$2")
capture_begin "$program" "$file" 640x480
guest_says "^guest: $program ended with status" 120 "$program ended"
grep -a '^guest: ' "$guest_console" | tail -n 8
wait_until 60 eval '! pid_alive "$record_pid"' || fail "the recorder goes on"
cat "$lab_tmp/record.log"
