/* SPDX-License-Identifier: MIT */
/* The device and its remote renderer: that one comes, answers, and dies. */
#include "backends/virtio/gpu.h"
#include "base/clock.h"

#define REMOTE_PAUSE_MAX_NS (60 * NSEC_PER_SEC)

void gpu_set_remote_state(struct gpu *gpu, enum gpu_remote_state remote_state)
{
	gpu->remote_state = remote_state;
	gpu->state->remote.state = remote_state == GPU_REMOTE_RUNNING ? STATE_REMOTE_RUNNING :
		remote_state == GPU_REMOTE_REPLAYING		      ? STATE_REMOTE_REPLAYING :
									STATE_REMOTE_NONE;
}

void gpu_remote_started(struct gpu *gpu)
{
	gpu_set_remote_state(gpu, GPU_REMOTE_REPLAYING);
	gpu->remote_failed_ns = 0;
	gpu->replay = (struct gpu_replay){ 0 };
	gpu_remote_room(gpu);
}

void gpu_remote_room(struct gpu *gpu)
{
	if (gpu->remote_state == GPU_REMOTE_REPLAYING) {
		gpu_replay_step(gpu);
		if (gpu->remote_state != GPU_REMOTE_RUNNING)
			return;
	}
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CURSOR);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CONTROL);
}

/* It is no resource or context then; another one may have its id by now. */
static void forget_failed_create(struct gpu *gpu, const struct state_pending *pending)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, pending->created);
	struct state_context *context = gpu_context_find(&gpu->table, pending->ctx_id);

	if (context && context->create_seq == pending->seq)
		gpu_context_remove(&gpu->table, context);
	if (!resource || resource->create_seq != pending->seq)
		return;
	gpu_heads_drop_resource(gpu, resource->id);
	gpu_resource_remove(&gpu->table, resource);
}

void gpu_remote_completed(struct gpu *gpu, uint64_t seq, uint32_t response)
{
	struct state_pending *pending = gpu_pending_find(&gpu->pendings, seq);

	if (!pending || pending->done)
		return;
	if (gpu_is_error(response))
		forget_failed_create(gpu, pending);
	gpu_count_refusal(gpu, pending->type, response);
	gpu_pending_done(gpu, pending, response);
}

void gpu_remote_lost(struct gpu *gpu, bool had_contexts)
{
	for (uint32_t i = 0; i < gpu->state->ends.contexts && had_contexts; i++)
		gpu->state->contexts[i].lost = gpu->state->contexts[i].id != 0;
	if (had_contexts)
		gpu->state->counters.contexts_lost = gpu->state->counters.contexts;
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && gpu->pendings.n_used; i++) {
		struct state_pending *pending = &gpu->state->pendings[i];
		if (!pending->seq || pending->done)
			continue;
		forget_failed_create(gpu, pending); /* perhaps what it died of */
		gpu_pending_done(gpu, pending, VIRTIO_GPU_RESP_ERR_UNSPEC);
	}
	gpu_set_remote_state(gpu, GPU_REMOTE_NONE);
}

/* Less and less often if none could be had: perhaps there will never be one. */
static void want_later(struct gpu *gpu, bool was_had)
{
	int64_t pause_ns = was_had || !gpu->remote_pause_ns ? NSEC_PER_SEC : 2 * gpu->remote_pause_ns;

	gpu->remote_pause_ns = pause_ns < REMOTE_PAUSE_MAX_NS ? pause_ns : REMOTE_PAUSE_MAX_NS;
	gpu->listener->want_later(gpu->data, gpu->remote_pause_ns);
}

void gpu_remote_gone(struct gpu *gpu)
{
	bool had_contexts = gpu->remote_state == GPU_REMOTE_RUNNING ||
		gpu->remote_state == GPU_REMOTE_REPLAYING;
	bool had_run = gpu->remote_state == GPU_REMOTE_RUNNING;

	/* Not at once again: what it is given may be what it dies of. */
	if (gpu->remote_state == GPU_REMOTE_STARTING || gpu->remote_state == GPU_REMOTE_REPLAYING)
		gpu->remote_failed_ns = clock_now_ns();
	gpu->remote_state = GPU_REMOTE_NONE; /* answers must not reach for it */
	gpu_remote_lost(gpu, had_contexts);
	if (had_run)
		gpu_want_remote(gpu);
	else
		want_later(gpu, had_contexts);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CURSOR);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CONTROL);
}

void gpu_want_remote(struct gpu *gpu)
{
	bool needs = gpu->state->counters.contexts;

	for (uint32_t i = 0; i < gpu->state->ends.resources && !needs; i++) {
		const struct state_resource *resource = &gpu->state->resources[i];
		needs = resource->id && gpu_home(gpu, resource) == gpu->remote;
	}
	if (!needs || !gpu->remote || gpu->remote_state != GPU_REMOTE_NONE)
		return;
	gpu_set_remote_state(gpu, GPU_REMOTE_STARTING);
	gpu->listener->renderer_wanted(gpu->data);
}
