/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DATA_DEVICE_H
#define COMPOSITOR_SEAT_DATA_DEVICE_H

/*
 * wl_data_device: what was copied in one window is pasted in another. The client that has
 * the keyboard is told what there is, and alone may copy. What is dragged is in drag.h.
 */

#include <wayland-server-core.h>

struct seat;

/* Embedded in the seat. */
struct clipboard {
	struct seat *seat;
	struct data_source *source; /* NULL: nothing was copied */
};

extern const struct global data_device_global;
void clipboard_init(struct clipboard *clipboard, struct seat *seat);
void clipboard_source_gone(struct clipboard *clipboard);
/* The keyboard is this client's now (NULL: nobody's). */
void clipboard_tell(struct clipboard *clipboard, const struct wl_client *client);

#endif
