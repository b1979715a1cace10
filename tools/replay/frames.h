/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPLAY_FRAMES_H
#define TOOLS_REPLAY_FRAMES_H

/* What comes of the frames that are played: counts, checksums, pictures in files. */

#include <stdint.h>

#include "protocol/limits.h"
#include "tools/replay/player.h"

struct frames {
	uint32_t every;  /* of every such frame of a head: its checksum, its picture; 0: the last
			    only */
	const char *png; /* a directory for pictures; NULL: none */
	int error;       /* the first that writing a picture met: negative errno */
	struct frames_head {
		uint64_t n;      /* frames so far */
		uint64_t n_last; /* of them, when `last` was taken; 0: none */
		uint32_t *last;  /* owned: what it showed before it showed nothing */
		struct virtio_gpu_area area;
	} heads[LIMIT_HEADS];
};

/* From the first frame again. */
void frames_restart(struct frames *frames);
void frames_flushed(struct frames *frames, struct player *player, uint32_t head);
void frames_hiding(struct frames *frames, struct player *player, uint32_t head);
/* Tells the last picture of each head. */
void frames_end(struct frames *frames, struct player *player);

#endif
