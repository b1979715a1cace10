/* SPDX-License-Identifier: MIT */
/* Answers to the driver: at once, later, and fences in the order of their timelines. */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "backends/virtio/gpu.h"

struct gpu_reply gpu_reply_of(const struct virtqueue_chain *chain)
{
	struct gpu_reply reply = { .head = chain->head };

	while (reply.n_segments < STATE_REPLY_SEGMENTS && reply.n_segments < chain->n_writable) {
		reply.segments[reply.n_segments] =
			chain->segments[chain->n_readable + reply.n_segments];
		reply.n_segments++;
	}
	return reply;
}

uint32_t gpu_reply_write(struct gpu *gpu, const struct gpu_reply *reply, const void *bytes,
	size_t len)
{
	size_t done = 0;

	for (uint32_t i = 0; i < reply->n_segments && done < len; i++)
		done += guest_memory_write(gpu->memory, reply->segments[i].addr, reply->segments[i].len,
			(const char *)bytes + done, len - done);
	return done;
}

static void control_push(struct gpu *gpu, uint16_t head, uint32_t written)
{
	if (!gpu->queues)
		return;
	virtqueue_push(&gpu->queues[VIRTIO_GPU_QUEUE_CONTROL], head, written);
	gpu->listener->notify(gpu->data, VIRTIO_GPU_QUEUE_CONTROL);
}

void gpu_header_fill(struct virtio_gpu_ctrl_hdr *to, const struct virtio_gpu_header *command,
	uint32_t response)
{
	*to = (struct virtio_gpu_ctrl_hdr){ .type = htole32(response) };
	if (!(command->flags & VIRTIO_GPU_FLAG_FENCE))
		return;
	to->flags = htole32(command->flags & (VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX));
	to->fence_id = htole64(command->fence_id);
	to->ctx_id = htole32(command->ctx_id);
	to->ring_idx = command->ring_idx;
}

static uint32_t pending_write(struct gpu *gpu, const struct state_pending *pending)
{
	struct virtio_gpu_header command = {
		.flags = pending->flags,
		.fence_id = pending->fence_id,
		.ctx_id = pending->ctx_id,
		.ring_idx = pending->ring_idx,
	};
	struct virtio_gpu_ctrl_hdr header;
	size_t done = 0;

	gpu_header_fill(&header, &command, pending->response);
	for (uint32_t i = 0; i < pending->n_segments && done < sizeof(header); i++)
		done += guest_memory_write(gpu->memory, pending->segments[i].addr, pending->segments[i].len,
			(const char *)&header + done, sizeof(header) - done);
	return done;
}

static void pending_finish(struct gpu *gpu, struct state_pending *pending)
{
	uint32_t written = pending->written ? pending->written : pending_write(gpu, pending);

	control_push(gpu, pending->head, written);
	STATE_STEP();
	gpu_pending_free(&gpu->pendings, pending);
	gpu->state->counters.fences = gpu->pendings.n_fenced;
}

/* It, and the fences whose turn comes with it. */
static void pending_finish_due(struct gpu *gpu, struct state_pending *pending)
{
	while (pending && gpu_pending_is_due(&gpu->pendings, pending)) {
		struct state_pending *next = gpu_pending_next(&gpu->pendings, pending);
		pending_finish(gpu, pending);
		pending = next;
	}
}

bool gpu_control_runs(const struct gpu *gpu)
{
	return gpu->queues && gpu->queues[VIRTIO_GPU_QUEUE_CONTROL].running;
}

static void pending_set_done(struct state_pending *pending, uint32_t response)
{
	pending->response = response;
	STATE_STEP();
	pending->done = 1;
}

/* If the ring runs; a paused VM gets it later. */
static void pending_settle(struct gpu *gpu, struct state_pending *pending)
{
	if (gpu_control_runs(gpu))
		pending_finish_due(gpu, pending);
	else
		gpu->parked = true;
}

void gpu_pending_done(struct gpu *gpu, struct state_pending *pending, uint32_t response)
{
	pending_set_done(pending, response);
	pending_settle(gpu, pending);
}

void gpu_hold_flush(struct gpu *gpu, struct state_pending *pending)
{
	gpu_pending_hold(&gpu->pendings, pending, true);
	pending_set_done(pending, VIRTIO_GPU_RESP_OK_NODATA);
}

void gpu_local_completed(struct gpu *gpu, uint64_t seq)
{
	struct state_pending *pending = gpu_pending_find(&gpu->pendings, seq);

	if (!pending)
		return;
	gpu_pending_hold(&gpu->pendings, pending, false);
	pending_settle(gpu, pending);
}

void gpu_answer_parked(struct gpu *gpu)
{
	gpu->parked = false;
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && gpu->pendings.n_used; i++) {
		struct state_pending *pending = &gpu->state->pendings[i];
		if (pending->seq)
			pending_finish_due(gpu, pending);
	}
}

void gpu_answer_now(struct gpu *gpu, const struct virtio_gpu_header *command,
	const struct gpu_reply *reply, uint32_t response, uint32_t written)
{
	if ((command->flags & VIRTIO_GPU_FLAG_FENCE) && gpu_pendings_hold(&gpu->pendings, command)) {
		struct state_pending *pending = gpu_pending_add(&gpu->pendings, command, reply);
		assert(pending); /* room was there when the chain was popped */
		pending->written = written;
		pending_set_done(pending, response);
		return;
	}
	if (!written) {
		struct virtio_gpu_ctrl_hdr header;
		gpu_header_fill(&header, command, response);
		written = gpu_reply_write(gpu, reply, &header, sizeof(header));
	}
	control_push(gpu, reply->head, written);
}

void gpu_answer_data(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply, uint32_t response, void *data, size_t len)
{
	gpu_header_fill(data, &command->header, response);
	gpu_answer_now(gpu, &command->header, reply, response, gpu_reply_write(gpu, reply, data, len));
}

void gpu_count_refusal(struct gpu *gpu, uint32_t type, uint32_t response)
{
	if (!gpu_is_error(response))
		return;
	gpu->state->counters.refused++;
	if (type == VIRTIO_GPU_CMD_SUBMIT_3D)
		gpu->state->counters.refused_streams++;
	if (gpu->tapped)
		gpu->listener->refused(gpu->data, type, response);
	if (response == VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY)
		log_limited(&gpu->shortages, LOG_LEVEL_INFO, "%s: a limit of the guest is reached",
			virtio_gpu_command_name(type));
	log_limited(&gpu->refusals, LOG_LEVEL_DEBUG, "refused %s with 0x%x",
		virtio_gpu_command_name(type), response);
}
