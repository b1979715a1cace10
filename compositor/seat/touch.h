/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_TOUCH_H
#define COMPOSITOR_SEAT_TOUCH_H

/*
 * wl_touch: fingers on any number of panels. A contact belongs to the surface it began
 * on until it ends, wherever it goes. Its number to clients is its place in the table.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/surface/reference.h"

#define TOUCH_CONTACTS_MAX 64

struct output;
struct screen;
struct seat;

struct touch_contact {
	const void *device;               /* compared only; NULL: there is no contact */
	int32_t slot;                     /* of the device */
	struct output *output;            /* that it began on; NULL: on none */
	struct surface_reference surface; /* none: it began on none, or that is gone */
	uint32_t serial;                  /* that the surface's client was told of it with */
	double x, y;                      /* where it was last, in the common space */
	bool wakes;                       /* it is to no window: the screens were dark */
};

struct touch {
	struct seat *seat;
	struct wl_list resources; /* the user data is not NULL while a frame is due */
	struct touch_contact contacts[TOUCH_CONTACTS_MAX];
};

void touch_init(struct touch *touch, struct seat *seat);
void touch_finish(struct touch *touch);
void touch_bind(struct touch *touch, struct wl_client *client, uint32_t version, uint32_t id);

/* On a panel, as screen_locate has it. */
struct touch_place {
	const struct screen *screen;
	double u, v;
};

void touch_handle_down(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms,
	const struct touch_place *place);
void touch_handle_motion(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms,
	const struct touch_place *place);
void touch_handle_up(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms);
/* It is no tap: with it all contacts of the client end that it was for. */
void touch_handle_cancel(struct touch *touch, const void *device, int32_t slot);
/* What was told of since the last frame belongs together. */
void touch_handle_frame(struct touch *touch);
/* The contact that the surface was told of with that serial, and has yet; or NULL. */
struct touch_contact *touch_find_grab(
	struct touch *touch, const struct surface *surface, uint32_t serial);
void touch_drop_output(struct touch *touch, struct output *output);

#endif
