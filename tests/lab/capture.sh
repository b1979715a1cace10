#!/bin/bash
# SPDX-License-Identifier: MIT
#
# capture.sh PROGRAM FILE [LINE...]: records a program of a User Mode Linux guest
# from the guest's first command to its last, as the files in tests/data/record
# were made; guest/capture has the programs. A LINE is of the guest's
# configuration, such as "renderer = pixman". MULLION_BUILD_ROOT as for the tests.

set -u
. "$(dirname "$0")/testing.sh"
. "$lab_dir/record.sh"

test_begin jq
program=$1
file=$(realpath -m "$2")
shift 2
record_guest "$program" "$file" LAB_NUMBER=12345678 "$@"
record_wait "$program"
