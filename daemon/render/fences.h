/* SPDX-License-Identifier: MIT */
#ifndef RENDER_FENCES_H
#define RENDER_FENCES_H

/*
 * The records that wait for the GPU, oldest first. Each waits for the newest
 * fence of its time: its own, or that of those before it where it made none
 * (it failed, or the library had no memory for a fence). So they complete in order.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/render.h"

struct fences {
	struct fence {
		uint64_t seq;
		uint32_t response;
		uint32_t fence; /* of the library */
	} queue[RENDER_COMPLETIONS];
	uint64_t head, tail; /* how many came and went; modulo the size */
};

/* False: more than mullion-guest may have in flight. */
bool fences_push(struct fences *fences, struct fence fence);
/* The oldest, or NULL. */
const struct fence *fences_oldest(const struct fences *fences);
void fences_pop(struct fences *fences);

#endif
