/* SPDX-License-Identifier: MIT */
/* A head's cursor over its window. */
#include "backends/wayland/cursor.h"

#include <stddef.h>

#include "backends/wayland/buffer.h"

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

void cursor_move(struct cursor *cursor, int32_t x, int32_t y)
{
	if (cursor->x == x && cursor->y == y)
		return;
	cursor->x = x;
	cursor->y = y;
	cursor->moved = true;
}

bool cursor_wants_commit(const struct cursor *cursor)
{
	bool changed = cursor->pending || (cursor->moved && cursor->import);

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

	if (cursor->import) {
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
}
