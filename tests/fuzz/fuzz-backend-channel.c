/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: what a VMM does on the channel for our requests. Each byte: the low bits say
 * what, the high ones how much of what follows.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vhost-user/backend_channel.h"
#include "base/io.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct vmm {
	struct loop loop;
	struct backend_channel channel;
	uint32_t asked;
	int other; /* the VMM's end; -1: none */
	uint32_t n_changes, n_channels, n_told;
	struct loop_source turns;
	int ready_fd;
};

static void handle_told(void *data, enum backend_channel_result result)
{
	struct vmm *vmm = data;
	vmm->n_told++;
	assert(result <= BACKEND_CHANNEL_MISSING);
}

static void handle_turn(struct loop_source *source, uint32_t events)
{
	struct vmm *vmm = container_of(source, struct vmm, turns);
	loop_stop(&vmm->loop, 0);
}

static void turn(struct vmm *vmm)
{
	vmm->loop.stop = false;
	loop_add(&vmm->loop, &vmm->turns, vmm->ready_fd, EPOLLIN, handle_turn);
	loop_run(&vmm->loop);
	loop_remove(&vmm->turns);
}

static void open_channel(struct vmm *vmm, bool pipes)
{
	int fds[2] = { -1, -1 };
	if (pipes)
		pipe2(fds, O_CLOEXEC | O_NONBLOCK);
	else
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
	fd_close(&vmm->other);
	vmm->other = fds[0];
	vmm->n_channels++;
	backend_channel_set_fd(&vmm->channel, fds[1]);
}

/* The right answer, or as much of it as there is. */
static void answer(struct vmm *vmm, size_t n)
{
	struct {
		struct vhost_user_header header;
		uint64_t status;
	} __attribute__((packed)) right = {
		.header = { VHOST_USER_BACKEND_CONFIG_CHANGE_MSG,
			VHOST_USER_VERSION | VHOST_USER_FLAG_REPLY, sizeof(uint64_t) },
		.status = n & 1,
	};
	uint8_t rest[64];

	while (read(vmm->other, rest, sizeof(rest)) == sizeof(rest))
		;
	send(vmm->other, &right, n < 2 || n > sizeof(right) ? sizeof(right) : n, MSG_NOSIGNAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vmm vmm = { .other = -1, .loop.epoll_fd = -1 };

	log_init("fuzz", LOG_LEVEL_ERROR);
	assert(loop_init(&vmm.loop) == 0);
	int fds[2];
	assert(pipe2(fds, O_CLOEXEC) == 0);
	close(fds[1]); /* always ready: at its end */
	vmm.ready_fd = fds[0];
	backend_channel_init(&vmm.channel, &vmm.loop, &vmm.asked, handle_told, &vmm);
	while (len > 0) {
		uint8_t what = data[0] & 7;
		size_t n = data[0] >> 3;
		data++, len--;
		if (what == 0)
			open_channel(&vmm, n & 1);
		if (what == 1 || what == 2) {
			vmm.n_changes++;
			backend_channel_tell(&vmm.channel, what == 2);
		}
		if (what == 3 && vmm.other >= 0)
			answer(&vmm, n);
		if (what == 4 && vmm.other >= 0) {
			n = n < len ? n : len;
			send(vmm.other, data, n, MSG_NOSIGNAL);
			data += n, len -= n;
		}
		if (what == 5 && vmm.other >= 0)
			io_send(vmm.other, "x", 1, (int[]){ 0, 0 }, 1 + (n & 1));
		if (what == 6)
			fd_close(&vmm.other);
		turn(&vmm);
		/* An answer for each change at most, and that a channel is gone for each of those.
		 */
		assert(vmm.n_told <= vmm.n_changes + vmm.n_channels);
	}
	backend_channel_finish(&vmm.channel);
	fd_close(&vmm.other);
	close(vmm.ready_fd);
	loop_finish(&vmm.loop);
	return 0;
}
