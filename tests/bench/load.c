/* SPDX-License-Identifier: MIT */
/* What a guest does to a back end while it is measured. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCREEN_RESOURCE 1u
#define CURSOR_RESOURCE 2u
#define SCRATCH_RESOURCE 1000u
#define BACKING_PIECES 64
#define MAX_SAMPLES (1u << 20)

static int batch_finish(struct gpu *gpu)
{
	int count = gpu_batch_end(gpu, NULL, 0);

	if (count < 0)
		return count;
	return gpu->batch_errors == 0 ? 0 : -EREMOTEIO;
}

static int step_display_info(struct gpu *gpu, uint32_t batch)
{
	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < batch; i++)
		gpu_get_display_info(gpu);
	return batch_finish(gpu);
}

/* An operation is a pair here, so that nothing piles up. */
static int step_create_unref(struct gpu *gpu, uint32_t batch)
{
	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < batch; i += 2) {
		gpu_create_2d(gpu, SCRATCH_RESOURCE + i, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 16);
		gpu_unref(gpu, SCRATCH_RESOURCE + i);
	}
	return batch_finish(gpu);
}

static int step_move_cursor(struct gpu *gpu, uint32_t batch)
{
	static uint32_t x;

	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < batch; i++)
		gpu_move_cursor(gpu, 0, CURSOR_RESOURCE, x++ % LOAD_WIDTH_PX, 100);
	return batch_finish(gpu);
}

static int step_transfer_full(struct gpu *gpu, uint32_t batch)
{
	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < batch; i++)
		gpu_transfer_to_host_2d(
			gpu, SCREEN_RESOURCE, gpu_rect(0, 0, LOAD_WIDTH_PX, LOAD_HEIGHT_PX), 0);
	return batch_finish(gpu);
}

static int step_frame_full(struct gpu *gpu, uint32_t batch)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, LOAD_WIDTH_PX, LOAD_HEIGHT_PX);

	gpu_batch_begin(gpu);
	gpu_transfer_to_host_2d(gpu, SCREEN_RESOURCE, all, 0);
	gpu_flush(gpu, SCREEN_RESOURCE, all);
	return batch_finish(gpu);
}

static struct virtio_gpu_rect next_damage(uint64_t *offset)
{
	static uint32_t at;
	uint32_t x = at * 37 % (LOAD_WIDTH_PX - LOAD_DAMAGE_PX);
	uint32_t y = at * 23 % (LOAD_HEIGHT_PX - LOAD_DAMAGE_PX);

	at++;
	*offset = ((uint64_t)y * LOAD_WIDTH_PX + x) * 4;
	return gpu_rect(x, y, LOAD_DAMAGE_PX, LOAD_DAMAGE_PX);
}

static int step_frame_damage(struct gpu *gpu, uint32_t batch)
{
	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < batch; i++) {
		uint64_t offset;
		struct virtio_gpu_rect damage = next_damage(&offset);

		gpu_transfer_to_host_2d(gpu, SCREEN_RESOURCE, damage, offset);
		gpu_flush(gpu, SCREEN_RESOURCE, damage);
	}
	return batch_finish(gpu);
}

static int step_flush_damage(struct gpu *gpu, uint32_t batch)
{
	uint64_t offset;
	int type = gpu_flush(gpu, SCREEN_RESOURCE, next_damage(&offset));

	return type < 0 ? type : type == VIRTIO_GPU_RESP_OK_NODATA ? 0 : -EREMOTEIO;
}

static int step_flush_full(struct gpu *gpu, uint32_t batch)
{
	int type = gpu_flush(gpu, SCREEN_RESOURCE, gpu_rect(0, 0, LOAD_WIDTH_PX, LOAD_HEIGHT_PX));

	return type < 0 ? type : type == VIRTIO_GPU_RESP_OK_NODATA ? 0 : -EREMOTEIO;
}

#define DAMAGE_BYTES ((uint64_t)LOAD_DAMAGE_PX * LOAD_DAMAGE_PX * 4)

