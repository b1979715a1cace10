/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_XDG_SURFACE_H
#define COMPOSITOR_SHELL_XDG_SURFACE_H

/*
 * xdg_surface: what windows and popups have in common, the conversation about their
 * size. A window shows nothing before it has answered the first configure.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

struct surface;
struct toplevel;

struct xdg_surface {
	struct wl_resource *resource;
	struct surface *surface;   /* NULL: gone */
	struct toplevel *toplevel; /* one of the two at most */
	struct wl_resource *popup;
	uint32_t serial_first, serial_last; /* of the configures that may be answered */
	bool awaits;                        /* there are such */
	bool configured; /* one was answered since the window was made, or last lost its picture */
	bool begun;      /* the first commit was seen */
};

void xdg_surface_create(struct wl_client *client, struct wl_resource *wm_base, uint32_t id,
	struct wl_resource *surface);
/* After the role's own part of a configure. */
void xdg_surface_configure(struct xdg_surface *xdg);
/* As when it was made: the next commit is the first one again. */
void xdg_surface_reset(struct xdg_surface *xdg);

#endif
