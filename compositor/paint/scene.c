/* SPDX-License-Identifier: MIT */
/* What one frame of a screen shows. */
#include "compositor/paint/scene.h"

#include <math.h>
#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/frames.h"
#include "compositor/surface/release.h"
#include "compositor/surface/surface.h"
#include "compositor/surface/surface_state.h"
#include "compositor/turn.h"

/* While it is built. */
struct build {
	struct scene *scene;
	const struct output *output;
	struct pixman_f_transform from_upright, to_upright;
	pixman_box32_t clip; /* px of the framebuffer */
	bool is_cursor;
};

/* From px of a surface's box in the upright picture to px of its buffer. */
static void surface_to_buffer(
	struct pixman_f_transform *matrix, const struct surface *surface, const pixman_box32_t *box)
{
	const struct surface_state *state = &surface->current;
	struct pixman_f_transform turn;
	double x, y, width, height, whole_width, whole_height;

	surface_source(surface, &x, &y, &width, &height);
	surface_state_buffer_size(state, &whole_width, &whole_height);
	double sx = width / (box->x2 - box->x1), sy = height / (box->y2 - box->y1);
	*matrix = (struct pixman_f_transform){ {
		{ sx, 0, x - sx * box->x1 },
		{ 0, sy, y - sy * box->y1 },
		{ 0, 0, 1 },
	} };
	turn_from_upright(&turn, state->transform, whole_width, whole_height);
	pixman_f_transform_multiply(matrix, &turn, matrix);
	pixman_f_transform_scale(matrix, NULL, state->scale, state->scale);
	if (buffer_is_upside_down(state->buffer)) {
		pixman_f_transform_scale(matrix, NULL, 1, -1);
		pixman_f_transform_translate(matrix, NULL, 0, state->buffer->height_px);
	}
}

static bool box_is_empty(const pixman_box32_t *box)
{
	return box->x1 >= box->x2 || box->y1 >= box->y2;
}

static pixman_box32_t box_intersect(const pixman_box32_t *a, const pixman_box32_t *b)
{
	return (pixman_box32_t){
		.x1 = a->x1 > b->x1 ? a->x1 : b->x1,
		.y1 = a->y1 > b->y1 ? a->y1 : b->y1,
		.x2 = a->x2 < b->x2 ? a->x2 : b->x2,
		.y2 = a->y2 < b->y2 ? a->y2 : b->y2,
	};
}

static struct scene_item *scene_add(struct scene *scene)
{
	if (scene->n_items == SCENE_ITEMS_MAX)
		return NULL;
	if (scene->n_items == scene->n_allocated) {
		uint32_t n = scene->n_allocated ? scene->n_allocated * 2 : 8;
		struct scene_item *items = realloc(scene->items, n * sizeof(*items));
		if (!items)
			return NULL;
		scene->items = items;
		scene->n_allocated = n;
	}
	return &scene->items[scene->n_items++];
}

/* A box in the upright picture, and how to get from there to the buffer. */
static void build_add(struct build *build, struct surface *surface, struct buffer *buffer,
	const pixman_box32_t *upright, const struct pixman_f_transform *to_buffer)
{
	pixman_box32_t box = turn_box(&build->from_upright, upright);
	pixman_box32_t clip = box_intersect(&box, &build->clip);
	struct scene_item *item = box_is_empty(&clip) ? NULL : scene_add(build->scene);

	if (!item)
		return;
	*item = (struct scene_item){
		.buffer = buffer_ref(buffer),
		.box = box,
		.clip = clip,
		.surface = surface,
		.release = surface ? surface->current.release : NULL,
		.is_opaque = buffer_is_opaque(buffer) || (surface && surface_is_opaque(surface)),
		.is_cursor = build->is_cursor,
	};
	pixman_f_transform_multiply(&item->to_buffer, to_buffer, &build->to_upright);
}

static void build_surface(struct surface *surface, int32_t x, int32_t y, void *data)
{
	struct build *build = data;
	struct pixman_f_transform to_buffer;
	pixman_box32_t box = output_box_px(build->output, x, y, surface->width, surface->height);

	if (box_is_empty(&box))
		return;
	surface_to_buffer(&to_buffer, surface, &box);
	build_add(build, surface, surface->current.buffer, &box, &to_buffer);
}

/* In px of its own, which clients have as well. */
static void build_buffer(struct build *build, struct buffer *buffer, int32_t x, int32_t y)
{
	pixman_box32_t box =
		output_box_px(build->output, x, y, buffer->width_px, buffer->height_px);
	double sx = (double)buffer->width_px / (box.x2 - box.x1);
	double sy = (double)buffer->height_px / (box.y2 - box.y1);
	const struct pixman_f_transform to_buffer = { {
		{ sx, 0, -box.x1 * sx },
		{ 0, sy, -box.y1 * sy },
		{ 0, 0, 1 },
	} };

	build_add(build, NULL, buffer, &box, &to_buffer);
}

