/* SPDX-License-Identifier: MIT */
/* The device goes on from the state of a process that died (protocol/state.h). */
#include "backends/virtio/gpu.h"

/* In flight, and nobody waits for a renderer's answer: in the order they were taken. */
static void redo_find(struct gpu *gpu, uint32_t index)
{
	const struct state_queue *queue = &gpu->state->gpu.queues[index];
	struct gpu_redo *redo = &gpu->redo[index];

	for (uint32_t head = 0; head < queue->size && head < STATE_QUEUE_SIZE; head++) {
		if (!queue->inflight[head].inflight ||
			(index == VIRTIO_GPU_QUEUE_CONTROL &&
				gpu_pending_of_chain(&gpu->pendings, head)))
			continue;
		uint32_t at = redo->n++;
		for (; at && queue->inflight[redo->heads[at - 1]].counter >
				queue->inflight[head].counter; at--)
			redo->heads[at] = redo->heads[at - 1];
		redo->heads[at] = head;
	}
}

int gpu_restore(struct gpu *gpu, bool adopted, uint64_t last_sent)
{
	bool had_contexts = gpu->state->remote.state != STATE_REMOTE_NONE;

	int ret = gpu_table_restore(&gpu->table);
	if (ret < 0)
		return ret;
	gpu_heads_check(gpu);
	gpu_replay_local(gpu);
	gpu_pendings_restore(
		&gpu->pendings, &gpu->state->gpu.queues[VIRTIO_GPU_QUEUE_CONTROL], last_sent);
	gpu->parked = true; /* what was done when it died */
	if (!adopted) {
		gpu_remote_lost(gpu, had_contexts);
		if (had_contexts)
			gpu_want_remote(gpu);
	} else if (gpu->state->remote.state == STATE_REMOTE_RUNNING) {
		gpu->remote_state = GPU_REMOTE_RUNNING;
	}
	for (uint32_t i = 0; i < gpu->config.n_heads; i++)
		gpu_head_restore(gpu, i);
	for (uint32_t i = 0; i < VIRTIO_GPU_QUEUE_COUNT; i++)
		redo_find(gpu, i);
	/* What a replay had told is told again: to be told twice does no harm. */
	if (adopted && gpu->remote_state != GPU_REMOTE_RUNNING)
		gpu_remote_started(gpu);
	return 0;
}
