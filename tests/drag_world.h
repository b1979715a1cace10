/* SPDX-License-Identifier: MIT */
#ifndef DRAG_WORLD_H
#define DRAG_WORLD_H

/*
 * Two clients between whose windows something may be dragged, and what they are told of
 * that.
 */

#include "tests/two_clients.h"

struct drag_peer {
	struct world_client *client;
	struct wl_compositor *compositor; /* of the version that has offsets */
	struct wl_data_device_manager *manager;
	struct wl_data_device *device;
	struct wl_data_offer *offer; /* the last one; NULL: there was none */
};

extern struct drag_peer from, to; /* whose windows are A and B */

/* For cmocka, of the newest version and of the second. The pointer is pressed on A. */
int drag_setup(void **state);
int drag_setup_old(void **state);

/* On A at 5,5; nothing said is remembered. */
void drag_press(void);
void drag_release(void);
/* Into the common space; A is from 0, B from 100 on. */
void drag_point(double x, double y);
/* On the screen's own panel, in px of it. */
struct touch_place drag_touch_place(unsigned screen, double x, double y);
/* With text, and these actions (0: it says none). */
struct wl_data_source *drag_source(struct drag_peer *of, uint32_t actions);
/* From A, with what it was told of last. */
void drag_start_from_a(struct wl_data_source *source, struct wl_surface *icon);
/* From A to B, which takes it so; nothing said is remembered. */
struct wl_data_source *drag_to_b(uint32_t actions, uint32_t preferred);

#endif
