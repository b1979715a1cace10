/* SPDX-License-Identifier: MIT */
/* Whether descriptors of two processes are of one open file: same-file PID FD PID FD */
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: same-file PID FD PID FD\n");
		return 2;
	}
	long order = syscall(SYS_kcmp, atoi(argv[1]), atoi(argv[3]), KCMP_FILE, atol(argv[2]),
		atol(argv[4]));
	if (order < 0)
		perror("kcmp");
	return order != 0;
}
