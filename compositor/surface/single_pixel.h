/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_SINGLE_PIXEL_H
#define COMPOSITOR_SURFACE_SINGLE_PIXEL_H

/* wp_single_pixel_buffer_manager_v1: buffers of one colour. */

#include <pixman.h>
#include <wayland-server-core.h>

extern const struct global single_pixel_global;
/* Of a wl_buffer that was made here. */
const pixman_color_t *single_pixel_colour(struct wl_resource *resource);

#endif
