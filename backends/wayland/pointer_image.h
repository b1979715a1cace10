/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_POINTER_IMAGE_H
#define WAYLAND_POINTER_IMAGE_H

/*
 * What the pointer looks like over a head: the guest's cursor, which then is not drawn
 * in the window as well; an arrow, where a guest has none; nothing, where the guest
 * moves its cursor by itself.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/wayland/plane.h"

struct presenter;
struct window;
struct wl_buffer;
struct wl_pointer;

struct pointer_image {
	struct presenter *presenter;
	struct plane plane;      /* no surface until it is needed */
	struct wl_buffer *arrow; /* NULL: not made yet */
	int32_t arrow_width_px, arrow_height_px;
	uint32_t arrow_scale; /* that it was made for */
};

void pointer_image_init(struct pointer_image *image, struct presenter *presenter);
void pointer_image_finish(struct pointer_image *image);
/* `serial` is of the pointer's coming. False: it is not there yet. */
bool pointer_image_set(struct pointer_image *image, struct wl_pointer *wl_pointer, uint32_t serial,
	struct window *window);

#endif
