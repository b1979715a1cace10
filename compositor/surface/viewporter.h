/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_VIEWPORTER_H
#define COMPOSITOR_SURFACE_VIEWPORTER_H

/* wp_viewporter: a part of a buffer, in a size of its own. */

#include <stdbool.h>
#include <wayland-server-core.h>

#include "compositor/surface/surface.h"

extern const struct global viewporter_global;
/* Does what is pending fit a buffer of this size? If not the client was told. */
bool viewporter_check(struct surface *surface, double width, double height);
void viewporter_surface_gone(struct surface *surface);
bool viewport_is_equal(const struct viewport *a, const struct viewport *b);

#endif
