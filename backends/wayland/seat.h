/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SEAT_H
#define WAYLAND_SEAT_H

/*
 * A seat of the compositor's: what its pointer and touch screens do at a window goes to
 * the devices of that window's head, what its keyboard does at any of them to the guest's
 * keyboard. A window that is left, or goes, lifts all that was down at it.
 */

#include <stdint.h>

#include "backends/input.h"
#include "backends/wayland/keyboard.h"
#include "backends/wayland/lock.h"
#include "backends/wayland/pointer.h"
#include "backends/wayland/touch.h"
#include "base/list.h"

struct presenter;
struct window;
struct wl_registry;
struct wl_seat;

struct seat {
	struct list link; /* of seats.all */
	struct presenter *presenter;
	struct input_port port; /* holds what is down */
	uint32_t global;
	struct wl_seat *wl_seat;
	struct pointer pointer;
	struct keyboard keyboard;
	struct touch touch;
	struct lock lock;
};

/* NULL: its version is of no use, or there is no memory. */
struct seat *seat_create(struct presenter *presenter, struct wl_registry *registry, uint32_t global,
	uint32_t version);
/* Lifts what is down. */
void seat_destroy(struct seat *seat);

void seat_drop_window(struct seat *seat, const struct window *window);
void seat_work(struct seat *seat);

#endif
