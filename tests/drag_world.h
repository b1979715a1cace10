/* SPDX-License-Identifier: MIT */
#ifndef DRAG_WORLD_H
#define DRAG_WORLD_H

/*
 * mullion-compositor with two clients, a window of each on an output of its own, A and B,
 * between which something may be dragged; and what they are told of that.
 */

#include "tests/compositor_world.h"

struct drag_peer {
	struct world_client client;
	struct world_window window;
	struct wl_data_device_manager *manager;
	struct wl_compositor *compositor; /* of the version that has offsets */
	struct wl_data_device *device;
	struct wl_data_offer *offer; /* the last one; NULL: there was none */
};

extern struct world world;
extern struct drag_peer a, b;

/* For cmocka, of the newest version and of the second. The pointer is pressed on A. */
int drag_setup(void **state);
int drag_setup_old(void **state);
int drag_teardown(void **state);

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
/* What was said is forgotten. */
void drag_forget(void);

#endif
