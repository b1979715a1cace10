/* SPDX-License-Identifier: MIT */
/* The pointer's picture. */
#include "compositor/seat/cursor.h"

#include <math.h>
#include <wayland-server-protocol.h>

#include "compositor/output.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/surface.h"

#define ARROW_WIDTH 12
#define ARROW_HEIGHT 19

/* 'X' is black, '.' white, the rest is not there. */
static const char *const arrow_rows[ARROW_HEIGHT] = {
	"X           ",
	"XX          ",
	"X.X         ",
	"X..X        ",
	"X...X       ",
	"X....X      ",
	"X.....X     ",
	"X......X    ",
	"X.......X   ",
	"X........X  ",
	"X.........X ",
	"X......XXXXX",
	"X...X..X    ",
	"X..XX..X    ",
	"X.X  X..X   ",
	"XX   X..X   ",
	"X     X..X  ",
	"      X..X  ",
	"       XX   ",
};

static struct buffer *arrow_create(void)
{
	pixman_image_t *image =
		pixman_image_create_bits(PIXMAN_a8r8g8b8, ARROW_WIDTH, ARROW_HEIGHT, NULL, 0);

	if (!image)
		return NULL;
	uint32_t *pixel = pixman_image_get_data(image);
	for (int y = 0; y < ARROW_HEIGHT; y++) {
		for (int x = 0; x < ARROW_WIDTH; x++) {
			char colour = arrow_rows[y][x];
			*pixel++ = colour == 'X' ? 0xff000000 : colour == '.' ? 0xffffffff : 0;
		}
	}
	struct buffer *buffer = buffer_create_picture(image);
	pixman_image_unref(image);
	return buffer;
}

/* -- where it is -- */

static pixman_box32_t cursor_box(const struct cursor *cursor)
{
	const struct seat *seat = cursor->seat;
	const struct surface *surface = cursor->surface.surface;
	int32_t x = floor(seat->pointer.x) - cursor->hot_x;
	int32_t y = floor(seat->pointer.y) - cursor->hot_y;
	int32_t width = surface ? surface->width : 0, height = surface ? surface->height : 0;

	if (cursor->is_arrow && cursor->arrow) {
		width = ARROW_WIDTH;
		height = ARROW_HEIGHT;
	}
	if (!pointer_is_out(&seat->pointer))
		width = height = 0;
	return (pixman_box32_t){ x, y, x + width, y + height };
}

void cursor_update_output(struct cursor *cursor)
{
	const struct pointer *pointer = &cursor->seat->pointer;

	if (cursor->surface.surface)
		surface_set_output(cursor->surface.surface,
			output_at(cursor->seat->server, pointer->x, pointer->y));
}

/* Its picture is another one, or elsewhere. */
static void cursor_show(struct cursor *cursor)
{
	outputs_damage(cursor->seat->server, &cursor->shown);
	cursor->shown = cursor_box(cursor);
	outputs_damage(cursor->seat->server, &cursor->shown);
	cursor_update_output(cursor);
}

void cursor_update(struct cursor *cursor)
{
	pixman_box32_t box = cursor_box(cursor);
	const pixman_box32_t *shown = &cursor->shown;

	if (box.x1 != shown->x1 || box.y1 != shown->y1 || box.x2 != shown->x2 ||
		box.y2 != shown->y2)
		cursor_show(cursor);
}

struct surface *cursor_surface(const struct cursor *cursor)
{
	return cursor->is_arrow ? NULL : cursor->surface.surface;
}

/* -- whose it is -- */

static void cursor_commit(struct surface *surface)
{
	struct cursor *cursor = surface->role_object;

	cursor->hot_x = surface_offset_add(cursor->hot_x, -surface->current.dx);
	cursor->hot_y = surface_offset_add(cursor->hot_y, -surface->current.dy);
	cursor_show(cursor);
}

static void cursor_gone(struct surface *surface)
{
	struct cursor *cursor = surface->role_object;

	surface->role_object = NULL;
	surface_reference_set(&cursor->surface, NULL);
	cursor_show(cursor);
}

static const struct surface_role cursor_role = {
	.name = "a cursor",
	.commit = cursor_commit,
	.gone = cursor_gone,
};

/* The surface keeps its role, and has no effect until it is set again. */
static void cursor_drop_surface(struct cursor *cursor)
{
	struct surface *surface = cursor->surface.surface;

	if (!surface)
		return;
	surface->role_object = NULL;
	surface_set_output(surface, NULL);
	surface_reference_set(&cursor->surface, NULL);
}

void cursor_set(struct cursor *cursor, struct wl_resource *pointer, struct surface *surface,
	int32_t hot_x, int32_t hot_y)
{
	if (surface && surface != cursor->surface.surface &&
		!surface_take_role(surface, &cursor_role, cursor, pointer, WL_POINTER_ERROR_ROLE))
		return;
	if (surface != cursor->surface.surface)
		cursor_drop_surface(cursor);
	surface_reference_set(&cursor->surface, surface);
	cursor->is_arrow = false;
	cursor->hot_x = surface_offset_add(0, hot_x);
	cursor->hot_y = surface_offset_add(0, hot_y);
	cursor_show(cursor);
}

void cursor_set_arrow(struct cursor *cursor)
{
	cursor_drop_surface(cursor);
	cursor->is_arrow = true;
	cursor->hot_x = cursor->hot_y = 0;
	cursor_show(cursor);
}

/* -- life -- */

void cursor_init(struct cursor *cursor, struct seat *seat)
{
	cursor->seat = seat;
	cursor->is_arrow = true;
	cursor->arrow = arrow_create();
}

void cursor_finish(struct cursor *cursor)
{
	buffer_unref(cursor->arrow);
}
