/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SEAT_H
#define WAYLAND_SEAT_H

/*
 * The compositor's (first) seat, as far as cursors need it: while its pointer is over a
 * head, the guest's cursor is the pointer's, and not drawn in the window as well. Where
 * a guest has none the pointer is an arrow. A
 * guest that moves its cursor elsewhere by itself gets it back into the window.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/wayland/plane.h"

struct presenter;
struct window;
struct wl_buffer;
struct wl_pointer;
struct wl_registry;
struct wl_seat;

struct seat {
	struct presenter *presenter;
	uint32_t global;
	struct wl_seat *wl_seat; /* NULL: there is none */
	struct wl_pointer *pointer;
	struct window *focus;  /* the pointer is over it; borrowed */
	uint32_t enter_serial; /* of that */
	struct plane plane;    /* the pointer's picture; no surface until it is needed */
	bool pending;          /* that is to be set */
	struct wl_buffer *arrow; /* NULL: not made yet */
	int32_t arrow_width_px, arrow_height_px;
	uint32_t arrow_scale; /* that it was made for */
};

void seat_init(struct seat *seat, struct presenter *presenter);
/* The connection is going. */
void seat_finish(struct seat *seat);

/* Of the registry; one is enough. */
void seat_add(struct seat *seat, struct wl_registry *registry, uint32_t global, uint32_t version);
void seat_remove(struct seat *seat, uint32_t global);

/* The window's cursor or its size changed. */
void seat_touch(struct seat *seat, const struct window *window);
/* The window's surfaces are gone. */
void seat_drop_window(struct seat *seat, const struct window *window);
/* What there is to do. Only with a ready connection. */
void seat_work(struct seat *seat);

#endif
