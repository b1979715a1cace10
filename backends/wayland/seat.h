/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SEAT_H
#define WAYLAND_SEAT_H

/*
 * The compositor's (first) seat: what its pointer, keyboard and touch screens do at a
 * window goes to the devices of that window's head, what it does at any of them to the
 * guest's keyboard. A window that is left, or goes, lifts all that was down at it.
 */

#include <stdint.h>

#include "backends/wayland/keyboard.h"
#include "backends/wayland/lock.h"
#include "backends/wayland/pointer.h"
#include "backends/wayland/touch.h"

struct presenter;
struct window;
struct wl_registry;
struct wl_seat;

struct seat {
	struct presenter *presenter;
	uint32_t global;
	struct wl_seat *wl_seat; /* NULL: there is none */
	struct pointer pointer;
	struct keyboard keyboard;
	struct touch touch;
	struct lock lock;
};

void seat_init(struct seat *seat, struct presenter *presenter);
/* The connection is going. */
void seat_finish(struct seat *seat);

/* Of the registry; one is enough. */
void seat_add(struct seat *seat, struct wl_registry *registry, uint32_t global, uint32_t version);
void seat_remove(struct seat *seat, uint32_t global);

/* The window's surfaces are going. */
void seat_drop_window(struct seat *seat, struct window *window);
/* What there is to do. Only with a ready connection. */
void seat_work(struct seat *seat);

#endif
