/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: what a mullion-guest left that died, as its successor reads it. A state that
 * makes sense, with bytes of it, of guest memory and of the renderer's ring changed as the
 * input says: area, index, offset, length, bytes. The first byte says what else is there.
 */
#include "tests/fuzz/world.h"

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

/* Of three taken chains two are answered; one more waits to be taken. */
static void put_chains(struct world *world, uint32_t index)
{
	struct state_queue *queue = &world->state->gpu.queues[index];

	queue->taken = 3;
	queue->used_idx = 2;
	queue->inflight[2].inflight = 1;
	queue->inflight[2].counter = 2;
	world->memory[RING_OFFSET(index, 1) + 2] = 4; /* avail->idx */
	world->memory[RING_OFFSET(index, 2) + 2] = 2; /* used->idx */
}

/* Four resources of the four kinds, two contexts, heads that show, a command in flight. */
static void put_state(struct world *world, bool virgl)
{
	struct state *state = world->state;

	world_put_rings(world);
	state->gpu.features = 1ull << 32 | (virgl ? 1 : 0);
	for (uint32_t i = 0; i < STATE_QUEUES; i++)
		put_chains(world, i);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world;

	if (len < 1)
		return 0;
	uint8_t flags = data[0];
	data++, len--;
	world_open(&world);
	put_state(&world, flags & 1);
	while (len > 5)
		change(&world, &data, &len);
	/* A renderer is only handed to who may use it. */
	if (world_start(&world, flags & 1, (flags & 3) == 3) == 0) {
		world_turn(&world, 6);
		world_check(&world);
	}
	world_close(&world);
	return 0;
}
