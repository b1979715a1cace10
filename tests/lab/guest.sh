# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Guests: Debian 12 in QEMU or in User Mode Linux.
#
# What a run brings (scenario, random number, the 3D program) is the second half
# of the guest's initramfs, so the cached disk and root tree never change and
# any number of guests may use them at once, read-only.
#
# The guest's console is a log file; every line that scripts wait for starts
# with "guest: ".

guest_memory=${guest_memory:-1G}

# guest_initrd FILE SCENARIO [NAME=VALUE...] : writes the initramfs. SCENARIO is
# a file, or a name in guest/. The NAMEs reach the scenario as variables:
# LAB_ROOT (the disk by default, or a directory for hostfs), LAB_HEADS,
# LAB_NUMBER. lab_programs names the programs to bring, "number" for one.
guest_initrd() {
	local file=$1 scenario=$2 root tree program
	shift 2
	[ -f "$scenario" ] || scenario=$lab_dir/guest/$scenario
	root=$(guest_root) || return 1
	tree=$(mktemp -d "$lab_tmp/initrd.XXXXXX")
	mkdir "$tree/lab"
	cp "$lab_dir/guest/init" "$tree/init"
	cp "$lab_dir/guest/start" "$tree/lab/start"
	cp "$scenario" "$tree/lab/scenario"
	for program in ${lab_programs:-}; do
		cp "$program" "$tree/lab/"
	done
	{
		echo "LAB_ROOT=/dev/vda"
		echo "LAB_HEADS=1"
		echo "LAB_NUMBER=0"
		printf '%s\n' "$@"
	} >"$tree/lab/run.env"
	{
		cat "$root/initrd.cpio"
		( cd "$tree" && find . | cpio -o -H newc --quiet -R 0:0 )
	} >"$file"
	rm -rf "$tree"
}

# driver_archive : guest-driver/ for a guest that installs it (driver_install).
driver_archive() {
	tar -C "$top_dir" -cf "$lab_tmp/guest-driver.tar" --transform 's|^guest-driver/||' guest-driver
	printf '%s\n' "$lab_tmp/guest-driver.tar"
}

# install_archive PATH... : $lab_tmp/tree.tar has these of what is installed below /usr/local.
install_archive() {
	DESTDIR=$lab_tmp/dest meson install -C "$build_dir" --no-rebuild --strip --quiet \
		>"$lab_tmp/install.log" 2>&1 || fail "meson install"
	[ -d "$lab_tmp/dest/usr/local/bin" ] || skip "the build's prefix is not /usr/local"
	tar -C "$lab_tmp/dest/usr/local" -cf "$lab_tmp/tree.tar" "$@" || fail "not all was installed"
}

# ---- QEMU -----------------------------------------------------------------

# qemu_start NAME ACCEL INITRD DEVICE... : boots a guest; DEVICE... are QEMU's
# arguments for its devices. Sets guest_pid and guest_console. A guest that
# reboots ends QEMU unless guest_reboots=yes; guest_share=off does not share its
# memory with us. The keyboard is there because the
# kiosk shell of weston 10 shows nothing where there is no seat.
qemu_start() {
	local name=$1 accel=$2 initrd=$3 root cpu=host reboot=-no-reboot
	shift 3
	[ "${guest_reboots:-no}" = no ] || reboot=
	root=$(guest_root) || return 1
	case $accel in
	# LLVM takes QEMU's "max" for a processor without 64 bits and aborts.
	tcg) accel=tcg,thread=multi cpu=Nehalem ;;
	esac
	guest_console=$lab_tmp/$name.console
	: >"$guest_console"
	# Opened for both before QEMU opens it, or its open would wait for a writer.
	mkfifo "$lab_tmp/$name.monitor.in"
	exec {guest_monitor}<>"$lab_tmp/$name.monitor.in"
	lab_start "$lab_tmp/$name.qemu.log" qemu-system-x86_64 -name "$name" -nodefaults -no-user-config \
		-machine q35,memory-backend=mem,vmport=off,i8042=off,hpet=off -accel "$accel" -cpu "$cpu" -smp 2 \
		-m "$guest_memory" -object "memory-backend-memfd,id=mem,size=$guest_memory,share=${guest_share:-on}" \
		-kernel "$root/vmlinux" -initrd "$initrd" \
		-append "console=ttyS0 quiet loglevel=4 panic=-1 nokaslr mitigations=off tsc=reliable no_timer_check random.trust_cpu=on" \
		-drive "file=$root/root.ext4,format=raw,if=virtio,readonly=on" \
		-chardev "file,id=console,path=$guest_console" -serial chardev:console \
		-chardev "file,id=monitor,path=$lab_tmp/$name.monitor,input-path=$lab_tmp/$name.monitor.in" \
		-mon chardev=monitor,mode=readline ${reboot:+"$reboot"} -display none -vga none \
		-device virtio-keyboard-pci "$@"
	guest_pid=$lab_pid
}

