/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a driver's commands, one after the other, to a mullion-guest that does 2D and
 * blobs. Each: which, how many bytes follow, the command's dwords behind its header, of one
 * byte each; a byte of 255 makes the dword large. Odd bytes of `which` go by the cursor's
 * queue or want a fence.
 */
#include "tests/fuzz/world.h"

#include <linux/virtio_ring.h>

#define COMMAND_OFFSET 0x4000u
#define ANSWER_OFFSET 0x6000u
#define ANSWER_BYTES 1500u
#define BACKING_ADDR (MEMORY_ADDR + 0x8000u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint32_t types[] = {
	VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
	VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
	VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
	VIRTIO_GPU_CMD_SET_SCANOUT,
	VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
	VIRTIO_GPU_CMD_RESOURCE_FLUSH,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
	VIRTIO_GPU_CMD_RESOURCE_UNREF,
	VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
	VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
	VIRTIO_GPU_CMD_GET_EDID,
	VIRTIO_GPU_CMD_GET_CAPSET_INFO,
	VIRTIO_GPU_CMD_CTX_CREATE,
	VIRTIO_GPU_CMD_UPDATE_CURSOR,
	VIRTIO_GPU_CMD_MOVE_CURSOR,
	VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
	0xffff,
};

/* What one byte stands for: small numbers, page-like ones, places in memory, nonsense. */
static uint32_t dword_of(uint8_t byte)
{
	if (byte < 0x80)
		return byte;
	if (byte < 0xc0)
		return (byte - 0x80u) * 256;
	if (byte < 0xf0)
		return BACKING_ADDR + (byte - 0xc0u) * 512;
	return byte < 0xf8 ? 1u << (byte & 31) : UINT32_MAX - (byte & 7);
}

/* The command in memory; its bytes. */
static uint32_t put_command(struct world *world, uint8_t which, const uint8_t *data, size_t n)
{
	uint32_t *at = (uint32_t *)(world->memory + COMMAND_OFFSET);

	memset(at, 0, 512);
	at[0] = types[(which >> 1) % (sizeof(types) / sizeof(types[0]))];
	at[1] = which & 1; /* VIRTIO_GPU_FLAG_FENCE */
	at[2] = which;     /* fence */
	for (size_t i = 0; i < n; i++)
		at[6 + i] = dword_of(data[i]);
	return 24 + 4 * n;
}

/* Offers it; the queue must answer at once, and once. */
static void offer(struct world *world, uint32_t queue, uint32_t bytes)
{
	struct vring_desc *desc = (void *)(world->memory + RING_OFFSET(queue, 0));
	struct vring_avail *avail = (void *)(world->memory + RING_OFFSET(queue, 1));
	struct vring_used *used = (void *)(world->memory + RING_OFFSET(queue, 2));
	uint32_t *answer = (uint32_t *)(world->memory + ANSWER_OFFSET);

	desc[0] = (struct vring_desc){ .addr = MEMORY_ADDR + COMMAND_OFFSET,
		.len = bytes,
		.flags = VRING_DESC_F_NEXT,
		.next = 1 };
	desc[1] = (struct vring_desc){ .addr = MEMORY_ADDR + ANSWER_OFFSET,
		.len = ANSWER_BYTES,
		.flags = VRING_DESC_F_WRITE };
	answer[0] = 0;
	avail->ring[avail->idx % QUEUE_SIZE] = 0;
	avail->idx++;
	gpu_process(&world->guest->gpu, queue);
	assert(used->idx == avail->idx);
	assert(used->ring[(uint16_t)(used->idx - 1) % QUEUE_SIZE].len <= ANSWER_BYTES);
	if (queue == VIRTIO_GPU_QUEUE_CONTROL)
		assert(answer[0] >= 0x1100 && answer[0] < 0x1300);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world;
	int n_commands = 0;

	world_open(&world);
	world_put_rings(&world);
	world.state->gpu.features = UINT64_MAX & ~(1ull << 29); /* not EVENT_IDX */
	assert(world_start(&world, false, false) == 0);
	while (len >= 2) {
		uint8_t which = data[0];
		size_t n = data[1] % 24;
		data += 2, len -= 2;
		if (n > len)
			n = len;
		uint32_t bytes = put_command(&world, which, data, n);
		data += n, len -= n;
		bool cursor = (which >> 1) % 18 == 14 || (which >> 1) % 18 == 15;
		offer(&world, cursor ? VIRTIO_GPU_QUEUE_CURSOR : VIRTIO_GPU_QUEUE_CONTROL, bytes);
		world_check(&world);
		if (++n_commands % 8 == 0)
			world_turn(&world, 1);
	}
	world_turn(&world, 2);
	world_close(&world);
	return 0;
}
