/* SPDX-License-Identifier: MIT */
/*
 * Prints how many bytes of extended processor state ptrace gives on this host.
 *
 * User Mode Linux 6.1 compiles that size in (HOST_FP_SIZE) and dies at the
 * first exec with "set fp regs failed" where it is not exact.
 */
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char state[65536];

int
main(void)
{
	pid_t child = fork();
	if (child < 0) {
		perror("fork");
		return 1;
	}
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	struct iovec area = {.iov_base = state, .iov_len = sizeof(state)};
	long error = ptrace(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, &area);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	if (error != 0) {
		perror("PTRACE_GETREGSET");
		return 1;
	}
	printf("%zu\n", area.iov_len);
	return 0;
}
