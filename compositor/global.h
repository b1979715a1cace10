/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_GLOBAL_H
#define COMPOSITOR_GLOBAL_H

/* What a protocol begins with: an object that every client may have, and makes others. */

#include <stdint.h>
#include <wayland-server-core.h>

struct global {
	const struct wl_interface *interface;
	uint32_t version;
	const void *requests;
	void (*bound)(struct wl_resource *resource); /* NULL: nothing is to be said */
};

#endif
