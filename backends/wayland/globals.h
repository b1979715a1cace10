/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_GLOBALS_H
#define WAYLAND_GLOBALS_H

/*
 * What a compositor offers: its globals, bound, and the formats of its buffers. What
 * there may be several of, or comes and goes, has a file of its own (outputs, seats).
 * All of it comes as events: after globals_bind a sync tells that the list is
 * whole, a second one that the formats are.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "backends/picture.h"

struct globals {
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;                      /* NULL: pictures cannot be scaled */
	struct zwp_linux_dmabuf_v1 *dmabuf;                    /* NULL: dma-bufs cannot be shown */
	struct zxdg_decoration_manager_v1 *decoration_manager; /* NULL: windows have no frame */
	struct wp_presentation *presentation;                  /* NULL: nobody knows what was seen */
	struct wp_fractional_scale_manager_v1 *fractional_manager; /* NULL: the scale is 1 */
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *inhibit_manager; /* may be NULL */
	struct zwp_pointer_constraints_v1 *constraints;           /* NULL: no pointer is locked, */
	struct zwp_relative_pointer_manager_v1 *relative_manager; /* nor here */
	uint32_t presentation_clock; /* a clockid_t, if it is none of the compositor's jokes */
	struct wl_array shm_formats;    /* of uint32_t, as wl_shm numbers them */
	struct wl_array dmabuf_formats; /* of struct globals_format */
};

struct globals_format {
	uint32_t fourcc;
	uint64_t modifier;
};

void globals_init(struct globals *globals);
/* 0 or negative errno. */
int globals_bind(struct globals *globals, struct wl_display *display);
/* Back to what globals_init made of it. The connection goes too: nobody is told. */
void globals_finish(struct globals *globals);

/* The first that the windows cannot do without, and its version, or NULL. */
const char *globals_find_missing(const struct globals *globals, uint32_t *version);
/* wl_shm's number of a format of DRM's. */
uint32_t globals_shm_format(uint32_t fourcc);
/* A format of DRM's; the modifier matters to dma-bufs only. */
bool globals_supports(
	const struct globals *globals, enum picture_kind kind, uint32_t fourcc, uint64_t modifier);

#endif
