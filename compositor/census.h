/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CENSUS_H
#define COMPOSITOR_CENSUS_H

/*
 * How many objects each client has. Each costs memory of ours, and nothing else bounds it:
 * a client that has more than the most ends. Those made are counted, and those there are
 * only when as many again were made: it may have twice as many until then.
 */

#include <wayland-server-core.h>

#define CENSUS_OBJECTS_MAX 4096

/* Of all clients that connect from now on; the listener is the caller's, and outlives them. */
void census_init(struct wl_listener *client_created, struct wl_display *display);

#endif
