/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_SURFACE_STATE_H
#define COMPOSITOR_SURFACE_SURFACE_STATE_H

/* What one commit of a surface brings, on its way from the client to the screen. */

#include "compositor/surface/surface.h"

void surface_state_init(struct surface_state *state);
/* The buffer must not be in use. Frame callbacks end unheard, feedbacks are told that the frame was
 * not shown. */
void surface_state_finish(struct surface_state *state);
/* `from` is empty then, but for what stays as it is until the client says otherwise. */
void surface_state_move(struct surface_state *to, struct surface_state *from);

/* The buffer's size as the client means it: turned, and in its scale. */
void surface_state_buffer_size(const struct surface_state *state, double *width, double *height);

#endif
