/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_SEAT_H
#define COMPOSITOR_SEAT_SEAT_H

/*
 * wl_seat: one, whose pointer, keyboard and touch screens have a file each. What devices
 * do comes from input.h, or from a test; which window it goes to is decided here.
 *
 * The window that was clicked or touched last has the keyboard, if it is seen; else the one
 * that is seen in its place, else the newest that is, but none of the layer above.
 */

#include <stdint.h>
#include <wayland-server-core.h>

#include "base/loop.h"
#include "compositor/seat/data_device.h"
#include "compositor/seat/drag.h"
#include "compositor/seat/idle.h"
#include "compositor/seat/keyboard.h"
#include "compositor/seat/pointer.h"
#include "compositor/seat/primary_selection.h"
#include "compositor/seat/serials.h"
#include "compositor/seat/touch.h"

struct config;
struct output;
struct server;
struct session;

enum seat_capability {
	SEAT_POINTER,
	SEAT_KEYBOARD,
	SEAT_TOUCH,
	SEAT_CAPABILITIES
};

struct seat {
	struct server *server;
	struct session *session; /* borrowed; NULL: there is no other to switch to */
	struct wl_global *global;
	struct wl_list resources;
	uint32_t n_devices[SEAT_CAPABILITIES];
	uint32_t known; /* bits of wl_seat.capability: it has, or had */
	struct serials serials;
	struct pointer pointer;
	struct keyboard keyboard;
	struct touch touch;
	struct wl_list data_devices; /* of wl_data_device resources, the newest first */
	struct clipboard clipboard;
	struct primary_selection primary;
	struct drag drag;
	struct idle idle;
	struct surface_reference last; /* clicked or touched */
	struct list grabs;             /* of popup.grab_link, the topmost first */
	struct output *active;         /* the same; NULL: none was */
	struct loop_hook update;
	/* Devices come anew, as they are configured now; NULL: there are none. */
	void (*renew_devices)(void *data);
	void *devices_data;
};

/* NULL: there is no memory. */
struct seat *seat_create(struct server *server);
/* After the clients. */
void seat_destroy(struct seat *seat);
struct seat *seat_of(struct wl_resource *resource);

/* The configuration is another one than it was. */
void seat_renew(struct seat *seat, const struct config *before);

void seat_add_device(struct seat *seat, enum seat_capability capability);
void seat_remove_device(struct seat *seat, enum seat_capability capability);

/* An event's serial, for this client. */
uint32_t seat_next_serial(struct seat *seat, const struct wl_client *client);
/* The surface was clicked or touched. */
void seat_activate(struct seat *seat, struct surface *surface);
/* Windows are others, elsewhere, or of another size: who has what is seen at the turn's end.
 * The seat may be NULL. */
void seat_schedule_update(struct seat *seat);
/* The output goes, and is not among the others any more. The seat may be NULL. */
void seat_drop_output(struct seat *seat, struct output *output);

#endif