# qemu_monitor COMMAND : a line for the monitor of the last started QEMU (stop,
# cont, system_reset, screendump); what it says is in $lab_tmp/NAME.monitor.
qemu_monitor() {
	printf '%s\n' "$1" >&"$guest_monitor"
}

# qemu_shows COLOUR [Y HEIGHT] : of the last started QEMU's screen of 1280x800 all, or these rows.
qemu_shows() {
	local file=$lab_tmp/screen.png
	rm -f "$file"
	qemu_monitor "screendump $file -f png"
	wait_until 30 png_is_whole "$file" || return 1
	"$build_dir/tests/lab/check-area" "$file" 0 "${2:-0}" 1280 "${3:-800}" colour "$1" \
		>"$lab_tmp/check.log" 2>&1
}
# QEMU writes it bit by bit.
png_is_whole() { tail -c 8 "$1" 2>/dev/null | grep -qa IEND; }

# kvm_works : does a stock kernel really boot on this host's KVM? Asked by
# booting one, with a time limit; the answer holds until the host boots again.
kvm_works() {
	local boot answer
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	boot=$(cat /proc/sys/kernel/random/boot_id)
	answer=$cache_dir/kvm-$boot
	if [ ! -f "$answer" ]; then
		say "trying whether KVM boots a stock kernel (10 s at most)"
		guest_initrd "$lab_tmp/probe.cpio" probe
		qemu_start kvm-probe kvm "$lab_tmp/probe.cpio"
		rm -f "$cache_dir"/kvm-*
		if wait_line "$guest_console" '^guest: .* up after' 10 "$guest_pid"; then
			echo yes >"$answer"
		else
			echo no >"$answer"
		fi
		lab_stop "$guest_pid" KILL
		say "KVM works: $(cat "$answer")"
	fi
	[ "$(cat "$answer")" = yes ]
}

# accel_choose auto|kvm|tcg : prints kvm or tcg on stdout, progress on stderr.
accel_choose() {
	case $1 in
	auto) if kvm_works >&2; then echo kvm; else echo tcg; fi ;;
	*) echo "$1" ;;
	esac
}

# ---- User Mode Linux ------------------------------------------------------

# uml_start NAME INITRD ARGUMENT... : boots a guest. ARGUMENTs are the kernel's,
# such as virtio_uml.device=SOCKET:16 for a GPU. The initramfs must have been
# made with LAB_ROOT="$(guest_root)/root". Sets guest_pid and guest_console.
uml_start() {
	local name=$1 initrd=$2 kernel memory_dir=$lab_tmp
	shift 2
	[ ! -w /dev/shm ] || memory_dir=/dev/shm
	kernel=$(kernel_uml) || return 1
	guest_console=$lab_tmp/$name.console
	: >"$guest_console"
	lab_start "$guest_console" env TMPDIR="$memory_dir" \
		"$kernel" "mem=$guest_memory" umid="$name" uml_dir="$lab_tmp/uml" \
		initrd="$initrd" con=null con0=fd:0,fd:1 quiet loglevel=4 panic=-1 "$@"
	guest_pid=$lab_pid
}
