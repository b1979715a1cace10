/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_RELATIVE_POINTER_H
#define COMPOSITOR_SEAT_RELATIVE_POINTER_H

/* zwp_relative_pointer_v1: how far the mouse was moved, wherever the pointer is. */

#include <wayland-server-core.h>

struct pointer;
struct pointer_motion;

extern const struct global relative_pointer_global;
/* To the client that has the pointer, before the frame that it belongs to. */
void relative_pointer_send(struct pointer *pointer, const struct wl_client *client,
	const struct pointer_motion *motion);

#endif
