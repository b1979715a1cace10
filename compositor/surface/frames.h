/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_FRAMES_H
#define COMPOSITOR_SURFACE_FRAMES_H

/*
 * Frame callbacks (wl_surface.frame): when clients are asked to draw. Who draws quickly is
 * asked when the frame came on the screen, and is in the next one, as new as can be; who
 * does not is asked when the frame was begun, and has a whole refresh to be in the next.
 */

#include <stdint.h>
#include <wayland-server-core.h>

struct output;
struct surface;

struct frames {
	int64_t asked_ns; /* when it was; 0: it draws already, or is asked with its output */
	int64_t draw_ns;  /* the most that it took lately from there to its commit; 0: not known */
};

/* Its picture is in a frame that begins. */
void frames_begin(struct surface *surface, int64_t now_ns);
/* That came on the screen, or never will. */
void frames_shown(struct output *output, int64_t now_ns);
/* Its next picture came. */
void frames_drawn(struct surface *surface, int64_t now_ns);
/* All of a list (of wl_callback resources) are asked. */
void frames_ask(struct wl_list *callbacks, int64_t now_ns);

#endif
