/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_FRACTIONAL_SCALE_H
#define COMPOSITOR_SURFACE_FRACTIONAL_SCALE_H

/* wp_fractional_scale_v1: a surface is told its output's scale exactly. */

#include <wayland-server-core.h>

#include "compositor/surface/surface.h"

extern const struct global fractional_scale_global;
/* The surface's output is another one. */
void fractional_scale_send(struct surface *surface);
void fractional_scale_surface_gone(struct surface *surface);

#endif
