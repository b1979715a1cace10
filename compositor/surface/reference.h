/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_REFERENCE_H
#define COMPOSITOR_SURFACE_REFERENCE_H

/* A pointer to a surface that is NULL as soon as the surface is gone. */

#include <wayland-server-core.h>

struct surface;

/* One that is zero points to none. */
struct surface_reference {
	struct surface *surface;
	struct wl_listener gone;
};

/* NULL: to none. */
void surface_reference_set(struct surface_reference *reference, struct surface *surface);

#endif
