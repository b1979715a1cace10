/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_RENDERER_H
#define BACKENDS_PIXMAN_RENDERER_H

/* The 2D renderer in the process that serves the rings: pixels in plain memory. */

#include "backends/pixman/head.h"
#include "backends/pixman/udmabuf.h"
#include "backends/renderer.h"
#include "base/idmap.h"
#include "base/loop.h"
#include "protocol/limits.h"

struct channel;
struct guest_memory;
struct link_copy;
struct link_frame_done;
struct link_picture_released;

struct pixman_renderer {
	struct renderer base;
	struct udmabuf udmabuf; /* its device is owned */
	struct idmap images;               /* of struct image */
	struct pixman_head heads[LIMIT_HEADS];
	const struct renderer_listener *listener; /* borrowed; NULL: no flush waits */
	void *data;
	struct loop_timer hold; /* until a flush that waits for its screen does not any more */
	struct loop_timer trim; /* after a rest, buffers that motion needed go */
	bool trim_set;
	bool moves; /* a picture came back since the timer was set */
};

/* `daemon` is where pictures go; all are borrowed. 0 or negative errno. */
int pixman_renderer_init(struct pixman_renderer *renderer, struct loop *loop,
	const struct guest_memory *memory, struct channel *daemon);
/* From now on fenced flushes wait for their screen, for PACE_LIMIT_NS at most; `completed` tells. */
void pixman_renderer_pace(struct pixman_renderer *renderer,
	const struct renderer_listener *listener, void *data);
void pixman_renderer_finish(struct pixman_renderer *renderer);

/* Shows what waits, where it may: after the daemon could not be written to. */
/* The daemon starts afresh (LINK_RESYNC). */
void pixman_renderer_resync(struct pixman_renderer *renderer);
void pixman_renderer_present(struct pixman_renderer *renderer);

/* Messages of the daemon about this process's pictures; head and plane are checked. */
void pixman_renderer_frame_done(struct pixman_renderer *renderer,
	const struct link_frame_done *message);
void pixman_renderer_released(struct pixman_renderer *renderer,
	const struct link_picture_released *message);
/* LINK_PICTURE_REFUSED. */
void pixman_renderer_refused(struct pixman_renderer *renderer,
	const struct link_picture_released *message);
/* What `copy->head`, which is checked, shows: `*copy` for LINK_COPY, and its memfd or negative. */
int pixman_renderer_copy(const struct pixman_renderer *renderer, struct link_copy *copy);
/* /dev/udmabuf: from now on blobs are shown without a copy where that is possible. */
void pixman_renderer_set_udmabuf(struct pixman_renderer *renderer, int take_fd);

#endif
