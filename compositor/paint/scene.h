/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_SCENE_H
#define COMPOSITOR_PAINT_SCENE_H

/*
 * What one frame of a screen shows, as a flat list, the lowest first. It is built anew
 * for each frame from where the windows are; painters draw it, planes take items of it.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#define SCENE_ITEMS_MAX 1024 /* what is above is not shown */

struct buffer;
struct output;
struct release;
struct screen;
struct surface;

struct scene_item {
	/* A reference; who reads it after the frame's turn takes a use of its own. */
	struct buffer *buffer;
	/* From px of the framebuffer to px of the buffer. */
	struct pixman_f_transform to_buffer;
	pixman_box32_t box;      /* where it is, px of the framebuffer; not empty */
	pixman_box32_t clip;     /* the same, no larger than its output */
	struct surface *surface; /* valid in the frame's turn; NULL: none of a client's */
	struct release *release; /* the same; NULL: nobody waits for it */
	bool is_opaque;          /* nothing of what is beneath is seen through it */
	bool is_cursor;          /* the pointer's picture */
};

struct scene {
	struct scene_item *items;
	uint32_t n_items, n_allocated;
};

void scene_init(struct scene *scene);
void scene_finish(struct scene *scene);
void scene_build(struct scene *scene, const struct screen *screen);
/* Its buffers are read until that fence, the caller's, is signalled: in the frame's turn. */
void scene_wait(const struct scene *scene, int fence_fd);
/* The clients whose surfaces are in it hear that the frame begins. */
void scene_tell(struct scene *scene, int64_t now_ns);

#endif
