/* SPDX-License-Identifier: MIT */
/* A virtio-gpu driver: requests in flight on the two rings. */
#include "gpu.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int gpu_init(struct gpu *gpu, struct vmm *vmm, struct memory *memory, struct ring *control,
	struct ring *cursor)
{
	memset(gpu, 0, sizeof(*gpu));
	gpu->vmm = vmm;
	gpu->memory = memory;
	gpu->control = control;
	gpu->cursor = cursor;
	gpu->timeout_ms = VMM_TIMEOUT_MS;
	gpu->request_count = control->options.size + cursor->options.size;
	gpu->requests = calloc(gpu->request_count, sizeof(gpu->requests[0]));
	if (gpu->requests == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < gpu->request_count; i++) {
		struct gpu_request *request = &gpu->requests[i];

		request->gpu = gpu;
		request->memory = memory_alloc(memory, GPU_COMMAND_BYTES + GPU_RESPONSE_BYTES, 64);
		if (request->memory.data == NULL) {
			gpu_finish(gpu);
			return -ENOMEM;
		}
	}
	gpu_reset(gpu);
	return 0;
}

void gpu_finish(struct gpu *gpu)
{
	for (uint32_t i = 0; gpu->requests != NULL && i < gpu->request_count; i++)
		memory_free(gpu->memory, gpu->requests[i].memory);
	free(gpu->requests);
	gpu->requests = NULL;
}

void gpu_reset(struct gpu *gpu)
{
	gpu->idle = NULL;
	gpu->in_flight = 0;
	gpu->batch = NULL;
	gpu->batch_tail = &gpu->batch;
	gpu->batching = false;
	for (uint32_t i = gpu->request_count; i > 0; i--) {
		gpu->requests[i - 1].next = gpu->idle;
		gpu->idle = &gpu->requests[i - 1];
	}
}

static void request_release(struct gpu *gpu, struct gpu_request *request)
{
	memory_free(gpu->memory, request->owned);
	request->owned = (struct span){ 0 };
	request->next = gpu->idle;
	gpu->idle = request;
}

/* The command in pieces of split_bytes, as a driver with scattered memory might. */
static uint32_t split_command(const struct gpu *gpu, const struct span *memory,
	uint32_t command_bytes, struct ring_buffer *pieces)
{
	uint32_t step = gpu->split_bytes != 0 ? gpu->split_bytes : command_bytes;
	uint32_t count = 0;

	if (step * (GPU_MAX_PIECES / 2) < command_bytes)
		step = command_bytes;
	for (uint32_t at = 0; at < command_bytes; at += step)
		pieces[count++] = (struct ring_buffer){
			.gpa = memory->gpa + at,
			.size_bytes = command_bytes - at < step ? command_bytes - at : step,
		};
	return count;
}

static void header_fill(struct gpu *gpu, struct gpu_request *request, uint32_t command_bytes)
{
	struct virtio_gpu_ctrl_hdr *header = (struct virtio_gpu_ctrl_hdr *)request->memory.data;

	request->fence_id = 0;
	if (!gpu->fenced || command_bytes < sizeof(*header))
		return;
	request->fence_id = ++gpu->last_fence_id;
	header->flags |= VIRTIO_GPU_FLAG_FENCE;
	header->fence_id = request->fence_id;
	if (gpu->ring_idx != 0) {
		header->flags |= VIRTIO_GPU_FLAG_INFO_RING_IDX;
		header->ring_idx = gpu->ring_idx;
	}
}

int gpu_queue(struct gpu *gpu, struct ring *ring, const void *command, uint32_t command_bytes,
	const struct span *extra, uint32_t extra_count, uint32_t response_bytes,
	struct gpu_request **out)
{
	struct ring_buffer pieces[GPU_MAX_PIECES];
	struct gpu_request *request = gpu->idle;

	assert(command_bytes <= GPU_COMMAND_BYTES && response_bytes <= GPU_RESPONSE_BYTES);
	if (request == NULL)
		return -ENOSPC;
	memcpy(request->memory.data, command, command_bytes);
	header_fill(gpu, request, command_bytes);

	uint32_t count = split_command(gpu, &request->memory, command_bytes, pieces);

