/* SPDX-License-Identifier: MIT */
#ifndef RENDER_EXPORTS_H
#define RENDER_EXPORTS_H

/*
 * The primary plane of a head, shown without copies: the daemon's pictures are the
 * guest's resources themselves, as dma-bufs, in the slots that the swapchain leaves.
 * A resource that is shown again while the daemon still has it gets a second slot.
 *
 * A flush is shown when the GPU is done with what was drawn before it. One waits
 * for that while the newest behind it waits too; those between are dropped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "backends/swapchain.h"
#include "protocol/limits.h"

struct channel;
struct resource;

#define EXPORTS_SLOT_FIRST SWAPCHAIN_SLOTS
#define EXPORTS_SLOTS (LIMIT_SLOTS - EXPORTS_SLOT_FIRST)

struct exports_flush {
	const struct resource *resource; /* borrowed until exports_forget; NULL: none waits */
	struct picture_box box;          /* of the resource: the whole picture */
	uint64_t serial;
	uint32_t fence; /* of the library */
	struct picture_box damage;
	int64_t flush_ns;
};

struct exports {
	struct channel *link; /* borrowed */
	uint32_t head;
	struct exports_slot {
		const struct resource *resource; /* as above; NULL: free */
		struct picture_box box;
		uint32_t generation;
		bool known;    /* the daemon was told of a picture, and not that it is gone */
		bool busy;     /* the daemon has it */
		uint64_t used; /* when it was made or shown last; 0: free */
	} slots[EXPORTS_SLOTS];
	uint64_t clock;
	uint32_t generation;
	struct exports_flush first, newest;
};

void exports_init(struct exports *exports, struct channel *link, uint32_t head);
/* The daemon knows of no picture (LINK_RESYNC). */
void exports_resync(struct exports *exports);
/* Takes all pictures back. */
void exports_reset(struct exports *exports);
/* Adds `box` of the resource if need be. False: it must be copied. */
bool exports_add(struct exports *exports, const struct resource *resource, struct picture_box box);
/* The resource is about to go. */
void exports_forget(struct exports *exports, const struct resource *resource);
/* The first flush of a serial damages all of the picture. */
void exports_push(struct exports *exports, const struct exports_flush *flush);
/*
 * Sends the flush that may be shown now, one whose fence is at or before
 * `fence_done`. False: none, or its resource has no slot free.
 */
bool exports_present(struct exports *exports, uint32_t fence_done);
/* The resource in a slot, or NULL if it no longer holds that picture. */
const struct resource *exports_find(
	const struct exports *exports, uint32_t slot, uint32_t generation);
/* The daemon gave a slot back. */
void exports_released(struct exports *exports, uint32_t slot, uint32_t generation);

#endif