/* In the middle; a larger picture is made as large as the output. */
static void build_picture(struct build *build, struct buffer *buffer)
{
	const pixman_box32_t *all = &build->output->box;
	int32_t width = all->x2 - all->x1, height = all->y2 - all->y1;
	double scale =
		fmax(1, fmax((double)buffer->width_px / width, (double)buffer->height_px / height));
	int32_t x = all->x1 + (width - (int32_t)(buffer->width_px / scale)) / 2;
	int32_t y = all->y1 + (height - (int32_t)(buffer->height_px / scale)) / 2;
	const pixman_box32_t box = {
		x,
		y,
		x + (int32_t)fmax(1, buffer->width_px / scale),
		y + (int32_t)fmax(1, buffer->height_px / scale),
	};
	const struct pixman_f_transform to_buffer = { {
		{ scale, 0, -x * scale },
		{ 0, scale, -y * scale },
		{ 0, 0, 1 },
	} };

	build_add(build, NULL, buffer, &box, &to_buffer);
}

static void build_backdrop(struct build *build)
{
	static const struct pixman_f_transform nowhere = { { { 0 }, { 0 }, { 0, 0, 1 } } };
	const struct backdrop *backdrop = &build->output->backdrop;

	if (backdrop->colour)
		build_add(build, NULL, backdrop->colour, &build->output->box, &nowhere);
	if (backdrop->picture)
		build_picture(build, backdrop->picture);
	if (backdrop->words)
		build_picture(build, backdrop->words);
}

static void build_drag(struct build *build)
{
	const struct output *output = build->output;
	const struct seat *seat = output->screen->server->seat;
	const struct drag_icon *icon = seat ? &seat->drag.icon : NULL;
	int32_t x, y;

	if (!icon || !icon->surface.surface)
		return;
	drag_icon_corner(icon, &x, &y);
	surface_walk(icon->surface.surface, x - output->x, y - output->y, build_surface, build);
}

/* The pointer's picture, the topmost of all. */
static void build_cursor(struct build *build)
{
	const struct output *output = build->output;
	const struct seat *seat = output->screen->server->seat;
	const struct cursor *cursor = seat ? &seat->pointer.cursor : NULL;

	if (!cursor || cursor->shown.x1 == cursor->shown.x2)
		return;
	struct surface *surface = cursor_surface(cursor);
	int32_t x = cursor->shown.x1 - output->x, y = cursor->shown.y1 - output->y;
	build->is_cursor = true;
	if (surface && surface_has_picture(surface))
		build_surface(surface, x, y, build);
	else if (!surface)
		build_buffer(build, cursor->arrow, x, y);
	build->is_cursor = false;
}

static void scene_clear(struct scene *scene)
{
	for (uint32_t i = 0; i < scene->n_items; i++)
		buffer_unref(scene->items[i].buffer);
	scene->n_items = 0;
}

void scene_build(struct scene *scene, const struct screen *screen)
{
	struct build build = { .scene = scene };

	scene_clear(scene);
	screen_from_upright(screen, &build.from_upright);
	pixman_f_transform_invert(&build.to_upright, &build.from_upright);
	list_for_each (build.output, &screen->outputs, screen_link) {
		build.clip = turn_box(&build.from_upright, &build.output->box);
		build_backdrop(&build);
		layout_walk(build.output, build_surface, &build);
		build_drag(&build);
		build_cursor(&build);
	}
}

void scene_wait(const struct scene *scene, int fence_fd)
{
	for (uint32_t i = 0; i < scene->n_items; i++)
		release_wait(scene->items[i].release, fence_fd);
}

static void surface_tell(struct surface *surface, int64_t now_ns)
{
	struct surface_state *state = &surface->current;

	frames_begin(surface, now_ns);
	while (surface->output && !list_empty(&state->feedbacks)) {
		struct list *link = state->feedbacks.next;
		list_remove(link);
		list_append(&surface->output->feedbacks, link);
	}
}

void scene_tell(struct scene *scene, int64_t now_ns)
{
	for (uint32_t i = 0; i < scene->n_items; i++) {
		if (scene->items[i].surface)
			surface_tell(scene->items[i].surface, now_ns);
	}
}

void scene_init(struct scene *scene)
{
	*scene = (struct scene){ 0 };
}

void scene_finish(struct scene *scene)
{
	scene_clear(scene);
	free(scene->items);
	*scene = (struct scene){ 0 };
}
