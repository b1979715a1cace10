/* SPDX-License-Identifier: MIT */
#ifndef RENDER_REGIONS_H
#define RENDER_REGIONS_H

/*
 * The guest's memory as mullion-guest passes it on over the render socket. A set
 * is collected until RENDER_MESSAGE_REGIONS_DONE and waits for its RENDER_REGIONS
 * in the ring; a newer one replaces it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/guest_memory.h"
#include "base/channel.h"

struct regions {
	struct channel channel;
	struct guest_memory coming; /* mapped so far */
	struct guest_memory ready;
	uint32_t ready_generation;
	bool has_ready; /* ready_generation says something */
	bool is_taken;  /* and its memory was taken */
	/* A set became ready. */
	void (*handle_ready)(struct regions *regions);
	/* The socket was closed. */
	void (*handle_closed)(struct regions *regions);
};

void regions_init(struct regions *regions);
int regions_open(struct regions *regions, struct loop *loop, int take_fd);
void regions_finish(struct regions *regions);

/* The set of `generation` or a newer one came. */
bool regions_reached(const struct regions *regions, uint32_t generation);
/* The newest set, unless it was taken before. */
struct guest_memory *regions_take(struct regions *regions);

#endif
