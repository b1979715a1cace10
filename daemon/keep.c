/* SPDX-License-Identifier: MIT */
/* What outlives mullion-guest. */
#include "daemon/keep.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/io.h"

void keep_init(struct keep *keep)
{
	*keep = (struct keep){ .state_fd = -1, .vmm_fd = -1 };
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < STATE_REGIONS; i++)
			keep->fds[kind][i] = -1;
	}
}

int keep_open(struct keep *keep)
{
	keep->state_fd = memfd_create_sealed("mullion-state", sizeof(struct state));
	if (keep->state_fd < 0)
		return keep->state_fd;
	struct state *state =
		memfd_map(keep->state_fd, sizeof(struct state), PROT_READ | PROT_WRITE);
	if (!state)
		return -errno;
	state->magic = STATE_MAGIC;
	state->version = STATE_VERSION;
	state->bytes = sizeof(*state);
	keep->state = state;
	return 0;
}

void keep_finish(struct keep *keep)
{
	if (keep->state)
		munmap((void *)keep->state, sizeof(struct state));
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++)
		fd_close_all(keep->fds[kind], STATE_REGIONS);
	fd_close(&keep->state_fd);
	fd_close(&keep->vmm_fd);
	keep_init(keep);
}

bool keep_set(struct keep *keep, uint32_t kind, uint32_t index, int fd)
{
	uint32_t n = kind == LINK_KEEP_REGION ? STATE_REGIONS :
		kind == LINK_KEEP_GPU_SOCKET || kind == LINK_KEEP_BACKEND_SOCKET ? 1 : STATE_QUEUES;

	if (kind >= LINK_KEEP_KIND_COUNT || index >= n) {
		fd_close(&fd);
		return false;
	}
	fd_close(&keep->fds[kind][index]);
	keep->fds[kind][index] = fd;
	return true;
}
