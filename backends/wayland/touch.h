/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_TOUCH_H
#define WAYLAND_TOUCH_H

/*
 * A seat's touch screens (wl_touch). A contact belongs to the head in whose picture it
 * began, wherever it goes; one that begins beside a picture is none. Which contacts
 * there are is known to the port.
 */

#include <stdint.h>

struct seat;
struct window;
struct wl_touch;

struct touch {
	struct seat *seat;
	struct wl_touch *wl_touch; /* NULL: the seat has none */
	uint32_t changed;          /* heads, a bit each, in this frame */
};

void touch_init(struct touch *touch, struct seat *seat);
/* The seat has touch screens; it has none (any more). Both again and again. */
void touch_start(struct touch *touch);
void touch_finish(struct touch *touch);
void touch_drop_window(struct touch *touch, const struct window *window);

#endif
