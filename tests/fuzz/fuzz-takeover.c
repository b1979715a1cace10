/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: what a mullion-guest left that died, as its successor reads it. A state that
 * makes sense, with bytes of it, of guest memory and of the renderer's ring changed as the
 * input says: area, index, offset, length, bytes. The first byte says what else is there.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/guest/guest.h"
#include "protocol/render.h"

#define MEMORY_BYTES 65536u
#define MEMORY_ADDR 0x10000u
#define QUEUE_SIZE 16u
#define RING_OFFSET(queue, part) ((queue)*0x1000u + (part)*0x400u)
#define TURNS 6
#define QUOTA_BYTES (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What parts of the state there are to be changed, each `n` times `bytes`. */
enum area {
	AREA_MEMORY,
	AREA_RING,
	AREA_HEADER, /* up to the resources: all that is small */
	AREA_QUEUE,
	AREA_REGION,
	AREA_HEAD,
	AREA_PENDING,
	AREA_CONTEXT,
	AREA_RESOURCE,
	AREA_ATTACHMENT,
	AREA_BLOCK,
	AREA_REMOTE,
	AREA_COUNT,
};

struct world {
	struct guest_process *guest;
	struct state *state;
	uint8_t *memory;
	int memory_fd;
	uint8_t *ring;
	int ring_fd;
	int daemon, vmm, render; /* the other ends */
	struct loop_source turns;
	int n_turns;
};

static void area_find(
	struct world *world, enum area area, uint8_t **at, size_t *each_bytes, size_t *n)
{
#define ARRAY(array, count) *at = (uint8_t *)(array), *each_bytes = sizeof((array)[0]), *n = (count)
	struct state *state = world->state;
	switch (area) {
	case AREA_MEMORY:
		*at = world->memory, *each_bytes = 256, *n = MEMORY_BYTES / 256;
		break;
	case AREA_RING: /* its page, and the completions */
		*at = world->ring, *each_bytes = 64, *n = 8192 / 64;
		break;
	case AREA_HEADER:
		*at = (uint8_t *)state, *each_bytes = 256;
		*n = offsetof(struct state, regions) / 256;
		break;
	case AREA_QUEUE:
		ARRAY(state->gpu.queues, STATE_QUEUES);
		break;
	case AREA_REGION:
		ARRAY(state->regions, 4);
		break;
	case AREA_HEAD:
		ARRAY(state->heads, LIMIT_HEADS);
		break;
	case AREA_PENDING:
		ARRAY(state->pendings, 16);
		break;
	case AREA_CONTEXT:
		ARRAY(state->contexts, 8);
		break;
	case AREA_RESOURCE:
		ARRAY(state->resources, 16);
		break;
	case AREA_ATTACHMENT:
		ARRAY(state->attachments, 16);
		break;
	case AREA_BLOCK:
		ARRAY(state->blocks, 16);
		break;
	default:
		ARRAY(&state->remote, 1);
		break;
	}
#undef ARRAY
}

static void put_queue(struct world *world, uint32_t index)
{
	struct state_queue *queue = &world->state->gpu.queues[index];

	queue->size = QUEUE_SIZE;
	queue->enabled = queue->started = queue->kick_known = 1;
	queue->taken = 3;
	queue->used_idx = 2;
	queue->desc_addr = MEMORY_ADDR + RING_OFFSET(index, 0);
	queue->avail_addr = MEMORY_ADDR + RING_OFFSET(index, 1);
	queue->used_addr = MEMORY_ADDR + RING_OFFSET(index, 2);
	queue->inflight[2].inflight = 1;
	queue->inflight[2].counter = 2;
	world->memory[RING_OFFSET(index, 1) + 2] = 4; /* avail->idx: one more to take */
	world->memory[RING_OFFSET(index, 2) + 2] = 2; /* used->idx */
}

/* Four resources of the four kinds, two contexts, heads that show, a command in flight. */
static void put_state(struct world *world, bool virgl)
{
	struct state *state = world->state;

	state->magic = STATE_MAGIC;
	state->version = STATE_VERSION;
	state->bytes = sizeof(*state);
	state->gpu.features = 1ull << 32 | (virgl ? 1 : 0);
	state->gpu.protocol_features = UINT64_MAX;
	state->regions[0] = (struct state_region){ .guest_addr = MEMORY_ADDR,
		.size_bytes = MEMORY_BYTES,
		.user_addr = MEMORY_ADDR,
		.used = 1 };
	for (uint32_t i = 0; i < STATE_QUEUES; i++)
		put_queue(world, i);
	for (uint32_t i = 0; i < 4; i++) {
		state->resources[i] = (struct state_resource){ .id = 1 + i,
			.kind = i,
			.target = 2,
			.format = 2,
			.width = 16,
			.height = 16,
			.depth = 1,
			.array_size = 1,
			.backing = i,
			.n_entries = 1,
			.bytes = 1024 };
		state->blocks[i].next = STATE_NONE;
		state->blocks[i].used = 1;
		state->blocks[i].entries[0].addr = MEMORY_ADDR + 0x4000 + 0x1000 * i;
		state->blocks[i].entries[0].len = 1024;
		state->heads[i].resource = 1 + i;
		state->heads[i].width_px = state->heads[i].height_px = 16;
		state->heads[i].serial = 1 + i;
	}
	state->contexts[0].id = 1;
	state->contexts[1].id = 2;
	state->attachments[0] = (struct state_attachment){ 1, 2 };
	state->attachments[1] = (struct state_attachment){ 2, 3 };
	state->ends.resources = state->ends.blocks = 4;
	state->ends.contexts = state->ends.attachments = 2;
	state->next_seq = 3;
	state->pendings[2] = (struct state_pending){ .seq = 2,
		.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.flags = 1,
		.fence_id = 7,
		.head = 2,
		.n_segments = 1,
		.segments = { { .addr = MEMORY_ADDR + 0x8000, .len = 24 } } };
	state->remote.state = STATE_REMOTE_RUNNING;
	state->remote.intents[0].seq = 2;
}

