/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_REGION_H
#define COMPOSITOR_SURFACE_REGION_H

/* wl_region, and clients' rectangles, which may have any size and place. */

#include <pixman.h>
#include <stdint.h>
#include <wayland-server-core.h>

/* What is not positive or lies where no screen can be is left out. */
void region_add(pixman_region32_t *region, int32_t x, int32_t y, int32_t width, int32_t height);

/* Larger by another one; no more complicated than regions may be. */
void region_union(pixman_region32_t *region, const pixman_region32_t *other);

/* A wl_region as it is now. */
const pixman_region32_t *region_of(struct wl_resource *resource);
void region_create(struct wl_client *client, uint32_t version, uint32_t id);

#endif
