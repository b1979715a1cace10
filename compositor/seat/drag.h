/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DRAG_H
#define COMPOSITOR_SEAT_DRAG_H

/*
 * Drag and drop (wl_data_device.start_drag): a press of the pointer, or one finger, that from
 * now on carries something, and is no input of any window. The windows that it comes over
 * are told what it is; when it is let go over one that takes it, it is dropped there.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/seat/drag_icon.h"
#include "compositor/surface/reference.h"

struct data_source;
struct seat;
struct touch_contact;

/* Embedded in the seat. */
struct drag {
	struct seat *seat;
	struct wl_client *client; /* that began it; NULL: nothing is dragged */
	struct wl_listener client_gone;
	struct data_source *source;    /* NULL: its client's own business */
	struct touch_contact *contact; /* that drags, borrowed; NULL: the pointer does */
	double x, y;                   /* in the common space */
	struct surface_reference focus;
	struct wl_resource *device; /* that was told of the focus; NULL: none */
	struct drag_icon icon;
};

/* What a client asks for. */
struct drag_request {
	struct wl_resource *device;
	struct data_source *source; /* NULL: its own business */
	struct surface *origin;     /* that was pressed or touched */
	struct surface *icon;       /* NULL: none */
	uint32_t serial;            /* of that press */
};

void drag_init(struct drag *drag, struct seat *seat);
/* If its client has that press, and nothing else is dragged; else it is cancelled. */
void drag_start(struct drag *drag, const struct drag_request *request);
/* It is over, without effect, if there is one. */
void drag_cancel(struct drag *drag);
void drag_source_gone(struct drag *drag);
void drag_device_gone(struct drag *drag, const struct wl_resource *device);
/* Windows are others, or elsewhere. */
void drag_update(struct drag *drag);

bool drag_has_pointer(const struct drag *drag);
bool drag_has_contact(const struct drag *drag, const struct touch_contact *contact);
/* What drags is there now; it was let go. */
void drag_move(struct drag *drag, uint32_t time_ms, double x, double y);
void drag_drop(struct drag *drag);

#endif
