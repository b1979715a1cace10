/* SPDX-License-Identifier: MIT */
/* What a commit brings. */
#include "compositor/surface/surface_state.h"

#include <wayland-server-protocol.h>

#include "compositor/surface/fence.h"
#include "compositor/surface/presentation.h"
#include "compositor/surface/release.h"

void surface_state_init(struct surface_state *state)
{
	*state = (struct surface_state){ .scale = 1 };
	pixman_region32_init(&state->input);
	pixman_region32_init(&state->opaque);
	pixman_region32_init(&state->damage);
	pixman_region32_init(&state->buffer_damage);
	wl_list_init(&state->frames);
	list_init(&state->feedbacks);
}

void surface_state_finish(struct surface_state *state)
{
	struct wl_resource *frame, *tmp;

	wl_resource_for_each_safe(frame, tmp, &state->frames) wl_resource_destroy(frame);
	presentation_discard(&state->feedbacks);
	buffer_unref(state->buffer);
	fence_destroy(state->acquire);
	release_unref(state->release);
	pixman_region32_fini(&state->input);
	pixman_region32_fini(&state->opaque);
	pixman_region32_fini(&state->damage);
	pixman_region32_fini(&state->buffer_damage);
}

static void region_move(pixman_region32_t *to, pixman_region32_t *from)
{
	pixman_region32_union(to, to, from);
	pixman_region32_clear(from);
}

int32_t surface_offset_add(int32_t at, int32_t way)
{
	int64_t sum = (int64_t)at + way;

	return sum < -INT16_MAX ? -INT16_MAX : sum > INT16_MAX ? INT16_MAX : sum;
}

void surface_state_move(struct surface_state *to, struct surface_state *from)
{
	if (!from->is_new)
		return;
	from->is_new = false;
	to->is_new = true;
	/* What was not shown never will be. */
	presentation_discard(&to->feedbacks);
	if (from->attached) {
		buffer_unuse(to->buffer);
		buffer_unref(to->buffer);
		fence_destroy(to->acquire);
		release_unref(to->release);
		to->buffer = from->buffer;
		to->acquire = from->acquire;
		to->release = from->release;
		to->attached = true;
		from->buffer = NULL;
		from->acquire = NULL;
		from->release = NULL;
		from->attached = false;
	}
	to->dx = surface_offset_add(to->dx, from->dx);
	to->dy = surface_offset_add(to->dy, from->dy);
	from->dx = from->dy = 0;
	to->scale = from->scale;
	to->transform = from->transform;
	to->viewport = from->viewport;
	to->has_input = from->has_input;
	pixman_region32_copy(&to->input, &from->input);
	pixman_region32_copy(&to->opaque, &from->opaque);
	region_move(&to->damage, &from->damage);
	region_move(&to->buffer_damage, &from->buffer_damage);
	wl_list_insert_list(to->frames.prev, &from->frames);
	wl_list_init(&from->frames);
	while (!list_empty(&from->feedbacks)) {
		struct list *link = from->feedbacks.next;
		list_remove(link);
		list_append(&to->feedbacks, link);
	}
}

void surface_state_buffer_size(const struct surface_state *state, double *width, double *height)
{
	bool on_side = state->transform & WL_OUTPUT_TRANSFORM_90;

	*width = (double)(on_side ? state->buffer->height_px : state->buffer->width_px) /
		 state->scale;
	*height = (double)(on_side ? state->buffer->width_px : state->buffer->height_px) /
		  state->scale;
}
