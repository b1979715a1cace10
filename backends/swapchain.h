/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_SWAPCHAIN_H
#define BACKENDS_SWAPCHAIN_H

/*
 * The shared-memory pictures of one plane of one head, on the side of the worker
 * that fills them (protocol/link.h has the other side's view).
 *
 *   damage ... damage     accumulates, per slot, what each still lacks
 *   begin                 if the daemon wants a frame and a slot is free: where to
 *                         copy to, and which box of the content
 *   commit                hands the slot over
 *
 * The newest content wins: while the daemon is not ready nothing is copied.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "protocol/limits.h"

struct channel;
struct link_picture_released;

#define SWAPCHAIN_SLOTS 3

struct swapchain {
	struct channel *channel; /* to the daemon; borrowed */
	uint32_t head, plane;
	uint32_t width_px, height_px, fourcc;
	bool dirty;              /* something was damaged since the last commit */
	bool wanted;             /* the daemon waits for a frame */
	bool shown;              /* of this content a frame was handed over */
	int64_t flush_ns;        /* of the oldest damage not yet shown */
	struct picture_box fresh; /* damage since the last commit */
	struct swapchain_slot {
		bool added;      /* the daemon knows it */
		bool lingers;    /* the daemon knows another, and is still to be told to forget it */
		bool busy;       /* the daemon has it */
		uint32_t generation; /* of its picture at the daemon */
		int fd;
		void *pixels;
		uint32_t size_bytes;
		struct picture_box stale; /* what this slot lacks; empty: nothing */
	} slots[SWAPCHAIN_SLOTS];
	uint32_t generation;     /* last one given out */
	int filling;             /* slot between begin and commit, or -1 */
};

void swapchain_init(struct swapchain *chain, struct channel *channel, uint32_t head,
	uint32_t plane);
/* Takes its pictures back from the daemon. */
void swapchain_finish(struct swapchain *chain);

/*
 * Other content from now on, in pictures of this size, 4 bytes a pixel: all of
 * it is stale, but shown only after the next damage.
 */
void swapchain_reset(struct swapchain *chain, uint32_t width_px, uint32_t height_px,
	uint32_t fourcc);
/* `box` within the size. */
void swapchain_damage(struct swapchain *chain, struct picture_box box, int64_t flush_ns);

struct swapchain_target {
	uint8_t *pixels;       /* of the whole picture's top left */
	uint32_t stride_bytes;
	struct picture_box box; /* what must be copied */
};

/* False: nothing to show, not wanted, no free slot, or no memory; try again after the next event. */
bool swapchain_begin(struct swapchain *chain, struct swapchain_target *target);
void swapchain_commit(struct swapchain *chain, uint64_t serial, uint32_t hot_x, uint32_t hot_y);

/*
 * The damage so far is shown by a picture that is not of the swapchain, in a slot
 * from SWAPCHAIN_SLOTS on. False: the daemon does not read; still dirty.
 */
bool swapchain_commit_other(struct swapchain *chain, uint32_t slot, uint64_t serial);

/*
 * The daemon knows of no picture and waits for a frame (LINK_RESYNC): if this content was
 * shown, all of it is to be shown again.
 */
void swapchain_resync(struct swapchain *chain);

/* LINK_FRAME_DONE and LINK_PICTURE_RELEASED for this plane. */
void swapchain_frame_done(struct swapchain *chain);
void swapchain_released(struct swapchain *chain, const struct link_picture_released *message);

/* The smallest box around both; an empty one adds nothing. */
struct picture_box picture_box_union(struct picture_box a, struct picture_box b);

#endif
