/* SPDX-License-Identifier: MIT */
/* An output's picture, by pixman. */
#include "compositor/paint/paint.h"

#include <math.h>
#include <wayland-server-protocol.h>

#include "base/clock.h"
#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/surface/surface.h"
#include "compositor/surface/surface_state.h"
#include "compositor/shell/toplevel.h"

struct paint {
	struct output *output;
	uint32_t now_ms;
};

/*
 * Where in a buffer of the client's what is at (x, y) of its turned picture of
 * width x height comes from: weston's clients and the protocol agree that 90 is
 * counter-clockwise. Rows of (xx, xy, x0 in widths, x0 in heights; yx, …).
 */
static const struct turn {
	int8_t xx, xy, xw, xh, yx, yy, yw, yh;
} turns[] = {
	[WL_OUTPUT_TRANSFORM_NORMAL] = { 1, 0, 0, 0, 0, 1, 0, 0 },
	[WL_OUTPUT_TRANSFORM_90] = { 0, 1, 0, 0, -1, 0, 1, 0 },
	[WL_OUTPUT_TRANSFORM_180] = { -1, 0, 1, 0, 0, -1, 0, 1 },
	[WL_OUTPUT_TRANSFORM_270] = { 0, -1, 0, 1, 1, 0, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED] = { -1, 0, 1, 0, 0, 1, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_90] = { 0, 1, 0, 0, 1, 0, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_180] = { 1, 0, 0, 0, 0, -1, 0, 1 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_270] = { 0, -1, 0, 1, -1, 0, 1, 0 },
};

/* From px of the surface's rectangle on the output to px of its buffer. */
static void paint_transform(struct pixman_f_transform *transform, const struct surface *surface,
	const pixman_box32_t *box)
{
	const struct surface_state *state = &surface->current;
	const struct turn *turn = &turns[state->transform];
	double x, y, width, height, whole_width, whole_height;

	surface_source(surface, &x, &y, &width, &height);
	surface_state_buffer_size(state, &whole_width, &whole_height);
	double sx = width / (box->x2 - box->x1), sy = height / (box->y2 - box->y1);
	double scale = state->scale;
	*transform = (struct pixman_f_transform){ {
		{ scale * turn->xx * sx, scale * turn->xy * sy,
			scale * (turn->xx * x + turn->xy * y + turn->xw * whole_width +
					turn->xh * whole_height) },
		{ scale * turn->yx * sx, scale * turn->yy * sy,
			scale * (turn->yx * x + turn->yy * y + turn->yw * whole_width +
					turn->yh * whole_height) },
		{ 0, 0, 1 },
	} };
}

static bool transform_is_whole(const struct pixman_f_transform *transform)
{
	return transform->m[0][0] == 1 && transform->m[0][1] == 0 && transform->m[1][0] == 0 &&
	       transform->m[1][1] == 1 && transform->m[0][2] == floor(transform->m[0][2]) &&
	       transform->m[1][2] == floor(transform->m[1][2]);
}

static void paint_image(pixman_image_t *picture, pixman_image_t *image,
	const struct pixman_f_transform *exact, const pixman_box32_t *box)
{
	struct pixman_transform transform;
	int32_t x = 0, y = 0;

	if (transform_is_whole(exact)) {
		x = exact->m[0][2];
		y = exact->m[1][2];
	} else {
		if (!pixman_transform_from_pixman_f_transform(&transform, exact))
			return;
		pixman_image_set_transform(image, &transform);
		pixman_image_set_filter(image, PIXMAN_FILTER_BILINEAR, NULL, 0);
		pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
	}
	pixman_image_composite32(PIXMAN_OP_OVER, image, NULL, picture, x, y, 0, 0, box->x1, box->y1,
		box->x2 - box->x1, box->y2 - box->y1);
}

static void paint_tell(struct paint *paint, struct surface_state *state)
{
	struct wl_resource *frame, *tmp;

	wl_resource_for_each_safe(frame, tmp, &state->frames)
	{
		wl_callback_send_done(frame, paint->now_ms);
		wl_resource_destroy(frame);
	}
	while (!list_empty(&state->feedbacks)) {
		struct list *link = state->feedbacks.next;
		list_remove(link);
		list_append(&paint->output->feedbacks, link);
	}
}

static void paint_surface(struct surface *surface, int32_t x, int32_t y, void *data)
{
	struct paint *paint = data;
	double scale = paint->output->scale_120 / 120.0;
	pixman_box32_t box = {
		.x1 = round(x * scale),
		.y1 = round(y * scale),
		.x2 = round((x + surface->width) * scale),
		.y2 = round((y + surface->height) * scale),
	};
	struct pixman_f_transform transform;

	paint_tell(paint, &surface->current);
	if (box.x2 <= box.x1 || box.y2 <= box.y1)
		return;
	paint_transform(&transform, surface, &box);
	pixman_image_t *image = buffer_begin(surface->current.buffer);
	if (!image)
		return;
	paint_image(paint->output->picture, image, &transform, &box);
	buffer_end(surface->current.buffer, image);
}

void paint_output(struct output *output, pixman_region32_t *damage)
{
	static const pixman_color_t black = { 0, 0, 0, 0xffff };
	struct paint paint = { .output = output, .now_ms = clock_now_ns() / NSEC_PER_MSEC };
	const struct toplevel *top = layout_top(output);
	int n;
	const pixman_box32_t *boxes = pixman_region32_rectangles(damage, &n);
	int32_t x, y;

	pixman_image_fill_boxes(PIXMAN_OP_SRC, output->picture, &black, n, boxes);
	if (!top)
		return;
	layout_corner(top, &x, &y);
	pixman_image_set_clip_region32(output->picture, damage);
	surface_walk(top->surface, x, y, paint_surface, &paint);
	pixman_image_set_clip_region32(output->picture, NULL);
}
