/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_FEEDBACK_H
#define WAYLAND_FEEDBACK_H

/*
 * What became of the frames of a window: presentation-time's feedback, kept until it
 * is said. A compositor that never answers costs a few objects.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

#define FEEDBACKS_MAX 8

struct globals;
struct presenter;
struct wl_surface;

enum feedback_state {
	FEEDBACK_STATE_PENDING,
	FEEDBACK_STATE_PRESENTED,
	FEEDBACK_STATE_DISCARDED,
};

struct feedback {
	struct list link; /* of feedbacks.all */
	struct feedbacks *feedbacks;
	enum feedback_state state;
	int64_t flush_ns;     /* the frame's */
	int64_t presented_ns; /* CLOCK_MONOTONIC; 0: unknown */
	struct wp_presentation_feedback *object; /* while it is pending */
};

struct feedbacks {
	struct presenter *presenter;
	struct list all; /* oldest first */
	unsigned n;
};

void feedbacks_init(struct feedbacks *feedbacks, struct presenter *presenter);
/* The window is gone: what was not presented is discarded. */
void feedbacks_drop(struct feedbacks *feedbacks);
void feedbacks_finish(struct feedbacks *feedbacks);

/*
 * A new frame is in the commit that comes next on the surface. Where the compositor
 * cannot tell, or is not asked, it counts as presented.
 */
void feedbacks_add(struct feedbacks *feedbacks, const struct globals *globals,
	struct wl_surface *surface, int64_t flush_ns);
/* One whose fate is known, and no longer among them; or false. */
bool feedbacks_take(struct feedbacks *feedbacks, struct feedback *taken);

#endif
