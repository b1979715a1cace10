/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_XDG_SURFACE_H
#define COMPOSITOR_SHELL_XDG_SURFACE_H

/*
 * xdg_surface: what windows and popups have in common, the conversation about their
 * size. A window shows nothing before it has answered the first configure.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct popup;
struct surface;
struct toplevel;

struct xdg_surface {
	struct wl_resource *resource;
	struct surface *surface;   /* NULL: gone */
	struct toplevel *toplevel; /* one of the two at most */
	struct popup *popup;
	struct list popups;          /* of popup.link: those whose parent this is */
	struct wl_resource *wm_base; /* borrowed: it made it, and goes last, unless all goes */
	pixman_box32_t geometry, next_geometry; /* what counts for its edges; from the commit on */
	uint32_t serial_first, serial_last;     /* of the configures that may be answered */
	bool awaits;                            /* there are such */
	uint32_t begun_serial; /* of the first since the first commit; 0: none was sent */
	bool configured; /* one was answered since the window was made, or last lost its picture */
	bool begun;      /* the first commit was seen */
};

void xdg_surface_create(struct wl_client *client, struct wl_resource *wm_base, uint32_t id,
	struct wl_resource *surface);
/* After the role's own part of a configure. */
void xdg_surface_configure(struct xdg_surface *xdg);
/* The surface's, or NULL: it has another role. */
struct xdg_surface *xdg_surface_find(const struct surface *surface);
/* An error of xdg_wm_base's. */
void xdg_surface_post_shell_error(struct xdg_surface *xdg, uint32_t error, const char *text);
/* Whether some that it made are there yet. */
bool xdg_surfaces_are_left(struct wl_resource *wm_base);
/* As when it was made: the next commit is the first one again. */
void xdg_surface_reset(struct xdg_surface *xdg);

#endif
