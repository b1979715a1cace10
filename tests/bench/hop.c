/* SPDX-License-Identifier: MIT */
/* What the machine itself takes for the way of a frame. */
#include "hop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/vmm.h"

/* As large as mullion-guest's message and mulliond's request, about. */
#define MESSAGE_BYTES 64

struct hop_samples {
	uint32_t count;
	uint32_t ns[HOP_MAX_SAMPLES];
};

/* Sleeps for a message as a daemon does; false at the end of the stream. */
static bool receive(int epoll_fd, int fd, uint64_t message[static MESSAGE_BYTES / 8])
{
	struct epoll_event event;

	while (epoll_wait(epoll_fd, &event, 1, -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	return recv(fd, message, MESSAGE_BYTES, 0) == MESSAGE_BYTES;
}

static void __attribute__((noreturn)) serve(int in, int out, struct hop_samples *samples)
{
	uint64_t message[MESSAGE_BYTES / 8];
	struct epoll_event event = { .events = EPOLLIN };
	int epoll_fd = epoll_create1(0);

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, in, &event);
	while (receive(epoll_fd, in, message)) {
		if (out < 0)
			continue;
		if (send(out, message, sizeof(message), MSG_NOSIGNAL) < 0)
			break;
		samples->ns[samples->count++ % HOP_MAX_SAMPLES] =
			(uint32_t)(vmm_now_ns() - message[0]);
	}
	_exit(0);
}

/* Keeps no other end of the sockets: else nobody would see the others go. */
static pid_t spawn(int in, int out, int others_in, int others_out, struct hop_samples *samples)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(others_in);
	if (others_out >= 0)
		close(others_out);
	serve(in, out, samples);
}

int hop_start(struct hop *hop)
{
	int first[2] = { -1, -1 }, second[2] = { -1, -1 };

	*hop = (struct hop){ .fd = -1 };
	hop->samples = mmap(NULL, sizeof(*hop->samples), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hop->samples == MAP_FAILED) {
		hop->samples = NULL;
		return -errno;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, first) < 0)
		return -errno;
	hop->fd = first[0];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, second) == 0) {
		hop->relay = spawn(first[1], second[0], first[0], second[1], hop->samples);
		hop->sink = spawn(second[1], -1, first[0], second[0], hop->samples);
	}

	int err = hop->relay > 0 && hop->sink > 0 ? 0 : -errno;

	close(first[1]);
	close(second[0]);
	close(second[1]);
	return err;
}

void hop_stop(struct hop *hop)
{
	pid_t pids[] = { hop->relay, hop->sink };

	for (int i = 0; i < 2; i++) {
		if (pids[i] <= 0)
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	if (hop->fd >= 0)
		close(hop->fd);
	if (hop->samples != NULL)
		munmap(hop->samples, sizeof(*hop->samples));
	*hop = (struct hop){ .fd = -1 };
}

void hop_send(struct hop *hop)
{
	uint64_t message[MESSAGE_BYTES / 8] = { vmm_now_ns() };
	ssize_t sent = send(hop->fd, message, sizeof(message), MSG_NOSIGNAL);

	(void)sent;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void hop_quantiles(struct hop *hop, double *p50_us, double *p99_us)
{
	struct hop_samples *samples = hop->samples;
	uint32_t count = samples->count < HOP_MAX_SAMPLES ? samples->count : HOP_MAX_SAMPLES;

	*p50_us = *p99_us = 0;
	if (count == 0)
		return;
	qsort(samples->ns, count, sizeof(samples->ns[0]), compare_u32);
	*p50_us = samples->ns[count / 2] / 1e3;
	*p99_us = samples->ns[(uint64_t)count * 99 / 100] / 1e3;
	samples->count = 0;
}
