/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_CURSOR_H
#define COMPOSITOR_SEAT_CURSOR_H

/*
 * The pointer's picture: a surface of the client that has the pointer, or an arrow where
 * that has set none, or there is no client. It is above all else.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "compositor/surface/reference.h"

struct buffer;
struct seat;
struct wl_resource;

struct cursor {
	struct seat *seat;
	struct surface_reference surface;
	bool is_arrow;
	struct buffer *arrow; /* NULL: there was no memory */
	int32_t hot_x, hot_y;
	pixman_box32_t shown; /* in the common space; empty: it is not */
};

void cursor_init(struct cursor *cursor, struct seat *seat);
void cursor_finish(struct cursor *cursor);
/* NULL: none at all. Of a surface with another role its client is told on `pointer`. */
void cursor_set(struct cursor *cursor, struct wl_resource *pointer, struct surface *surface,
	int32_t hot_x, int32_t hot_y);
void cursor_set_arrow(struct cursor *cursor);
/* The pointer is elsewhere, or there is one, or there is none any more. */
void cursor_update(struct cursor *cursor);
/* The outputs are others. */
void cursor_update_output(struct cursor *cursor);
/* What is to be drawn in the box `shown`, if that is not empty: this surface, or the arrow. */
struct surface *cursor_surface(const struct cursor *cursor);

#endif
