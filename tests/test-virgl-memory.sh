#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test-virgl-memory.sh PROGRAM : virglrenderer reads no memory that it has freed, and
# none behind what it has, when a guest destroys what is bound or sends few constants.
# What the driver beneath it does by itself is not looked at.
set -u
program=$1
cases="uniform-buffer shader-buffer shader-image atomic-buffer sampler-state depth-state constants"

command -v valgrind >/dev/null || exit 77
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
export LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=softpipe # which compiles no code that valgrind must translate
# shellcheck disable=SC2086 # many cases
valgrind --num-callers=20 --log-file="$log" "$program" $cases
status=$?
[ $status = 77 ] && exit 77
# Blocks of the log are parted by lines without text.
awk '
	{ sub(/^==[0-9]+== ?/, "") }
	/^$/ { if (block ~ /^Invalid (read|write)/ && block ~ /libvirglrenderer/) { bad++; print block }
		block = ""; next }
	{ block = block $0 "\n" }
	END { exit bad > 0 }
' "$log" || exit 1
[ $status = 0 ] || { echo "$program ended with status $status"; exit 1; }
