/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HEADS_H
#define RENDER_HEADS_H

/*
 * What the guest's heads show out of 3D resources: which box of which resource
 * each plane shows, and the pictures of it that the daemon gets. Those are the
 * resources themselves where the driver can export them (primary planes only),
 * else copies in shared memory.
 *
 * What a function returns is a virtio-gpu response code.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/pace.h"
#include "backends/picture.h"
#include "backends/swapchain.h"
#include "daemon/render/exports.h"
#include "protocol/limits.h"
#include "protocol/link.h"
#include "protocol/render.h"

struct channel;
struct renderer;
struct resource;

struct plane {
	struct swapchain chain;
	uint32_t resource;         /* id; 0: shows nothing from here */
	struct picture_box source; /* in the resource */
	uint64_t serial;
	uint32_t hot_x, hot_y;
	bool exported; /* shown by the exports; else it is copied */
	bool fresh;    /* nothing of this scanout was flushed yet */
};

struct heads {
	struct channel *link;      /* borrowed */
	struct renderer *renderer; /* borrowed */
	struct plane planes[LIMIT_HEADS][LINK_PLANE_COUNT];
	struct exports exports[LIMIT_HEADS];
	struct pace paces[LIMIT_HEADS]; /* of the fences; see worker.c */
};

void heads_init(struct heads *heads, struct channel *link, struct renderer *renderer);
void heads_finish(struct heads *heads);
/* They show nothing from here any more. */
void heads_reset(struct heads *heads);

uint32_t heads_scanout(struct heads *heads, const struct render_scanout *scanout);
/* So many fences were made before it. */
uint32_t heads_flush(struct heads *heads, const struct render_flush *flush, uint64_t fences);
uint32_t heads_cursor(struct heads *heads, const struct render_cursor *cursor);

/* The resource is about to go. */
void heads_forget(struct heads *heads, const struct resource *resource);

/* The daemon starts afresh (LINK_RESYNC): what it showed is shown again. */
void heads_resync(struct heads *heads);
/* A fence of that number waits until a head's screen is as far as its guest. */
bool heads_hold(const struct heads *heads, uint64_t fence);
/* When that ends by itself, at the soonest; 0: none is held. */
int64_t heads_deadline_ns(const struct heads *heads);
void heads_expire(struct heads *heads, int64_t now_ns);

/* Messages of the daemon. */
void heads_frame_done(struct heads *heads, const struct link_frame_done *message);
void heads_refused(struct heads *heads, const struct link_picture_released *message);
void heads_released(struct heads *heads, const struct link_picture_released *message);
/* Answers with a LINK_COPY of what the head shows from here. Waits for the GPU. */
void heads_copy(struct heads *heads, const struct link_copy_wanted *message);
/* A fence of the library signalled. */
void heads_fence_signalled(struct heads *heads);
/* Hands over whatever waits and may go now. */
void heads_present(struct heads *heads);

#endif
