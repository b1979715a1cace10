/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_SUBSURFACE_H
#define COMPOSITOR_SURFACE_SUBSURFACE_H

/* wl_subcompositor: surfaces that are part of another one. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/surface/surface.h"

/* Deeper trees, and those of more surfaces, end their client. */
#define SUBSURFACE_DEPTH_MAX 16
#define SUBSURFACE_TREE_MAX 512

struct subsurface {
	struct wl_resource *resource;
	struct surface *surface; /* NULL: gone, and without effect */
	struct surface *parent;  /* NULL: gone */
	struct surface_node node;
	int32_t x, y, cached_x, cached_y, pending_x, pending_y; /* with the parent's state */
	bool synchronized;
};

extern const struct global subsurface_global;
/* Itself or through a parent. */
bool subsurface_is_synchronized(const struct subsurface *subsurface);
struct surface *subsurface_root(struct surface *surface);
/* The parent's commit: places and order of its subsurfaces are to be what was asked for. */
void subsurfaces_commit(struct surface *parent);
/* Its state is current: they are so. */
void subsurfaces_apply(struct surface *parent);
void subsurfaces_orphan(struct surface *parent);

#endif
