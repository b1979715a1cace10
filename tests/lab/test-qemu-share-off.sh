#!/bin/bash
# SPDX-License-Identifier: MIT
#
# QEMU with share=off: nothing can work, and mulliond is the one to say why.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq qemu-system-x86_64
mulliond_config headless
mulliond_guest private 1 640x480
mulliond_start
lab_programs=$build_dir/tests/lab/dumb
guest_initrd "$lab_tmp/private.cpio" dumb || fail "no guest"
mapfile -t gpu < <(gpu_qemu_args private 1)
guest_share=off qemu_start private "$(accel_choose auto)" "$lab_tmp/private.cpio" "${gpu[@]}"

wait_line "$lab_tmp/mulliond.log" 'mullion-guest private: warning: .*share=on' 60 "$guest_pid" ||
	fail "the log does not say that the memory is not shared"
checked "$(grep -ao 'warning: .*share=on' "$lab_tmp/mulliond.log")"
[[ $(guest_value private trouble) == *share=on* ]] || fail "mullionctl show does not say so"
checked "mullionctl show says so too"
lab_stop "$guest_pid" KILL
mulliond_check_end
