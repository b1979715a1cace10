/* SPDX-License-Identifier: MIT */
/* A head's window: its size, its layout, its commits. */
#include "backends/wayland/window_commit.h"

#include "backends/wayland/buffer.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/window.h"
#include "protocol/limits.h"

#include "xdg-shell-client-protocol.h"

#define COLOUR_BARS 0xff000000
#define COLOUR_NOTHING 0xff181818

static int32_t clamp_size(int32_t size, int32_t natural)
{
	if (size <= 0)
		return natural;
	return size < LIMIT_PICTURE_PX ? size : LIMIT_PICTURE_PX;
}

/* Once for each size: a head may have got another mode since. */
void window_tell_size(struct window *window)
{
	int32_t width = window->follows ? 0 : layout_px(window->width, window->scale);
	int32_t height = window->follows ? 0 : layout_px(window->height, window->scale);

	if (width == window->told_width && height == window->told_height)
		return;
	window->told_width = width;
	window->told_height = height;
	window->resized_due = !window->follows;
}

/*
 * Told its own size, the window goes on following its head: some compositors
 * repeat a floating window's size with every change of its state.
 */
static void window_configure(struct window *window)
{
	struct window_configure *next = &window->next;

	if (!next->pending)
		return;
	next->pending = false;
	xdg_surface_ack_configure(window->xdg_surface, next->serial);
	int32_t own_width = layout_logical(window->head_width, window->scale);
	int32_t own_height = layout_logical(window->head_height, window->scale);
	int32_t width = clamp_size(next->width, own_width);
	int32_t height = clamp_size(next->height, own_height);
	int32_t shown_width = window->layout.width, shown_height = window->layout.height;
	bool is_own =
		(next->width <= 0 && next->height <= 0) ||
		(window->follows && width == shown_width && height == shown_height) ||
		(width == own_width && height == own_height);
	window->fullscreen.is_active = next->fullscreen;
	window->follows = !next->pinned && is_own;
	window->width = width;
	window->height = height;
	window->relayout = true;
	window_tell_size(window);
}

static struct layout window_fit(const struct window *window)
{
	bool scales = window->presenter->connection.globals.viewporter;
	uint32_t scale = window->scale;
	int32_t own_width = layout_logical(window->head_width, scale);
	int32_t own_height = layout_logical(window->head_height, scale);

	return layout_fit(window->follows ? own_width : window->width,
		window->follows ? own_height : window->height, window->head_width,
		window->head_height, scale, scales);
}

static void window_set_geometry(struct window *window, const struct layout *layout)
{
	if (layout->width == window->layout.width && layout->height == window->layout.height)
		return;
	xdg_surface_set_window_geometry(window->xdg_surface, 0, 0, layout->width, layout->height);
}

static void window_put_picture(struct window *window, struct plane *plane,
	const struct layout_box *box, struct buffer *buffer)
{
	bool all = window->damage_all || !plane->mapped || plane->buffer == NULL;

	plane_place(plane, box);
	if (window->pending || plane->buffer != buffer)
		plane_attach(plane, buffer, all ? NULL : &window->damage);
}

static void window_put_solid(struct window *window, const struct layout *layout, uint32_t colour)
{
	struct layout_box all = { .width = layout->width, .height = layout->height };

	plane_place(&window->root, &all);
	if (solid_set(&window->solid, &window->presenter->connection, colour, layout->width,
		    layout->height) == 0)
		plane_attach_own(&window->root, window->solid.wl_buffer, window->solid.width_px,
			window->solid.height_px);
}

static void window_put_content(
	struct window *window, const struct layout *layout, struct buffer *buffer)
{
	struct layout_box all = { .width = layout->width, .height = layout->height };
	struct plane *content = &window->content;
	bool boxed = buffer && !layout_is_covered(layout), was_boxed = content->mapped;

	if (boxed)
		window_put_picture(window, content, &layout->picture, buffer);
	else if (was_boxed)
		plane_hide(content, &window->root);
	if (boxed || was_boxed)
		plane_commit(content);
	if (buffer && !boxed)
		window_put_picture(window, &window->root, &all, buffer);
	else
		window_put_solid(window, layout, buffer ? COLOUR_BARS : COLOUR_NOTHING);
}

/* False: a picture is still being imported, nothing can be committed now. */
static bool window_find_buffer(
	struct window *window, const struct layout *layout, struct buffer **buffer)
{
	struct plane *plane = layout_is_covered(layout) ? &window->root : &window->content;

	*buffer = NULL;
	if (window->shows != WINDOW_CONTENT_PICTURE || window->notice.covers)
		return true;
	*buffer = import_get_buffer(window->import, plane, true);
	/* One that failed has been dropped by now. */
	return *buffer || window->shows != WINDOW_CONTENT_PICTURE;
}

void window_commit(struct window *window)
{
	struct buffer *buffer;

	window_configure(window);
	struct layout layout = window_fit(window);
	if (!window_find_buffer(window, &layout, &buffer))
		return;
	/* There is no buffer of it to lay out anew. */
	if (window->relayout && window->shows == WINDOW_CONTENT_LEFTOVER)
		window->shows = WINDOW_CONTENT_NOTHING;
	bool shows_new = window->fresh && buffer;
	if (window->pending || window->relayout) {
		window_set_geometry(window, &layout);
		window_put_content(window, &layout, buffer);
	}
	if (window->relayout || window->pending || window->notice.pending)
		notice_commit(&window->notice, &window->presenter->connection, &layout,
			&window->root, window->scale, !buffer);
	if (window->relayout || window->cursor.pending || window->cursor.moved)
		cursor_commit(&window->cursor, &layout, &window->root);
	if (window->frame.owed)
		frame_request(&window->frame, window->root.surface);
	if (shows_new)
		feedbacks_add(&window->feedbacks, &window->presenter->connection.globals,
			window->root.surface, window->flush_ns);
	plane_commit(&window->root);
	solid_settle(&window->solid);
	notice_settle(&window->notice);

	if (window->relayout)
		seats_refresh(&window->presenter->seats, window);
	window->layout = layout;
	window->pending = window->relayout = window->damage_all = false;
	if (shows_new) {
		window->fresh = false;
		window->committed_due = true;
		window->committed_flush_ns = window->flush_ns;
	}
	presenter_arm_deliver(window->presenter);
}

bool window_wants_commit(const struct window *window)
{
	return window->pending || window->relayout || window->next.pending ||
	       window->notice.pending ||
	       cursor_wants_commit(&window->cursor) ||
	       (window->frame.owed && !window->frame.callback);
}
