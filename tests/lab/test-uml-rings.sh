#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The mainline driver's own ioctls: a context with several rings and their fences,
# blobs of guest memory, exports with a UUID; then blobs as framebuffers, beside
# virgl, on two heads, each pixel compared.

set -u
. "$(dirname "$0")/testing.sh"

test_begin jq
modes=(800x600 1024x768)
number=$(number_random)

mulliond_config headless
mulliond_guest rings 2 "${modes[0]}"
sed -i "s/^head1 = .*/head1 = ${modes[1]}/" "$lab_tmp/mulliond.conf"
mulliond_start

lab_programs="$build_dir/tests/lab/rings $build_dir/tests/lab/dumb"
guest_initrd "$lab_tmp/initrd.cpio" rings "LAB_ROOT=$(guest_root)/root" LAB_HEADS=2 \
	"LAB_NUMBER=$number" || fail "no guest"
uml_start rings "$lab_tmp/initrd.cpio" "$(gpu_uml_args rings)"
guest_says '^guest: kernel: .*features: \+virgl .*\+resource_blob' 60 "the driver took blobs"
guest_says '^guest: kernel: .*features: \+context_init' 10 "the driver took contexts of a capset"
guest_says '^guest: rings: (all is well|FAILED)' 60 "the rings"
grep -aq '^guest: rings: all is well' "$guest_console" ||
	fail "$(grep -a '^guest: rings:' "$guest_console" | tail -n 1)"
checked "$(sed -n 's/^guest: rings: \(.*rings.*\)/\1/p' "$guest_console" | tr -d '\r')"
checked "blob and texture exported"

shows_pattern() {
	mullionctl screenshot rings "$1" "$lab_tmp/head-$1.png" >/dev/null 2>&1 &&
		"$build_dir/tests/lab/check-pattern" "$lab_tmp/head-$1.png" "$number" "$1" "${modes[$1]}" \
			>"$lab_tmp/pattern.log"
}
for head in 0 1; do
	guest_says "^guest: dumb: head $head: drawn ${modes[head]}" 60 "the guest drew on head $head"
	wait_until 20 shows_pattern "$head" ||
		fail "head $head: $(head -n 2 "$lab_tmp/pattern.log" 2>/dev/null)"
	[ "$(head_value rings "$head" source)" = pixman ] || fail "head $head is not a blob's"
	checked "head $head, ${modes[head]}, a blob: $(sed -n 's/.*png: //p' "$lab_tmp/pattern.log")"
done
for feature in RESOURCE_UUID RESOURCE_BLOB CONTEXT_INIT; do
	mullionctl show rings --json | grep -q "$feature" || fail "mulliond does not show $feature"
done
[ "$(guest_value rings commands_refused)" = 0 ] || fail "mulliond refused commands"
checked "no command was refused"
lab_stop "$guest_pid"
mulliond_check_end
