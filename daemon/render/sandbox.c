/* SPDX-License-Identifier: MIT */
/*
 * What this process gives up, stage by stage.
 *
 * The list of system calls is what virglrenderer, Mesa and LLVM were seen to use
 * once their driver is open, with what their threads, allocators and DRM drivers
 * may use besides. All else answers EPERM: Mesa tries much that it can do without,
 * and a driver's new habit must not cost a guest its 3D. What nobody would call
 * here in good faith ends the process, so that an attempt leaves a trace.
 */
#include "daemon/render/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

/* Whoever starts us as root gets this instead (nobody). */
#define UID_UNPRIVILEGED 65534

/* Where somebody keeps drivers elsewhere, or limits threads. Nothing that chooses a driver. */
static const char *const environment_kept[] = {
	"GBM_BACKENDS_PATH",
	"JOURNAL_STREAM",
	"LIBGL_DRIVERS_PATH",
	"LP_NUM_THREADS",
	"__EGL_VENDOR_LIBRARY_DIRS",
};

void sandbox_clear_environment(void)
{
	char *kept[sizeof(environment_kept) / sizeof(environment_kept[0])];
	size_t n = sizeof(kept) / sizeof(kept[0]);

	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(environment_kept[i]);
		kept[i] = value ? strdup(value) : NULL;
	}
	clearenv();
	for (size_t i = 0; i < n; i++) {
		if (kept[i])
			setenv(environment_kept[i], kept[i], 1);
		free(kept[i]);
	}
	/* It could be written to no more, and is not to be shared between guests. */
	setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
}

int sandbox_close_descriptors(int first_fd, int last_fd)
{
	if (first_fd > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, first_fd - 1, 0) < 0)
		return -errno;
	if (close_range(last_fd + 1, ~0u, 0) < 0)
		return -errno;
	return 0;
}

static const int calls_allowed[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(membarrier), SCMP_SYS(memfd_create),
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munmap),
	/* what is open already */
	SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl),
	SCMP_SYS(fstat), SCMP_SYS(ftruncate), SCMP_SYS(lseek), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(write), SCMP_SYS(writev),
	/* waiting */
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2), SCMP_SYS(futex), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(restart_syscall), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	/* time */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep),
	/* threads and signals of this process */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getcpu), SCMP_SYS(gettid),
	SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list), SCMP_SYS(sigaltstack),
	/* harmless questions */
	SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getpid),
	SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(getuid), SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
};

static const int calls_fatal[] = {
	SCMP_SYS(bpf), SCMP_SYS(chroot), SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(finit_module), SCMP_SYS(fork), SCMP_SYS(init_module), SCMP_SYS(io_uring_setup),
	SCMP_SYS(kexec_load), SCMP_SYS(keyctl), SCMP_SYS(mount), SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(userfaultfd),
	SCMP_SYS(vfork),
};

/* Calls that are right with some arguments only. */
static int filter_add_conditional(scmp_filter_ctx filter)
{
	static const uint64_t ioctl_types[] = {
		'd', /* DRM */
		'b', /* dma-buf */
		'>', /* sync_file */
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(ioctl_types) / sizeof(ioctl_types[0]); i++)
		ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
			SCMP_A1_64(SCMP_CMP_MASKED_EQ, 0xff00, ioctl_types[i] << 8));
	/* Threads, no processes; glibc asks with clone3 first, whose flags cannot be seen. */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	ret |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	/* abort() */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		SCMP_A0_64(SCMP_CMP_EQ, (uint64_t)getpid()));
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME));
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		SCMP_A0_64(SCMP_CMP_EQ, PR_SET_VMA));
	/* glibc's fstat */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
		SCMP_A3_64(SCMP_CMP_EQ, AT_EMPTY_PATH));
	/* Asking for a limit, not setting one. */
	ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
		SCMP_A2_64(SCMP_CMP_EQ, 0));
	return ret ? -EINVAL : 0;
}

static int filter_fill(scmp_filter_ctx filter)
{
	/* The threads of Mesa are there already. */
	int ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	ret |= seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < sizeof(calls_allowed) / sizeof(calls_allowed[0]); i++)
		ret |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls_allowed[i], 0);
	for (size_t i = 0; i < sizeof(calls_fatal) / sizeof(calls_fatal[0]); i++)
		ret |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, calls_fatal[i], 0);
	return ret ? -EINVAL : filter_add_conditional(filter);
}

static int sandbox_filter_calls(void)
{
#ifdef __SANITIZE_ADDRESS__
	/* Its search for leaks traces this process from a process of its own. */
	log_info("built with AddressSanitizer: system calls are not filtered");
	return 0;
#endif
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	int ret = filter_fill(filter);
	if (ret == 0)
		ret = seccomp_load(filter);
	seccomp_release(filter);
	return ret;
}

static int sandbox_drop_root(void)
{
	if (geteuid() != 0)
		return 0;
	const uid_t id = UID_UNPRIVILEGED;
	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		return -errno;
	return 0;
}

int sandbox_lock(void)
{
	int ret = sandbox_drop_root();
	if (ret < 0)
		return ret;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return sandbox_filter_calls();
}
