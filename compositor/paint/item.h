/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_ITEM_H
#define COMPOSITOR_PAINT_ITEM_H

/* What painters ask of one item of a scene, and how pixman draws it. */

#include <pixman.h>
#include <stdbool.h>

struct scene_item;

/* Whether its buffer's px are the framebuffer's, moved. */
bool item_is_moved_only(const struct scene_item *item);
/*
 * What is within its clip, into a picture whose corner is at (x, y) of the framebuffer.
 * false: it cannot be.
 */
bool item_compose(const struct scene_item *item, pixman_op_t op, pixman_image_t *picture, int32_t x,
	int32_t y);

#endif
