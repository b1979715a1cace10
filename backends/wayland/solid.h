/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SOLID_H
#define WAYLAND_SOLID_H

/*
 * A buffer of one colour: behind a picture that does not fill its window, and in
 * place of one that is not there. One pixel where the compositor can scale.
 */

#include <stdint.h>

struct connection;
struct wl_buffer;

struct solid {
	struct wl_buffer *wl_buffer; /* NULL: none yet */
	struct wl_buffer *retired;   /* until the surface has the other */
	uint32_t colour;             /* a8r8g8b8 */
	int32_t width_px, height_px;
};

/* Makes it fit a surface of that size. 0 or negative errno. */
int solid_set(struct solid *solid, struct connection *connection, uint32_t colour, int32_t width_px,
	int32_t height_px);
/* After the commit that showed what solid_set returned last. */
void solid_settle(struct solid *solid);
void solid_finish(struct solid *solid);

#endif