const struct load LOADS[] = {
	{ "display info, 1 a kick", 1, 0, true, step_display_info },
	{ "display info, 16 a kick", 16, 0, false, step_display_info },
	{ "display info, 256 a kick", 256, 0, false, step_display_info },
	{ "create+unref, 2 a kick", 2, 0, true, step_create_unref },
	{ "create+unref, 16 a kick", 16, 0, false, step_create_unref },
	{ "create+unref, 256 a kick", 256, 0, false, step_create_unref },
	{ "move cursor, 1 a kick", 1, 0, true, step_move_cursor },
	{ "move cursor, 16 a kick", 16, 0, false, step_move_cursor },
	{ "transfer 1920x1080", 1, LOAD_FRAME_BYTES, false, step_transfer_full },
	{ "transfer+flush 1920x1080", 1, LOAD_FRAME_BYTES, false, step_frame_full },
	{ "transfer+flush 64x64, 1 a kick", 1, DAMAGE_BYTES, false, step_frame_damage },
	{ "transfer+flush 64x64, 16 a kick", 16, DAMAGE_BYTES, false, step_frame_damage },
	{ "flush 64x64", 1, 0, true, step_flush_damage },
	{ "flush 1920x1080", 1, 0, true, step_flush_full },
};

const uint32_t LOAD_COUNT = sizeof(LOADS) / sizeof(LOADS[0]);

/* Scattered as a guest's pages are, in pieces that do not end at lines. */
static int screen_backing(struct guest *guest, struct span *pieces)
{
	size_t piece_bytes = LOAD_FRAME_BYTES / BACKING_PIECES;

	for (size_t i = 0; i < BACKING_PIECES; i++) {
		size_t bytes = i + 1 < BACKING_PIECES
				       ? piece_bytes
				       : LOAD_FRAME_BYTES - piece_bytes * (BACKING_PIECES - 1);

		pieces[i] = memory_alloc(&guest->memory, bytes, 4096);
		if (pieces[i].data == NULL)
			return -ENOMEM;
		memset(pieces[i].data, (int)i, bytes);
	}
	return 0;
}

int load_prepare(struct guest *guest)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, LOAD_WIDTH_PX, LOAD_HEIGHT_PX);
	struct gpu *gpu = &guest->gpu;
	struct span pieces[BACKING_PIECES];
	struct span cursor = memory_alloc(&guest->memory, 64 * 64 * 4, 4096);
	int err = screen_backing(guest, pieces);

	if (err < 0 || cursor.data == NULL)
		return -ENOMEM;
	gpu_batch_begin(gpu);
	gpu_create_2d(gpu, SCREEN_RESOURCE, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, LOAD_WIDTH_PX,
		LOAD_HEIGHT_PX);
	gpu_attach_backing(gpu, SCREEN_RESOURCE, pieces, BACKING_PIECES);
	gpu_transfer_to_host_2d(gpu, SCREEN_RESOURCE, all, 0);
	gpu_set_scanout(gpu, 0, SCREEN_RESOURCE, all);
	gpu_flush(gpu, SCREEN_RESOURCE, all);
	gpu_create_2d(gpu, CURSOR_RESOURCE, VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, 64, 64);
	gpu_attach_backing(gpu, CURSOR_RESOURCE, &cursor, 1);
	gpu_transfer_to_host_2d(gpu, CURSOR_RESOURCE, gpu_rect(0, 0, 64, 64), 0);
	err = batch_finish(gpu);
	if (err == 0)
		err = gpu_update_cursor(gpu, 0, CURSOR_RESOURCE, 10, 10, 1, 1);
	return err < 0 ? err : 0;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int load_run(const struct load *load, struct guest *guest, uint32_t duration_ms,
	struct load_result *result)
{
	static uint32_t samples_ns[MAX_SAMPLES];
	uint64_t start_ns = vmm_now_ns(), now_ns = start_ns;
	uint64_t end_ns = start_ns + (uint64_t)duration_ms * 1000000u;
	uint64_t steps = 0;

	while (now_ns < end_ns) {
		uint64_t before_ns = now_ns;
		int err = load->step(&guest->gpu, load->batch);

		if (err < 0)
			return err;
		now_ns = vmm_now_ns();
		if (steps < MAX_SAMPLES)
			samples_ns[steps] = (uint32_t)(now_ns - before_ns);
		steps++;
	}

	double seconds = (double)(now_ns - start_ns) / 1e9;
	uint32_t samples = steps < MAX_SAMPLES ? (uint32_t)steps : MAX_SAMPLES;

	qsort(samples_ns, samples, sizeof(samples_ns[0]), compare_u32);
	result->operations = steps * load->batch;
	result->operations_per_s = (double)result->operations / seconds;
	result->bytes_per_s = result->operations_per_s * (double)load->operation_bytes;
	result->p50_us = samples_ns[samples / 2] / 1e3;
	result->p99_us = samples_ns[(uint64_t)samples * 99 / 100] / 1e3;
	return 0;
}
