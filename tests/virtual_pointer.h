/* SPDX-License-Identifier: MIT */
#ifndef VIRTUAL_POINTER_H
#define VIRTUAL_POINTER_H

/*
 * A pointer for a compositor without any (wlr-virtual-pointer-unstable-v1, which sway
 * has). Asserts that all goes well.
 */

#include <stdint.h>

struct virtual_pointer {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_proxy *manager, *pointer;
};

void virtual_pointer_init(struct virtual_pointer *pointer, const char *socket);
void virtual_pointer_finish(struct virtual_pointer *pointer);
/* To (x, y) of all outputs together, which have that size. */
void virtual_pointer_move(struct virtual_pointer *pointer, uint32_t x, uint32_t y,
	uint32_t width, uint32_t height);

#endif
