/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_POPUP_H
#define COMPOSITOR_SHELL_POPUP_H

/*
 * xdg_popup: a menu above a window, or above another menu. One that was asked for by a
 * click or a key may grab the seat: it has the keyboard, and is dismissed by what is
 * pressed or touched beside its client's windows.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "compositor/shell/positioner.h"

/* Deeper ones are dismissed at once. */
#define POPUP_DEPTH_MAX 16

struct seat;
struct surface;
struct toplevel;
struct xdg_surface;

struct popup {
	struct list link;        /* of its parent's xdg_surface.popups */
	struct list mapped_link; /* of toplevel.popups, while it has a picture */
	struct list grab_link;   /* of seat.grabs, while it grabs */
	struct wl_resource *resource;
	struct xdg_surface *xdg;    /* NULL: gone, and no popup any more */
	struct xdg_surface *parent; /* NULL: gone, or it was dismissed */
	struct toplevel *toplevel;  /* while it has a picture */
	struct positioner positioner;
	pixman_box32_t box, next_box; /* from the parent's geometry's corner; from the commit
					 after the answer on */
};

void popup_create(struct xdg_surface *xdg, struct wl_client *client, uint32_t version, uint32_t id,
	struct xdg_surface *parent, const struct positioner *positioner);
void popup_commit(struct popup *popup);
void popup_surface_gone(struct popup *popup);
/* Its xdg_surface goes. */
void popup_orphan(struct popup *popup);
/* The parent is not seen any more, or goes. */
void popups_dismiss(struct xdg_surface *parent);

/* From its window's surface's corner to its own surface's. */
void popup_offset(const struct popup *popup, int32_t *x, int32_t *y);

/*
 * Something was pressed on this surface (NULL: on none). true: it was beside the menus that
 * grab, which are gone now, and it is nobody's.
 */
bool popups_take_press(struct seat *seat, const struct surface *surface);
/* That has the keyboard, or NULL. Those of windows that are not seen any more are dismissed. */
struct surface *popups_focus(struct seat *seat);

#endif