static void change(struct world *world, const uint8_t **data, size_t *len)
{
	uint8_t *at;
	size_t each_bytes, n;

	const uint8_t *d = *data;
	size_t n_bytes = 1 + d[4] % 8;
	area_find(world, d[0] % AREA_COUNT, &at, &each_bytes, &n);
	size_t offset = (d[2] | d[3] << 8) % each_bytes;
	if (n_bytes > each_bytes - offset)
		n_bytes = each_bytes - offset;
	if (n_bytes > *len - 5)
		n_bytes = *len - 5;
	memcpy(at + (d[1] % n) * each_bytes + offset, d + 5, n_bytes);
	*data += 5 + n_bytes;
	*len -= 5 + n_bytes;
}

static void handle_turn(struct loop_source *source, uint32_t events)
{
	struct world *world = container_of(source, struct world, turns);
	if (++world->n_turns == TURNS)
		loop_stop(&world->guest->loop, 0);
}

static int socket_from(int *other)
{
	int fds[2] = { -1, -1 };
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
	*other = fds[1];
	return fds[0];
}

static void keep_all(struct world *world, bool renderer)
{
	struct takeover *takeover = &world->guest->takeover;

	takeover->on = true;
	takeover->kept.regions[0] = fd_dup(world->memory_fd);
	for (int i = 0; i < (int)STATE_QUEUES; i++) {
		takeover->kept.kicks[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		takeover->kept.calls[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	if (!renderer)
		return;
	int fds[2] = { -1, -1 };
	channel_pair(fds);
	world->render = fds[1];
	takeover->renderer[0] = fd_dup(world->ring_fd);
	takeover->renderer[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[2] = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[3] = fds[0];
}

static void run(struct world *world, bool virgl, bool renderer)
{
	const struct gpu_config config = {
		.n_heads = 4,
		.modes = { { 640, 480, 60000 }, { 640, 480, 60000 }, { 640, 480, 60000 },
			{ 640, 480, 60000 } },
		.virgl = virgl,
		.quota = { QUOTA_BYTES, 64, 64, 256, 16 },
	};
	struct guest_process *guest = world->guest;
	int fds[2] = { -1, -1 };

	channel_pair(fds);
	world->daemon = fds[1];
	assert(loop_init(&guest->loop) == 0 && link_open(guest, fds[0]) == 0);
	guest->state = world->state;
	assert(front_init(guest, &config) == 0);
	keep_all(world, renderer);
	if (takeover_begin(guest, socket_from(&world->vmm)) == 0) {
		int ready = eventfd(1, EFD_CLOEXEC);
		loop_add(&guest->loop, &world->turns, ready, EPOLLIN, handle_turn);
		loop_run(&guest->loop);
		loop_remove(&world->turns);
		close(ready);
		/* A quota holds whatever the state said. */
		assert(world->state->counters.bytes_used <= QUOTA_BYTES);
		assert(world->state->counters.resources <= config.quota.resources);
		assert(world->state->counters.contexts <= config.quota.contexts);
	}
	takeover_finish(&guest->takeover);
	front_finish(guest);
	channel_finish(&guest->link);
	loop_timer_finish(&guest->cursor_pause);
	loop_finish(&guest->loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct guest_process guest;
	struct world world = { .guest = &guest, .daemon = -1, .vmm = -1, .render = -1 };

	if (len < 1)
		return 0;
	log_init("fuzz", LOG_LEVEL_ERROR);
	uint8_t flags = data[0];
	data++, len--;
	memset(&guest, 0, sizeof(guest));
	world.memory_fd = memfd_create_sealed("memory", MEMORY_BYTES);
	world.memory = memfd_map(world.memory_fd, MEMORY_BYTES, PROT_READ | PROT_WRITE);
	world.ring_fd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	world.ring = memfd_map(world.ring_fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	world.state = mmap(NULL, sizeof(*world.state), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(world.memory && world.ring && world.state != MAP_FAILED);
	put_state(&world, flags & 1);
	while (len > 5)
		change(&world, &data, &len);
	/* A renderer is only handed to who may use it. */
	run(&world, flags & 1, (flags & 3) == 3);
	fd_close(&world.daemon);
	fd_close(&world.vmm);
	fd_close(&world.render);
	munmap(world.state, sizeof(*world.state));
	munmap(world.memory, MEMORY_BYTES);
	munmap(world.ring, RENDER_RING_BYTES);
	close(world.memory_fd);
	close(world.ring_fd);
	return 0;
}
