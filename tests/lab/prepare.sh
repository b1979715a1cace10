#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes what takes minutes to make and is kept: the guest's Debian, the User
# Mode Linux kernel.

set -u
lab_name=lab-prepare
lab_dir=$(cd "$(dirname "$0")" && pwd)
. "$lab_dir/lib.sh"
. "$lab_dir/guest.sh"

for command in mmdebstrap qemu-system-x86_64 mke2fs flex bison bc; do
	command -v "$command" >/dev/null || die "$command is not installed: run tools/setup"
done
guest_root || exit 1
kernel_uml || exit 1
