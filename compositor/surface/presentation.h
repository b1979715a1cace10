/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_PRESENTATION_H
#define COMPOSITOR_SURFACE_PRESENTATION_H

/* wp_presentation: clients are told when their frames came on the screen. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct output;

struct presentation_feedback {
	struct list link; /* of a surface's state, then of the output's frame under way */
	struct wl_resource *resource;
};

/* When, and how much can be said of it (wp_presentation_feedback.kind). */
struct presentation_time {
	int64_t ns;          /* CLOCK_MONOTONIC */
	uint32_t refresh_ns; /* 0: they are not all as long */
	uint64_t sequence;
	uint32_t flags;
	bool is_at_once; /* no refresh was waited for: the driver has none */
};

extern const struct global presentation_global;
/* Each of the list (of presentation_feedback.link) is told, and gone. */
void presentation_send(
	struct list *feedbacks, const struct output *output, const struct presentation_time *time);
void presentation_discard(struct list *feedbacks);

#endif
