/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_GPU_PENDING_H
#define BACKENDS_VIRTIO_GPU_PENDING_H

/*
 * Control commands that wait for their answer, and the order of fences: without
 * context fences all fences of a guest share one timeline, so a fenced command
 * is answered only after every fenced one before it (virtio 1.2, 5.7.6.7).
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/virtqueue.h"
#include "base/list.h"
#include "protocol/render.h"
#include "protocol/virtio_gpu.h"

/* Where a short answer goes: the first writable segments of a chain. */
#define REPLY_SEGMENTS 8

struct gpu_reply {
	uint16_t head;
	uint32_t n_segments;
	struct virtqueue_segment segments[REPLY_SEGMENTS];
};

struct gpu_pending {
	struct list link;  /* of gpu_pendings.fenced while fenced and in use */
	uint64_t seq;      /* 0: free */
	bool fenced;
	bool done;         /* executed; a fenced one may still wait for its turn */
	uint32_t response;
	uint32_t written;  /* bytes of an answer with data, already in guest memory; else 0 */
	uint32_t created;  /* resource to be forgotten if the answer is an error; 0: none */
	struct virtio_gpu_header header; /* of the command */
	struct gpu_reply reply;
};

struct gpu_pendings {
	struct gpu_pending slots[RENDER_COMPLETIONS];
	struct list fenced; /* oldest first */
	uint32_t n_fenced;
	uint64_t next_seq;
	uint32_t n_used;
};

void gpu_pendings_init(struct gpu_pendings *pendings);
/* A free slot with the next seq; NULL: too much in flight. */
struct gpu_pending *gpu_pending_add(struct gpu_pendings *pendings,
	const struct virtio_gpu_header *header, const struct gpu_reply *reply);
bool gpu_pendings_has_room(const struct gpu_pendings *pendings);
struct gpu_pending *gpu_pending_find(struct gpu_pendings *pendings, uint64_t seq);
void gpu_pending_free(struct gpu_pendings *pendings, struct gpu_pending *pending);
/* The one added last was not sent after all: its seq, and so the room it took, is there again. */
void gpu_pending_take_back(struct gpu_pendings *pendings, struct gpu_pending *last);
/* The oldest fenced one if it is done, else NULL. */
struct gpu_pending *gpu_pendings_next_fenced(struct gpu_pendings *pendings);

#endif
