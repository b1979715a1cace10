/* SPDX-License-Identifier: MIT */
/* Commands that wait for their answer, and the order of fences. */
#include "backends/virtio/gpu_pending.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

void gpu_pendings_init(struct gpu_pendings *pendings, struct state *state)
{
	pendings->state = state;
	list_init(&pendings->newest);
	pendings->n_used = pendings->n_fenced = 0;
	if (!state->next_seq)
		state->next_seq = 1;
}

void gpu_pendings_clear(struct gpu_pendings *pendings)
{
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && pendings->n_used; i++) {
		if (pendings->state->pendings[i].seq)
			gpu_pending_free(pendings, &pendings->state->pendings[i]);
	}
	gpu_pendings_init(pendings, pendings->state);
}

static struct state_pending *slot_of(const struct gpu_pendings *pendings, uint64_t seq)
{
	return &pendings->state->pendings[seq & (RENDER_COMPLETIONS - 1)];
}

bool gpu_pendings_has_room(const struct gpu_pendings *pendings)
{
	return !slot_of(pendings, pendings->state->next_seq)->seq;
}

/* -- timelines -- */

static struct gpu_fence *fence_of(
	const struct gpu_pendings *pendings, const struct state_pending *pending)
{
	return (struct gpu_fence *)&pendings->fences[pending - pendings->state->pendings];
}

static struct state_pending *pending_of(
	const struct gpu_pendings *pendings, const struct gpu_fence *fence)
{
	return &pendings->state->pendings[fence - pendings->fences];
}

static bool same_timeline(
	const struct state_pending *pending, uint32_t flags, uint32_t ctx_id, uint32_t ring_idx)
{
	if ((pending->flags ^ flags) & VIRTIO_GPU_FLAG_INFO_RING_IDX)
		return false;
	return !(flags & VIRTIO_GPU_FLAG_INFO_RING_IDX) ||
		(pending->ctx_id == ctx_id && pending->ring_idx == ring_idx);
}

static struct gpu_fence *timeline_newest(
	const struct gpu_pendings *pendings, uint32_t flags, uint32_t ctx_id, uint32_t ring_idx)
{
	struct gpu_fence *fence;

	list_for_each(fence, &pendings->newest, link) {
		if (same_timeline(pending_of(pendings, fence), flags, ctx_id, ring_idx))
			return fence;
	}
	return NULL;
}

static void fence_link(struct gpu_pendings *pendings, const struct state_pending *pending)
{
	struct gpu_fence *fence = fence_of(pendings, pending);

	*fence = (struct gpu_fence){ 0 };
	list_init(&fence->link);
	pendings->n_used++;
	if (!gpu_pending_is_fenced(pending))
		return;
	pendings->n_fenced++;
	fence->older = timeline_newest(
		pendings, pending->flags, pending->ctx_id, pending->ring_idx);
	if (fence->older) {
		fence->older->newer = fence;
		list_remove(&fence->older->link);
	}
	list_append(&pendings->newest, &fence->link);
}

static void fence_unlink(struct gpu_pendings *pendings, const struct state_pending *pending)
{
	struct gpu_fence *fence = fence_of(pendings, pending);

	if (fence->newer)
		fence->newer->older = fence->older;
	else if (fence->older)
		list_insert(&fence->link, &fence->older->link);
	if (fence->older)
		fence->older->newer = fence->newer;
	list_remove(&fence->link);
	pendings->n_fenced -= gpu_pending_is_fenced(pending);
	pendings->n_used--;
}

/* -- entries -- */

struct state_pending *gpu_pending_add(struct gpu_pendings *pendings,
	const struct virtio_gpu_header *header, const struct gpu_reply *reply)
{
	uint64_t seq = pendings->state->next_seq;
	struct state_pending *pending = slot_of(pendings, seq);

	if (pending->seq)
		return NULL;
	*pending = (struct state_pending){
		.type = header->type,
		.flags = header->flags,
		.fence_id = header->fence_id,
		.ctx_id = header->ctx_id,
		.ring_idx = header->ring_idx,
		.head = reply->head,
		.n_segments = reply->n_segments,
	};
	for (uint32_t i = 0; i < reply->n_segments; i++) {
		pending->segments[i].addr = reply->segments[i].addr;
		pending->segments[i].len = reply->segments[i].len;
	}
	fence_link(pendings, pending);
	pendings->state->next_seq = seq + 1;
	STATE_STEP();
	pending->seq = seq;
	return pending;
}

