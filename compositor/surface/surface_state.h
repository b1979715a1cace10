/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_SURFACE_STATE_H
#define COMPOSITOR_SURFACE_SURFACE_STATE_H

/* What one commit of a surface brings, on its way from the client to the screen. */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-protocol.h>

#include "base/list.h"
#include "compositor/surface/buffer.h"

/* wp_viewport; without a source (width 0) all of the buffer, without a size its own. */
struct viewport {
	double source_x, source_y, source_width, source_height;
	int32_t width, height;
};

struct surface_state {
	bool is_new;           /* a commit is in it that was not moved on yet */
	bool attached;         /* the buffer is new; NULL: none from now on */
	struct buffer *buffer; /* a reference, and a use unless pending */
	int32_t dx, dy; /* from the corner that was to the one that is; for pictures that hang on
			   something */
	/* Of the commit that brought the buffer; each is owned, or NULL. */
	struct fence *acquire; /* it is drawn once that is signalled */
	struct release *release;
	int32_t scale;
	enum wl_output_transform transform;
	struct viewport viewport;
	bool has_input;           /* false: all of it takes input */
	pixman_region32_t input;  /* what does */
	pixman_region32_t opaque; /* what nothing is seen through, whatever its alpha */
	pixman_region32_t damage, buffer_damage; /* the second in px of the buffer */
	struct wl_list frames;                   /* of wl_callback resources */
	struct list feedbacks;                   /* of presentation_feedback.link */
};

void surface_state_init(struct surface_state *state);
/* The buffer must not be in use. Frame callbacks end unheard, feedbacks are told that the frame was
 * not shown, and who waits for a release is told it. */
void surface_state_finish(struct surface_state *state);
/*
 * What was committed since the last time, if something was. `from` is empty then, but for
 * what stays as it is until the client says otherwise.
 */
void surface_state_move(struct surface_state *to, struct surface_state *from);

/* Further than any screen is no place at all. */
int32_t surface_offset_add(int32_t at, int32_t way);
/* The buffer's size as the client means it: turned, and in its scale. */
void surface_state_buffer_size(const struct surface_state *state, double *width, double *height);

#endif
