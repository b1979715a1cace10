/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_FRAME_H
#define WAYLAND_FRAME_H

/*
 * The flow of one plane of one head: each show is answered by exactly one
 * frame_done, at the compositor's frame callback, or as soon as none can come.
 */

#include <stdbool.h>

struct presenter;
struct wl_callback;
struct wl_surface;

struct frame {
	struct presenter *presenter;
	struct wl_callback *callback; /* NULL: none on its way */
	bool owed;                    /* a show has not got its frame_done */
	bool due;                     /* to be said at the end of the turn */
};

void frame_init(struct frame *frame, struct presenter *presenter);
/* A show began. */
void frame_begin(struct frame *frame);
/* With the commit that comes next on the surface, unless one is on its way. */
void frame_request(struct frame *frame, struct wl_surface *surface);
/* No callback will come: the surface is gone, or there never was one. */
void frame_end(struct frame *frame);

#endif
