/* SPDX-License-Identifier: MIT */
/* A head's cursor over its window. */
#include "backends/wayland/cursor.h"

#include <stddef.h>

#include "backends/wayland/buffer.h"
#include "base/clock.h"

/* How far from the pointer a guest's cursor may be, and how late, and still follow it. */
#define NEAR_PX 2
#define FOLLOW_NS (200 * NSEC_PER_MSEC)

void cursor_init(struct cursor *cursor, struct presenter *presenter)
{
	*cursor = (struct cursor){ 0 };
	frame_init(&cursor->frame, presenter);
}

void cursor_show(struct cursor *cursor, struct import *import, uint32_t hot_x, uint32_t hot_y)
{
	cursor->import = import;
	cursor->hot_x = hot_x;
	cursor->hot_y = hot_y;
	cursor->pending = true;
}

bool cursor_set_host(struct cursor *cursor, bool is_host)
{
	if (cursor->is_host == is_host)
		return false;
	cursor->is_host = is_host;
	cursor->moved = true;
	return true;
}

void cursor_point(struct cursor *cursor, const struct layout *layout, double x, double y)
{
	const struct layout_box *picture = &layout->picture;

	if (!picture->width || !picture->height)
		return;
	cursor->pointed_ns = clock_now_ns();
	cursor->pointed_x = (x - picture->x) * layout->head_width / picture->width;
	cursor->pointed_y = (y - picture->y) * layout->head_height / picture->height;
}

/* A guest that follows the pointer is where it is, or was a moment ago. */
static bool cursor_follows_pointer(const struct cursor *cursor)
{
	double dx = cursor->x - cursor->pointed_x, dy = cursor->y - cursor->pointed_y;
	bool near = dx >= -NEAR_PX && dx <= NEAR_PX && dy >= -NEAR_PX && dy <= NEAR_PX;

	return near || clock_now_ns() - cursor->pointed_ns < FOLLOW_NS;
}

bool cursor_move(struct cursor *cursor, int32_t x, int32_t y)
{
	if (cursor->x == x && cursor->y == y)
		return false;
	cursor->x = x;
	cursor->y = y;
	if (!cursor->is_host)
		cursor->moved = true;
	else if (!cursor_follows_pointer(cursor))
		return cursor_set_host(cursor, false);
	return false;
}

bool cursor_wants_commit(const struct cursor *cursor)
{
	bool changed = cursor->pending || (cursor->moved && (cursor->import || cursor->is_host));

	return changed && !cursor->frame.callback;
}

static struct layout_cursor cursor_place(const struct cursor *cursor, const struct layout *layout)
{
	const struct picture *picture = cursor->import->picture;

	return layout_cursor(layout, (int64_t)cursor->x - cursor->hot_x,
		(int64_t)cursor->y - cursor->hot_y, picture->width_px, picture->height_px);
}

static void cursor_update(struct cursor *cursor, const struct layout *layout, struct buffer *buffer,
	const struct plane *root)
{
	struct plane *plane = &cursor->plane;
	struct layout_cursor place = { 0 };

	if (buffer)
		place = cursor_place(cursor, layout);
	if (!place.visible) {
		if (plane->mapped)
			plane_hide(plane, root);
		return;
	}
	if (plane->buffer != buffer || cursor->pending)
		plane_attach(plane, buffer, NULL);
	plane_crop(plane, place.x, place.y, place.width, place.height);
	plane_place(plane, &place.box);
}

void cursor_commit(struct cursor *cursor, const struct layout *layout, const struct plane *root)
{
	struct buffer *buffer = NULL;

	if (cursor->import && !cursor->is_host) {
		buffer = import_get_buffer(cursor->import, &cursor->plane, false);
		/* Cleared if it failed, else it will come. */
		if (!buffer && cursor->import)
			return;
	}
	cursor_update(cursor, layout, buffer, root);
	plane_commit(&cursor->plane);
	if (cursor->pending || cursor->moved)
		frame_request(&cursor->frame, root->surface);
	cursor->pending = cursor->moved = false;
}

void cursor_drop(struct cursor *cursor)
{
	plane_finish(&cursor->plane);
	frame_end(&cursor->frame);
	cursor->pending = cursor->import;
	cursor->is_host = false;
}