struct state_pending *gpu_pending_find(struct gpu_pendings *pendings, uint64_t seq)
{
	struct state_pending *pending = slot_of(pendings, seq);
	return seq && pending->seq == seq ? pending : NULL;
}

struct state_pending *gpu_pending_of_chain(struct gpu_pendings *pendings, uint16_t head)
{
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && pendings->n_used; i++) {
		struct state_pending *pending = &pendings->state->pendings[i];
		if (pending->seq && pending->head == head)
			return pending;
	}
	return NULL;
}

void gpu_pending_free(struct gpu_pendings *pendings, struct state_pending *pending)
{
	fence_unlink(pendings, pending);
	pending->seq = 0;
}

void gpu_pending_take_back(struct gpu_pendings *pendings, struct state_pending *last)
{
	assert(last->seq + 1 == pendings->state->next_seq);
	gpu_pending_free(pendings, last);
	pendings->state->next_seq--;
}

void gpu_pending_hold(
	struct gpu_pendings *pendings, const struct state_pending *pending, bool held)
{
	fence_of(pendings, pending)->held = held;
}

bool gpu_pending_is_fenced(const struct state_pending *pending)
{
	return pending->flags & VIRTIO_GPU_FLAG_FENCE;
}

bool gpu_pending_is_due(const struct gpu_pendings *pendings, const struct state_pending *pending)
{
	const struct gpu_fence *fence = fence_of(pendings, pending);

	return pending->done && !fence->held && !fence->older;
}

struct state_pending *gpu_pending_next(
	const struct gpu_pendings *pendings, const struct state_pending *pending)
{
	const struct gpu_fence *fence = fence_of(pendings, pending);
	return fence->newer ? pending_of(pendings, fence->newer) : NULL;
}

bool gpu_pendings_hold(
	const struct gpu_pendings *pendings, const struct virtio_gpu_header *header)
{
	return timeline_newest(pendings, header->flags, header->ctx_id, header->ring_idx);
}

/* -- after a death -- */

static bool pending_is_sound(const struct gpu_pendings *pendings,
	const struct state_pending *pending, const struct state_queue *queue,
	const bool claimed[static STATE_QUEUE_SIZE])
{
	return slot_of(pendings, pending->seq) == pending &&
		pending->seq < pendings->state->next_seq && pending->head < queue->size &&
		pending->head < STATE_QUEUE_SIZE && queue->inflight[pending->head].inflight && !claimed[pending->head] &&
		pending->n_segments <= STATE_REPLY_SEGMENTS;
}

void gpu_pendings_restore(
	struct gpu_pendings *pendings, const struct state_queue *queue, uint64_t last_sent)
{
	struct state *state = pendings->state;
	bool claimed[STATE_QUEUE_SIZE] = { false };

	if (state->next_seq > INT64_MAX) /* nobody counts that far */
		state->next_seq = 0;
	gpu_pendings_init(pendings, state);
	/* In the order of their numbers: that of the fences. Slots that nobody used stay so. */
	uint64_t first = state->next_seq > RENDER_COMPLETIONS ?
		state->next_seq - RENDER_COMPLETIONS : 1;
	for (uint64_t seq = first; seq < state->next_seq; seq++) {
		struct state_pending *pending = slot_of(pendings, seq);
		if (!pending->seq)
			continue;
		bool sent = pending->done || pending->seq <= last_sent;
		if (!sent || !pending_is_sound(pendings, pending, queue, claimed)) {
			pending->seq = 0;
			continue;
		}
		claimed[pending->head] = true;
		fence_link(pendings, pending);
	}
	/* Slots that no number leads to yet; who wrote into them lied. */
	for (uint64_t seq = state->next_seq; seq < first + RENDER_COMPLETIONS; seq++) {
		if (slot_of(pendings, seq)->seq)
			slot_of(pendings, seq)->seq = 0;
	}
}
