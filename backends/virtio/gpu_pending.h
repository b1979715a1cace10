/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_GPU_PENDING_H
#define BACKENDS_VIRTIO_GPU_PENDING_H

/*
 * Control commands that wait for their answer, and the order of fences. They are kept
 * in the state memfd: a successor of this process answers them.
 *
 * Fences of one timeline are answered in the order of their commands, whatever is done
 * first (virtio 1.2, 5.7.6.7). A timeline is a ring of a context, where the command
 * says so (VIRTIO_GPU_FLAG_INFO_RING_IDX); all other commands share one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/virtqueue.h"
#include "base/list.h"
#include "protocol/state.h"
#include "protocol/virtio_gpu.h"

/* Where a short answer goes: the first writable segments of a chain. */
struct gpu_reply {
	uint16_t head;
	uint32_t n_segments;
	struct virtqueue_segment segments[STATE_REPLY_SEGMENTS];
};

struct gpu_pendings {
	struct state *state; /* borrowed: its pendings and next_seq */
	uint32_t n_used, n_fenced;
	struct list newest; /* of gpu_fence.link: the newest fence of each timeline */
	struct gpu_fence {
		struct gpu_fence *older, *newer; /* of the same timeline */
		struct list link;                /* of `newest`; empty for all others */
		bool held; /* for its screen, though done; not in the state: a successor does not */
	} fences[RENDER_COMPLETIONS];            /* beside state->pendings */
};

void gpu_pendings_init(struct gpu_pendings *pendings, struct state *state);
/* Forgets all; numbers go on, so that late completions match nothing. */
void gpu_pendings_clear(struct gpu_pendings *pendings);
/*
 * Takes up what a process that died left: entries of chains that are in flight, one a
 * chain. What it had not sent (`last_sent` is the last seq that it had) is dropped, to be
 * carried out again, as is what makes no sense.
 */
void gpu_pendings_restore(
	struct gpu_pendings *pendings, const struct state_queue *queue, uint64_t last_sent);

/* A free slot with the next seq; NULL: too much in flight. */
struct state_pending *gpu_pending_add(struct gpu_pendings *pendings,
	const struct virtio_gpu_header *header, const struct gpu_reply *reply);
bool gpu_pendings_has_room(const struct gpu_pendings *pendings);
struct state_pending *gpu_pending_find(struct gpu_pendings *pendings, uint64_t seq);
/* The chain's, or NULL. */
struct state_pending *gpu_pending_of_chain(struct gpu_pendings *pendings, uint16_t head);
void gpu_pending_free(struct gpu_pendings *pendings, struct state_pending *pending);
/* The one added last was not sent after all: its seq, and so the room it took, is there again. */
void gpu_pending_take_back(struct gpu_pendings *pendings, struct state_pending *last);

/* It is done, but not due before this is taken back. */
void gpu_pending_hold(
	struct gpu_pendings *pendings, const struct state_pending *pending, bool held);
bool gpu_pending_is_fenced(const struct state_pending *pending);
/* It is done and not held, and no fence of its timeline comes before it. */
bool gpu_pending_is_due(const struct gpu_pendings *pendings, const struct state_pending *pending);
/* The next fence of its timeline, or NULL. */
struct state_pending *gpu_pending_next(
	const struct gpu_pendings *pendings, const struct state_pending *pending);
/* A fence waits on the timeline of this command, which is fenced too. */
bool gpu_pendings_hold(
	const struct gpu_pendings *pendings, const struct virtio_gpu_header *header);

#endif