	assert(count + extra_count + 1 <= GPU_MAX_PIECES);
	for (uint32_t i = 0; i < extra_count; i++)
		pieces[count++] =
			(struct ring_buffer){ extra[i].gpa, (uint32_t)extra[i].size, false };
	if (response_bytes != 0)
		pieces[count++] = (struct ring_buffer){ request->memory.gpa + GPU_COMMAND_BYTES,
			response_bytes, true };
	/* What the device does not write must not look like an answer. */
	memset(request->memory.data + GPU_COMMAND_BYTES, 0,
		response_bytes < 64 ? response_bytes : 64);

	int head = ring_add(ring, pieces, count, request);

	if (head < 0)
		return head;
	gpu->idle = request->next;
	gpu->in_flight++;
	request->ring = ring;
	request->response_bytes = response_bytes;
	request->written_bytes = 0;
	request->done = false;
	request->sent_ns = vmm_now_ns();
	*out = request;
	return 0;
}

static int reap(struct gpu *gpu, struct ring *ring)
{
	struct gpu_request *request;
	uint32_t written;

	while ((request = ring_pop(ring, &written)) != NULL) {
		request->done = true;
		request->written_bytes = written;
		request->done_ns = vmm_now_ns();
		gpu->in_flight--;
		if (!request->fence_id || ring != gpu->control)
			continue;
		if (request->fence_id <= gpu->done_fence_id)
			gpu->late_fences++;
		else
			gpu->done_fence_id = request->fence_id;
	}
	return ring->broken ? -EBADMSG : 0;
}

static int wait_done(struct gpu *gpu, struct gpu_request *request)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)gpu->timeout_ms * 1000000u;

	for (;;) {
		int err = reap(gpu, request->ring);

		if (err < 0 || request->done)
			return err;
		if (!ring_want_call(request->ring, 1))
			continue;

		uint64_t now_ns = vmm_now_ns();

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		err = vmm_wait(gpu->vmm, request->ring->call_fd,
			(uint32_t)((deadline_ns - now_ns) / 1000000u));
		if (err < 0)
			return err;
		ring_clear_call(request->ring);
	}
}

int gpu_wait(struct gpu *gpu, struct gpu_request *request)
{
	int err = wait_done(gpu, request);

	/* A request that is still with the device stays lost: its memory may be written yet. */
	if (err < 0)
		return err;

	uint32_t room = request->response_bytes;

	gpu->last_written_bytes = request->written_bytes;
	memset(&gpu->last.header, 0, sizeof(gpu->last.header));
	memcpy(gpu->last.bytes, request->memory.data + GPU_COMMAND_BYTES, room);
	request_release(gpu, request);
	if (room < sizeof(gpu->last.header))
		return 0;
	return (int)gpu->last.header.type;
}

static void batch_add(struct gpu *gpu, struct gpu_request *request)
{
	request->next = NULL;
	*gpu->batch_tail = request;
	gpu->batch_tail = &request->next;
}

int gpu_complete(struct gpu *gpu, struct gpu_request *request)
{
	if (gpu->batching) {
		batch_add(gpu, request);
		return 0;
	}
	ring_kick(request->ring);
	return gpu_wait(gpu, request);
}

int gpu_call(struct gpu *gpu, struct ring *ring, const void *command, uint32_t command_bytes,
	const struct span *extra, uint32_t extra_count, uint32_t response_bytes)
{
	struct gpu_request *request;
	int err = gpu_queue(
		gpu, ring, command, command_bytes, extra, extra_count, response_bytes, &request);

	return err < 0 ? err : gpu_complete(gpu, request);
}

void gpu_batch_begin(struct gpu *gpu)
{
	assert(!gpu->batching);
	gpu->batching = true;
	gpu->batch = NULL;
	gpu->batch_tail = &gpu->batch;
}

int gpu_batch_end(struct gpu *gpu, uint32_t *types, uint32_t max)
{
	struct gpu_request *request = gpu->batch;
	int count = 0;

	gpu->batching = false;
	gpu->batch = NULL;
	gpu->batch_errors = 0;
	if (gpu->control->avail_idx != gpu->control->published_idx)
		ring_kick(gpu->control);
	if (gpu->cursor->avail_idx != gpu->cursor->published_idx)
		ring_kick(gpu->cursor);
	while (request != NULL) {
		struct gpu_request *next = request->next;
		int type = gpu_wait(gpu, request);

		if (type < 0)
			return type;
		if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
			gpu->batch_errors++;
		if ((uint32_t)count < max)
			types[count] = (uint32_t)type;
		count++;
		request = next;
	}
	return count;
}
