/* SPDX-License-Identifier: MIT */
/* Commands that wait for their answer, and the order of fences. */
#include "backends/virtio/gpu_pending.h"

#include <assert.h>
#include <stddef.h>

void gpu_pendings_init(struct gpu_pendings *pendings)
{
	for (uint32_t i = 0; i < RENDER_COMPLETIONS; i++) {
		if (pendings->slots[i].seq)
			pendings->slots[i].seq = 0; /* untouched pages stay so */
	}
	list_init(&pendings->fenced);
	pendings->n_used = pendings->n_fenced = 0;
	/* Completions of before a reset must match nothing: seq goes on, and never is 0. */
	if (!pendings->next_seq)
		pendings->next_seq = 1;
}

static struct gpu_pending *slot_of(const struct gpu_pendings *pendings, uint64_t seq)
{
	return (struct gpu_pending *)&pendings->slots[seq & (RENDER_COMPLETIONS - 1)];
}

bool gpu_pendings_has_room(const struct gpu_pendings *pendings)
{
	return !slot_of(pendings, pendings->next_seq)->seq;
}

struct gpu_pending *gpu_pending_add(struct gpu_pendings *pendings,
	const struct virtio_gpu_header *header, const struct gpu_reply *reply)
{
	struct gpu_pending *pending = slot_of(pendings, pendings->next_seq);

	if (pending->seq)
		return NULL;
	*pending = (struct gpu_pending){
		.seq = pendings->next_seq++,
		.fenced = header->flags & VIRTIO_GPU_FLAG_FENCE,
		.header = *header,
		.reply = *reply,
	};
	list_init(&pending->link);
	if (pending->fenced) {
		list_append(&pendings->fenced, &pending->link);
		pendings->n_fenced++;
	}
	pendings->n_used++;
	return pending;
}

struct gpu_pending *gpu_pending_find(struct gpu_pendings *pendings, uint64_t seq)
{
	struct gpu_pending *pending = slot_of(pendings, seq);
	return seq && pending->seq == seq ? pending : NULL;
}

void gpu_pending_free(struct gpu_pendings *pendings, struct gpu_pending *pending)
{
	list_remove(&pending->link);
	pendings->n_fenced -= pending->fenced;
	pending->seq = 0;
	pendings->n_used--;
}

void gpu_pending_take_back(struct gpu_pendings *pendings, struct gpu_pending *last)
{
	assert(last->seq + 1 == pendings->next_seq);
	pendings->next_seq--;
	gpu_pending_free(pendings, last);
}

struct gpu_pending *gpu_pendings_next_fenced(struct gpu_pendings *pendings)
{
	if (list_empty(&pendings->fenced))
		return NULL;
	struct gpu_pending *pending =
		container_of(pendings->fenced.next, struct gpu_pending, link);
	return pending->done ? pending : NULL;
}
