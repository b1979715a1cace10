/* SPDX-License-Identifier: MIT */
/* What outlives mullion-guest. */
#include "daemon/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

static const char *const kind_names[LINK_KEEP_KIND_COUNT] = {
	[LINK_KEEP_GPU_SOCKET] = "gpu-socket",
	[LINK_KEEP_BACKEND_SOCKET] = "backend-socket",
	[LINK_KEEP_REGION] = "region",
	[LINK_KEEP_KICK] = "kick",
	[LINK_KEEP_CALL] = "call",
	[LINK_KEEP_ERR] = "err",
};

static uint32_t kind_count(uint32_t kind)
{
	return kind == LINK_KEEP_REGION ? STATE_REGIONS :
		kind == LINK_KEEP_GPU_SOCKET || kind == LINK_KEEP_BACKEND_SOCKET ? 1 : STATE_QUEUES;
}

void keep_init(struct keep *keep, struct store *store, const char *guest)
{
	*keep = (struct keep){ .store = store, .guest = guest, .state_fd = -1, .vmm_fd = -1,
		.journal = { -1, -1, -1, -1 } };
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
	store_put(keep->store, keep->guest, "state", 0, keep->state_fd);
	if (pipe2(keep->journal, O_CLOEXEC | O_NONBLOCK) < 0 ||
		pipe2(keep->journal + 2, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	for (uint32_t i = 0; i < 4; i++)
		store_put(keep->store, keep->guest, "journal", i, keep->journal[i]);
	return 0;
}

void keep_finish(struct keep *keep)
{
	if (keep->state)
		munmap((void *)keep->state, sizeof(struct state));
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < kind_count(kind); i++)
			keep_set(keep, kind, i, -1);
	}
	if (keep->state_fd >= 0)
		store_remove(keep->store, keep->guest, "state", 0);
	if (keep->vmm_fd >= 0)
		store_remove(keep->store, keep->guest, "vmm", 0);
	for (uint32_t i = 0; i < 4 && keep->journal[i] >= 0; i++)
		store_remove(keep->store, keep->guest, "journal", i);
	fd_close_all(keep->journal, 4);
	fd_close(&keep->state_fd);
	fd_close(&keep->vmm_fd);
	keep_init(keep, keep->store, keep->guest);
}

/*
 * A VMM gives one file for several regions, and the store takes an open file only once:
 * another open file of the same memory serves as well. By it nobody may get at what the
 * VMM itself cannot write, and nothing may be waited for: no lease, no file system that
 * is somebody's program. So it is memory (which alone has seals), open for writing.
 */
static int region_reopen(int fd)
{
	char path[64];

	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR || fcntl(fd, F_GET_SEALS) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static void store_kept(struct keep *keep, uint32_t kind, uint32_t index)
{
	int fd = keep->fds[kind][index];
	int again = kind == LINK_KEEP_REGION && store_is_managed(keep->store) ? region_reopen(fd) :
										 -1;

	store_put(keep->store, keep->guest, kind_names[kind], index, again < 0 ? fd : again);
	fd_close(&again);
}

bool keep_set(struct keep *keep, uint32_t kind, uint32_t index, int fd)
{
	if (kind >= LINK_KEEP_KIND_COUNT || index >= kind_count(kind)) {
		fd_close(&fd);
		return false;
	}
	int *slot = &keep->fds[kind][index];
	if (*slot >= 0 && fd < 0)
		store_remove(keep->store, keep->guest, kind_names[kind], index);
	fd_close(slot);
	*slot = fd;
	if (fd >= 0)
		store_kept(keep, kind, index);
	return true;
}

void keep_set_vmm(struct keep *keep, int vmm_fd)
{
	keep->vmm_fd = fd_dup(vmm_fd);
	if (keep->vmm_fd >= 0)
		store_put(keep->store, keep->guest, "vmm", 0, keep->vmm_fd);
}

pid_t keep_vmm_pid(const struct keep *keep)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	getsockopt(keep->vmm_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	return peer.pid;
}

static int restore_state(struct keep *keep)
{
	if (memfd_check_sealed(keep->state_fd, sizeof(struct state)) < 0)
		return -EPROTO;
	keep->state = memfd_map(keep->state_fd, sizeof(struct state), PROT_READ);
	if (!keep->state)
		return -errno;
	/* A worker may write to it all the while: nothing is decided by its content but this. */
	if (keep->state->magic != STATE_MAGIC || keep->state->version != STATE_VERSION ||
		keep->state->bytes != sizeof(struct state))
		return -EPROTO;
	return 0;
}

int keep_restore(struct keep *keep)
{
	keep->state_fd = store_take(keep->store, keep->guest, "state", 0);
	keep->vmm_fd = store_take(keep->store, keep->guest, "vmm", 0);
	bool has_journal = true;
	for (uint32_t i = 0; i < 4; i++) {
		keep->journal[i] = store_take(keep->store, keep->guest, "journal", i);
		has_journal = has_journal && keep->journal[i] >= 0;
	}
	if (!has_journal)
		fd_close_all(keep->journal, 4);
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < kind_count(kind); i++)
			keep->fds[kind][i] = store_take(keep->store, keep->guest, kind_names[kind], i);
	}
	if (keep->state_fd < 0 && keep->vmm_fd < 0)
		return -ENOENT;
	if (keep->state_fd < 0 || !keep_vmm_pid(keep))
		return -EPROTO;
	return restore_state(keep);
}
