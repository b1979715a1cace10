/* SPDX-License-Identifier: MIT */
#ifndef RENDER_EXPORTS_H
#define RENDER_EXPORTS_H

/*
 * The primary plane of a head, shown without copies: the guest's resources
 * themselves are the daemon's pictures, each added once. They have the slots that
 * the swapchain leaves.
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
#define EXPORTS_NONE UINT32_MAX

struct exports_flush {
	bool waits;
	uint32_t slot;
	uint64_t serial;
	uint32_t fence; /* of the library */
	struct picture_box damage;
	int64_t flush_ns;
};

struct exports {
	struct channel *link; /* borrowed */
	uint32_t head;
	struct exports_slot {
		uint32_t resource; /* id; 0: free */
		struct picture_box box;
		uint64_t used;     /* when it was shown last */
	} slots[EXPORTS_SLOTS];
	uint64_t clock;
	uint32_t generation;
	struct exports_flush first, newest;
};

void exports_init(struct exports *exports, struct channel *link, uint32_t head);
/* Takes all pictures back. */
void exports_reset(struct exports *exports);
/* The slot of `box` of the resource, added if need be; EXPORTS_NONE: it must be copied. */
uint32_t exports_slot(struct exports *exports, const struct resource *resource,
	struct picture_box box);
/* The resource is about to go. */
void exports_forget(struct exports *exports, uint32_t resource);
/* The same picture changed. The first flush of a picture damages all of it. */
void exports_push(struct exports *exports, const struct exports_flush *flush);
/* Sends the flush that may be shown now: one whose fence is at or before `fence_done`. */
bool exports_present(struct exports *exports, uint32_t fence_done);

#endif
