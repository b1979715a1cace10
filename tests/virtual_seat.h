/* SPDX-License-Identifier: MIT */
#ifndef VIRTUAL_SEAT_H
#define VIRTUAL_SEAT_H

/*
 * A pointer and a keyboard for a compositor without any (wlr-virtual-pointer-unstable-v1
 * and virtual-keyboard-unstable-v1, which sway has). Asserts that all goes well.
 */

#include <stdbool.h>
#include <stdint.h>

struct virtual_seat {
	struct wl_display *display;
	struct wl_registry *registry;
	const char *name; /* of the seat that it plays */
	struct wl_seat *wl_seat;
	struct wl_proxy *pointer_manager, *pointer;
	struct wl_proxy *keyboard_manager, *keyboard;
};

/* On the compositor's seat of that name: "seat0". */
void virtual_seat_init(struct virtual_seat *seat, const char *socket, const char *name);
void virtual_seat_finish(struct virtual_seat *seat);
/* To (x, y) of all outputs together, which have that size. */
void virtual_seat_point(
	struct virtual_seat *seat, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
void virtual_seat_push(struct virtual_seat *seat, double dx, double dy);
void virtual_seat_button(struct virtual_seat *seat, uint32_t button, bool down);
/* A wheel, downwards. */
void virtual_seat_scroll(struct virtual_seat *seat, int32_t detents);
void virtual_seat_key(struct virtual_seat *seat, uint32_t key, bool down);
/* What the compositor takes for pressed: XKB's mask. It does not follow the keys. */
void virtual_seat_modify(struct virtual_seat *seat, uint32_t modifiers);

#endif
