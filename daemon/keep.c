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

#include "base/clock.h"
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

static void device_init(struct keep_device *device)
{
	*device = (struct keep_device){ .vmm_fd = -1, .journal = { -1, -1, -1, -1 } };
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < STATE_REGIONS; i++)
			device->fds[kind][i] = -1;
	}
}

void keep_init(struct keep *keep, struct store *store, const char *guest)
{
	*keep = (struct keep){ .store = store, .guest = guest, .state_fd = -1 };
	for (uint32_t i = 0; i < LINK_DEVICES; i++)
		device_init(&keep->devices[i]);
}

/* What is stored of an input device is known by its name as well: "touch0.kick". */
struct store_kind {
	char text[INPUT_NAME_BYTES + 16];
};

static struct store_kind device_kind(uint32_t device, const char *kind)
{
	struct store_kind name;
	char input[INPUT_NAME_BYTES] = "";

	if (device >= LINK_DEVICE_INPUT)
		input_device_name(device - LINK_DEVICE_INPUT, input);
	snprintf(name.text, sizeof(name.text), "%s%s%s", input, *input ? "." : "", kind);
	return name;
}

static void keep_put(
	struct keep *keep, uint32_t device, const char *kind, uint32_t index, int fd)
{
	store_put(keep->store, keep->guest, device_kind(device, kind).text, index, fd);
}

static void keep_remove(struct keep *keep, uint32_t device, const char *kind, uint32_t index)
{
	store_remove(keep->store, keep->guest, device_kind(device, kind).text, index);
}

static int keep_take(struct keep *keep, uint32_t device, const char *kind, uint32_t index)
{
	return store_take(keep->store, keep->guest, device_kind(device, kind).text, index);
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

void keep_commit(struct keep *keep)
{
	store_put(keep->store, keep->guest, "state", 0, keep->state_fd);
}

int keep_connect(struct keep *keep, uint32_t index, int vmm_fd)
{
	struct keep_device *device = &keep->devices[index];

	device->serial = clock_now_ns();
	if (pipe2(device->journal, O_CLOEXEC | O_NONBLOCK) < 0 ||
		pipe2(device->journal + 2, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	device->vmm_fd = fd_dup(vmm_fd);
	if (device->vmm_fd < 0)
		return device->vmm_fd;
	keep_put(keep, index, "vmm", 0, device->vmm_fd);
	for (uint32_t i = 0; i < JOURNAL_PIPE_FDS; i++)
		keep_put(keep, index, "journal", i, device->journal[i]);
	return 0;
}

void keep_disconnect(struct keep *keep, uint32_t index)
{
	struct keep_device *device = &keep->devices[index];

	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < kind_count(kind); i++)
			keep_set(keep, index, kind, i, -1);
	}
	if (device->vmm_fd >= 0)
		keep_remove(keep, index, "vmm", 0);
	for (uint32_t i = 0; i < JOURNAL_PIPE_FDS && device->journal[i] >= 0; i++)
		keep_remove(keep, index, "journal", i);
	fd_close_all(device->journal, JOURNAL_PIPE_FDS);
	fd_close(&device->vmm_fd);
	device_init(device);
}

void keep_finish(struct keep *keep)
{
	if (keep->state)
		munmap((void *)keep->state, sizeof(struct state));
	for (uint32_t i = 0; i < LINK_DEVICES; i++)
		keep_disconnect(keep, i);
	if (keep->state_fd >= 0)
		store_remove(keep->store, keep->guest, "state", 0);
	fd_close(&keep->state_fd);
	keep->state = NULL;
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

static void store_kept(struct keep *keep, uint32_t device, uint32_t kind, uint32_t index)
{
	int fd = keep->devices[device].fds[kind][index];
	int again = kind == LINK_KEEP_REGION && store_is_managed(keep->store) ? region_reopen(fd) :
										 -1;

	keep_put(keep, device, kind_names[kind], index, again < 0 ? fd : again);
	fd_close(&again);
}

bool keep_set(struct keep *keep, uint32_t device, uint32_t kind, uint32_t index, int fd)
{
	if (device >= LINK_DEVICES || kind >= LINK_KEEP_KIND_COUNT || index >= kind_count(kind)) {
		fd_close(&fd);
		return false;
	}
	/* Of a connection that is over, or of one that never was. */
	if (keep->devices[device].vmm_fd < 0)
		fd_close(&fd);
	int *slot = &keep->devices[device].fds[kind][index];
	if (*slot >= 0 && fd < 0)
		keep_remove(keep, device, kind_names[kind], index);
	fd_close(slot);
	*slot = fd;
	if (fd >= 0)
		store_kept(keep, device, kind, index);
	return true;
}

/* That of an earlier mulliond may have reached mullion-guest only after this one began. */
uint64_t keep_serial(const struct keep *keep, uint32_t device)
{
	uint64_t serial = keep->devices[device].serial;

	if (serial || device < LINK_DEVICE_INPUT)
		return serial;
	return keep->state->inputs[device - LINK_DEVICE_INPUT].serial;
}

int keep_vmm_fd(const struct keep *keep)
{
	for (uint32_t i = 0; i < LINK_DEVICES; i++) {
		if (keep->devices[i].vmm_fd >= 0)
			return keep->devices[i].vmm_fd;
	}
	return -1;
}

pid_t keep_vmm_pid(const struct keep *keep)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	getsockopt(keep_vmm_fd(keep), SOL_SOCKET, SO_PEERCRED, &peer, &len);
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

static void restore_device(struct keep *keep, uint32_t index)
{
	struct keep_device *device = &keep->devices[index];
	bool has_journal = true;

	device->vmm_fd = keep_take(keep, index, "vmm", 0);
	if (device->vmm_fd < 0)
		return; /* what else there may be belongs to nobody: store_drop_found */
	for (uint32_t i = 0; i < JOURNAL_PIPE_FDS; i++) {
		device->journal[i] = keep_take(keep, index, "journal", i);
		has_journal = has_journal && device->journal[i] >= 0;
	}
	if (!has_journal)
		fd_close_all(device->journal, JOURNAL_PIPE_FDS);
	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < kind_count(kind); i++)
			device->fds[kind][i] = keep_take(keep, index, kind_names[kind], i);
	}
}

int keep_restore(struct keep *keep)
{
	keep->state_fd = store_take(keep->store, keep->guest, "state", 0);
	for (uint32_t i = 0; i < LINK_DEVICES; i++)
		restore_device(keep, i);
	if (keep->state_fd < 0 && keep_vmm_fd(keep) < 0)
		return -ENOENT;
	if (keep->state_fd < 0 || !keep_vmm_pid(keep))
		return -EPROTO;
	return restore_state(keep);
}
