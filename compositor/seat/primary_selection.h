/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_PRIMARY_SELECTION_H
#define COMPOSITOR_SEAT_PRIMARY_SELECTION_H

/*
 * zwp_primary_selection_device_v1: what is selected in one window is put into another with
 * the middle button. As with what is copied (data_device.h) the client that has the keyboard
 * is told, and alone may select.
 */

#include <wayland-server-core.h>

struct primary_source;
struct seat;

/* Embedded in the seat. */
struct primary_selection {
	struct seat *seat;
	struct wl_list devices;        /* of zwp_primary_selection_device_v1 resources */
	struct primary_source *source; /* NULL: nothing is selected */
};

extern const struct global primary_selection_global;
void primary_selection_init(struct primary_selection *selection, struct seat *seat);
/* The keyboard is this client's now (NULL: nobody's). */
void primary_selection_tell(struct primary_selection *selection, const struct wl_client *client);

#endif
