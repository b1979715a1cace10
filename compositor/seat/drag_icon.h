/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DRAG_ICON_H
#define COMPOSITOR_SEAT_DRAG_ICON_H

/*
 * The picture of what is dragged: a surface at the pointer or beneath the finger, above all
 * windows, below the pointer's own picture.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "compositor/surface/reference.h"

struct server;
struct wl_resource;

/* Embedded in the drag. */
struct drag_icon {
	struct server *server;
	struct surface_reference surface; /* none: there is no picture */
	double x, y;                      /* of what drags it, in the common space */
	int32_t dx, dy;                   /* from there to its corner */
	pixman_box32_t shown;             /* in the common space; empty: it is not */
};

void drag_icon_init(struct drag_icon *icon, struct server *server);
/* false: it has another role, which its client is told on `device`. */
bool drag_icon_set(struct drag_icon *icon, struct wl_resource *device, struct surface *surface);
/* The surface keeps its role, and has no effect. */
void drag_icon_drop(struct drag_icon *icon);
void drag_icon_move(struct drag_icon *icon, double x, double y);
/* Its picture is another one, or part of it is. */
void drag_icon_show(struct drag_icon *icon);
/* The outputs are others. */
void drag_icon_update_output(struct drag_icon *icon);
/* Its corner, in the common space. */
void drag_icon_corner(const struct drag_icon *icon, int32_t *x, int32_t *y);

#endif
