/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_LAYOUT_H
#define WAYLAND_LAYOUT_H

/*
 * Where a head's picture and cursor go in its window. Pure. Window coordinates
 * are the compositor's logical pixels, head coordinates the picture's own.
 */

#include <stdbool.h>
#include <stdint.h>

struct layout_box {
	int32_t x, y, width, height;
};

#define LAYOUT_SCALE_ONE 120 /* px of a logical one, in 120ths */

struct layout {
	int32_t width, height; /* of the window */
	uint32_t head_width, head_height;
	struct layout_box picture; /* where the head is, in the window */
	bool scales;               /* the compositor can crop and scale */
};

/*
 * The picture as large as the window allows, its shape kept, centred. If it cannot
 * be scaled it keeps its size and may stand out. All sizes are positive. A head of just
 * as many px as the window has on the screen, by `scale`, fills it: px for px.
 */
struct layout layout_fit(int32_t width, int32_t height, uint32_t head_width, uint32_t head_height,
	uint32_t scale, bool scales);
/* From px to logical pixels and back, to the nearest; at least 1. */
int32_t layout_logical(uint32_t px, uint32_t scale);
int32_t layout_px(int32_t logical, uint32_t scale);

/* Nothing of the window is left for bars. */
bool layout_is_covered(const struct layout *layout);

struct layout_cursor {
	bool visible;
	double x, y, width, height; /* what is seen of the cursor's picture, its px */
	struct layout_box box;      /* where, in the window */
};

/* So large is a box of the head in the window. */
struct layout_box layout_scaled(const struct layout *layout, uint32_t width, uint32_t height);

/* The part of a cursor, its top left at (x, y) of the head, that is within the head. */
struct layout_cursor layout_cursor(
	const struct layout *layout, int64_t x, int64_t y, uint32_t width, uint32_t height);

/*
 * A point of the window, in 256ths, where the head goes from 0 to INPUT_ABS_MAX: a guest
 * that counts px finds itself in the same one. False: beside the head, whose nearest
 * point it is then.
 */
bool layout_point(
	const struct layout *layout, int32_t x_256, int32_t y_256, int32_t *x, int32_t *y);
/* A length of the window, in the same units of the head's width. */
int32_t layout_extent(const struct layout *layout, int32_t length_256);

#endif
