/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_RENDERER_H
#define BACKENDS_VIRGL_RENDERER_H

/*
 * One guest's 3D: its memory, resources and contexts on the library. Carries out
 * virtio-gpu commands (virtio 1.2, 5.7.6.8); each is checked to its end before
 * anything is done. mullion-guest has checked ids and sizes before; what could
 * hurt this process is checked again here, because mullion-guest may have been
 * taken over by its guest.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/guest_memory.h"
#include "backends/virgl/library.h"
#include "base/idmap.h"
#include "base/quota.h"
#include "protocol/virtio_gpu.h"

struct resource;
struct submission;

struct renderer {
	struct library *library; /* borrowed */
	struct guest_memory memory;
	struct idmap resources; /* of struct resource, owned */
	struct idmap contexts;  /* of struct context, owned */
	uint32_t n_attachments; /* of resources to contexts, all together */
	struct quota quota;
	uint32_t chunk; /* of streams that renderer_execute has; see submission_step */
	/* The resource is about to go. May be NULL. */
	void (*handle_resource_gone)(struct renderer *renderer, struct resource *resource);
};

void renderer_init(struct renderer *renderer, struct library *library);
void renderer_finish(struct renderer *renderer);
/* Destroys all contexts and resources; memory and library stay. */
void renderer_reset(struct renderer *renderer);

/* The response code of `command`. */
uint32_t renderer_execute(struct renderer *renderer, const struct virtio_gpu_command *command);

/*
 * Checks a stream to its end. 0: it is to be executed by `submission`, step by step, and
 * its dwords (4-aligned, a private copy) are good until then; else the response code.
 */
uint32_t renderer_submit(struct renderer *renderer, uint32_t context_id, uint32_t *dwords,
	size_t n_dwords, struct submission *submission);
/* The same of a transfer, with these bytes in place of the resource's backing. */
uint32_t renderer_transfer(struct renderer *renderer, const struct virtio_gpu_command *command,
	void *bytes, size_t len);
/*
 * All of a memfd, sealed against shrinking, as the backing of a resource that has none, for
 * as long as it lives. -ENOMEM: beyond the quota, or there is no memory.
 */
int renderer_attach_memory(
	struct renderer *renderer, struct resource *resource, int fd, uint32_t bytes);

/* Takes `memory` in place of what was, and translates all backings anew. */
void renderer_replace_memory(struct renderer *renderer, struct guest_memory *take_memory);

struct resource *renderer_find_resource(const struct renderer *renderer, uint32_t id);

#endif
