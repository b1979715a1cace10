/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_PLANE_H
#define WAYLAND_PLANE_H

/*
 * A surface and what it shows. A window has four: its root, the picture over it when
 * that does not fill the window, a notice, and the cursor. All but the root are
 * subsurfaces in sync mode: nothing of them shows before the root's commit, and one
 * commit of the root changes all.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "backends/wayland/layout.h"

struct buffer;
struct connection;
struct wl_buffer;

struct plane {
	struct wl_surface *surface;       /* NULL: no window */
	struct wl_subsurface *subsurface; /* NULL for the root */
	struct wp_viewport *viewport;     /* NULL: cannot be scaled */
	struct buffer *buffer;            /* attached last; borrowed; NULL: one of our own, or gone */
	struct wl_buffer *own;            /* attached last; borrowed; NULL: a picture's */
	bool mapped;
	struct layout_box box; /* in the window */
};

/* `parent` is NULL for the root. 0 or negative errno, then to be finished too. */
int plane_init(struct plane *plane, struct connection *connection, const struct plane *parent,
	bool opaque);
void plane_finish(struct plane *plane);

/* All of it is pending until plane_commit, for a subsurface until the root's. */
/* `damage` is of the picture, seen upright; NULL: all of it. */
void plane_attach(struct plane *plane, struct buffer *buffer, const struct picture_box *damage);
/* One of our own. */
void plane_attach_own(
	struct plane *plane, struct wl_buffer *wl_buffer, int32_t width_px, int32_t height_px);
void plane_hide(struct plane *plane, const struct plane *root);
void plane_place(struct plane *plane, const struct layout_box *box);
/* The part that is seen, in px of the picture attached, seen upright. */
void plane_crop(struct plane *plane, double x, double y, double width, double height);
void plane_commit(struct plane *plane);

#endif
