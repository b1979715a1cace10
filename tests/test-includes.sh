#!/bin/bash
# SPDX-License-Identifier: MIT
# Who may include whom (ARCHITECTURE.md): folders that must not know of each other do not.
set -u
cd "$1" || exit 1
status=0

# may FOLDER ALLOWED…: files below FOLDER include, of ours, only from these prefixes.
may() {
	local folder=$1 file line path prefix ok
	shift
	while IFS=: read -r file line path; do
		ok=no
		for prefix; do
			case $path in "$prefix"*) ok=yes ;; esac
		done
		[ $ok = yes ] && continue
		echo "$file:$line: $folder may not include $path"
		status=1
	done < <(grep -rHnoE '^#include "[a-z-]+/[^"]+"' "$folder" --include='*.[ch]' |
		sed -E 's/#include "([^"]+)"/\1/')
}

interfaces=(backends/guest_memory.h backends/input.h backends/input_queue.h backends/pace.h
	backends/picture.h backends/presenter.h
	backends/renderer.h backends/swapchain.h backends/virtqueue.h)
may base base/
may protocol protocol/
for backend in backends/*/; do
	may "${backend%/}" base/ protocol/ "${interfaces[@]}" "$backend"
done
may daemon/guest base/ protocol/ backends/ daemon/guest/
may daemon/render base/ protocol/ backends/virgl/ backends/vtest/ "${interfaces[@]}" daemon/render/
for file in tools/*.[ch]; do
	may "$file" base/ protocol/ tools/
done
may compositor base/ protocol/ compositor/
may tools/replay base/ protocol/ backends/pixman/ backends/virgl/ "${interfaces[@]}" tools/

# mulliond itself: neither of its workers.
if grep -nE '#include "daemon/(guest|render)/' daemon/*.[ch]; then
	echo "mulliond may not include its workers"
	status=1
fi
# An outside library appears in one folder.
one_folder() {
	local header=$1 folder=$2
	if grep -rnE "#include <$header" --include='*.[ch]' base protocol backends daemon tools compositor |
		grep -v "^$folder"; then
		echo "<$header> belongs to $folder"
		status=1
	fi
}
one_folder virglrenderer.h backends/virgl/
one_folder epoxy compositor/paint/
one_folder gbm.h "\\(backends/virgl\\|compositor/paint\\)/"
one_folder wayland-client backends/wayland/
one_folder cairo base/
one_folder pixman.h "\\(backends/pixman\\|compositor\\)/"
one_folder ncurses.h tools/
one_folder microhttpd.h daemon/
one_folder yaml.h tools/
one_folder libinput.h "\\(backends/libinput\\|compositor/seat\\)/"
one_folder libevdev backends/libinput/
one_folder libudev.h "\\(backends/libinput\\|compositor\\)/"
one_folder xkbcommon compositor/seat/
one_folder libdisplay-info compositor/kms/
one_folder png.h base/
one_folder ini.h base/
one_folder wayland-server compositor/
one_folder xf86drm compositor/
one_folder libliftoff.h compositor/kms/
one_folder libseat.h compositor/
exit $status
