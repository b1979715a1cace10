/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPLAY_PLAYER_H
#define TOOLS_REPLAY_PLAYER_H

/*
 * Plays records on targets: keeps what the device keeps of a guest (which resource
 * is where, its backing, what heads show), gives backings their memory, and tells
 * of every flush that changes what a head shows.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "protocol/record.h"
#include "tools/replay/memory.h"
#include "tools/replay/target.h"

struct player_counts {
	uint64_t commands;
	uint64_t refused;          /* with an error here */
	uint64_t refused_recorded; /* and by the device that was recorded */
	uint64_t skipped_3d;       /* there is no target for 3D */
	uint64_t skipped_contexts; /* on contexts of before the recording */
	uint64_t frames;
};

struct player {
	struct memory memory;
	struct target *plain;   /* owned: 2D and blobs */
	struct target *target;  /* owned: all else; NULL: plain for 2D, and 3D is skipped */
	struct idmap resources; /* of struct player_resource, owned */
	struct idmap contexts;  /* of before the recording; their values mean nothing */
	struct target_scanout heads[LIMIT_HEADS]; /* resource 0: nothing */
	uint8_t *command;                         /* owned: the one in hand, aligned */
	struct player_counts counts;
	const struct player_listener *listener; /* NULL: nobody */
	void *data;
};

struct player_listener {
	/* The head's picture changed. */
	void (*flushed)(struct player *player, uint32_t head);
	/* The head is about to show nothing; what it shows can be had still. */
	void (*hiding)(struct player *player, uint32_t head);
};

enum player_renderer {
	PLAYER_RENDERER_PIXMAN,
	PLAYER_RENDERER_VIRGL,
};

/* Memory of `limit_bytes` for backings, as much for resources. 0 or negative errno. */
int player_init(struct player *player, enum player_renderer renderer, const char *render_node,
	uint64_t limit_bytes);
/* Streams go in chunks of so many commands that draw. False: this renderer takes none. */
bool player_cut(struct player *player, uint32_t chunk);
void player_finish(struct player *player);
/* As before the first record; counts stay. */
void player_reset(struct player *player);

void player_play(struct player *player, const struct record *record);

/* What the head shows, as target_interface.read has it; the caller frees. NULL: nothing. */
uint32_t *player_picture(struct player *player, uint32_t head);

#endif
