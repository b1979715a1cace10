/* SPDX-License-Identifier: MIT */
/* A head's window: its life, and what it should show. */
#include "backends/wayland/window.h"

#include <errno.h>
#include <stdio.h>

#include "backends/wayland/buffer.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/window_commit.h"
#include "protocol/limits.h"

#include "fractional-scale-v1-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define REFRESH_MHZ 60000
#define SCALE_MIN 30   /* a compositor's word is not taken for less, */
#define SCALE_MAX 1920 /* or for more */
#define NSEC_MHZ INT64_C(1000000000000) /* ns of a beat times its mHz */

static void window_handle_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct window *window = data;

	window->next.serial = serial;
	window->next.pending = true;
	if (window->state == WINDOW_STATE_WAITING)
		window->state = WINDOW_STATE_OPEN;
	presenter_arm_commit(window->presenter);
}

static const struct xdg_surface_listener xdg_surface_listener = {
	.configure = window_handle_configure,
};

static bool state_is_pinned(uint32_t state)
{
	switch (state) {
	case XDG_TOPLEVEL_STATE_MAXIMIZED:
	case XDG_TOPLEVEL_STATE_FULLSCREEN:
	case XDG_TOPLEVEL_STATE_TILED_LEFT:
	case XDG_TOPLEVEL_STATE_TILED_RIGHT:
	case XDG_TOPLEVEL_STATE_TILED_TOP:
	case XDG_TOPLEVEL_STATE_TILED_BOTTOM:
		return true;
	}
	return false;
}

static void window_handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel,
	int32_t width, int32_t height, struct wl_array *states)
{
	struct window *window = data;
	const uint32_t *state;

	window->next.width = width;
	window->next.height = height;
	window->next.pinned = window->next.fullscreen = false;
	wl_array_for_each(state, states)
	{
		if (state_is_pinned(*state))
			window->next.pinned = true;
		if (*state == XDG_TOPLEVEL_STATE_FULLSCREEN)
			window->next.fullscreen = true;
	}
}

static void window_handle_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;

	window->state = WINDOW_STATE_CLOSING;
	presenter_arm_commit(window->presenter);
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = window_handle_toplevel_configure,
	.close = window_handle_close,
};

static void window_handle_beat(struct loop_timer *timer)
{
	struct window *window = container_of(timer, struct window, beat);

	window->beats = false;
	if (window->state == WINDOW_STATE_OPEN)
		return;
	frame_end(&window->frame);
	frame_end(&window->cursor.frame);
}

/* A frame began: without a window, the screen's beat answers it. */
static void window_need_beat(struct window *window)
{
	if (window->state == WINDOW_STATE_OPEN || window->beats)
		return;
	window->beats = true;
	loop_timer_set(&window->beat, window->period_ns);
}

int window_init(struct window *window, struct presenter *presenter, uint32_t head,
	const struct presenter_head_config *config)
{
	*window = (struct window){
		.presenter = presenter,
		.head = head,
		.scale = LAYOUT_SCALE_ONE,
		.head_width = 1,
		.head_height = 1,
	};
	window_set_mode(window, config);
	frame_init(&window->frame, presenter);
	notice_init(&window->notice, &presenter->cover);
	cursor_init(&window->cursor, presenter);
	feedbacks_init(&window->feedbacks, presenter);
	return loop_timer_init(&window->beat, presenter->loop, window_handle_beat);
}

void window_finish(struct window *window)
{
	loop_timer_finish(&window->beat);
	notice_finish(&window->notice);
	feedbacks_finish(&window->feedbacks);
}

void window_set_title(struct window *window, const char *more)
{
	char text[LIMIT_NAME + 80];

	snprintf(text, sizeof(text), "%s head %u%s", window->presenter->guest, window->head, more);
	xdg_toplevel_set_title(window->toplevel, text);
}

static void window_set_names(struct window *window)
{
	char text[LIMIT_NAME + 40];

	window_set_title(window, "");
	snprintf(text, sizeof(text), "mullion.%s.%u", window->presenter->guest, window->head);
	xdg_toplevel_set_app_id(window->toplevel, text);
}

/* A frame with the title on it, if the compositor draws one; we never do. */
static void window_decorate(struct window *window, struct zxdg_decoration_manager_v1 *manager)
{
	window->decoration =
		zxdg_decoration_manager_v1_get_toplevel_decoration(manager, window->toplevel);
	if (window->decoration)
		zxdg_toplevel_decoration_v1_set_mode(
			window->decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

static void window_handle_scale(
	void *data, struct wp_fractional_scale_v1 *fractional, uint32_t scale)
{
	struct window *window = data;

	if (scale < SCALE_MIN || scale > SCALE_MAX || scale == window->scale)
		return;
	window->scale = scale;
	window->relayout = true;
	window_tell_size(window);
	presenter_arm_commit(window->presenter);
}

static const struct wp_fractional_scale_v1_listener fractional_listener = {
	.preferred_scale = window_handle_scale,
};

/* Of use only where a picture can have any size. */
static void window_learn_scale(struct window *window, struct globals *globals)
{
	if (!globals->viewporter || !globals->fractional_manager)
		return;
	window->fractional = wp_fractional_scale_manager_v1_get_fractional_scale(
		globals->fractional_manager, window->root.surface);
	if (window->fractional)
		wp_fractional_scale_v1_add_listener(
			window->fractional, &fractional_listener, window);
}

static int window_open(struct window *window)
{
	struct connection *connection = &window->presenter->connection;

	int ret = plane_init(&window->root, connection, NULL, true);
	if (ret == 0)
		ret = plane_init(&window->content, connection, &window->root, true);
	if (ret == 0)
		ret = plane_init(&window->notice.plane, connection, &window->root, false);
	if (ret == 0)
		ret = plane_init(&window->cursor.plane, connection, &window->root, false);
	if (ret < 0)
		return ret;
	window->xdg_surface =
		xdg_wm_base_get_xdg_surface(connection->globals.wm_base, window->root.surface);
	if (!window->xdg_surface)
		return -ENOMEM;
	xdg_surface_add_listener(window->xdg_surface, &xdg_surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	if (!window->toplevel)
		return -ENOMEM;
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	window_set_names(window);
	if (connection->globals.decoration_manager)
		window_decorate(window, connection->globals.decoration_manager);
	window_learn_scale(window, &connection->globals);
	window->follows = true;
	window->relayout = window->pending = window->damage_all = true;
	fullscreen_work(&window->fullscreen, window);
	plane_commit(&window->root); /* without a buffer: asks for the first configure */
	window->state = WINDOW_STATE_WAITING;
	return 0;
}

static void window_destroy_surfaces(struct window *window)
{
	if (window->fractional)
		wp_fractional_scale_v1_destroy(window->fractional);
	window->fractional = NULL;
	fullscreen_drop(&window->fullscreen);
	seats_drop_window(&window->presenter->seats, window);
	if (window->decoration)
		zxdg_toplevel_decoration_v1_destroy(window->decoration);
	if (window->toplevel)
		xdg_toplevel_destroy(window->toplevel);
	if (window->xdg_surface)
		xdg_surface_destroy(window->xdg_surface);
	window->decoration = NULL;
	window->toplevel = NULL;
	window->xdg_surface = NULL;
	window->next = (struct window_configure){ 0 };
	window->layout = (struct layout){ 0 };
	cursor_drop(&window->cursor);
	notice_drop(&window->notice);
	plane_finish(&window->content);
	plane_finish(&window->root);
	solid_finish(&window->solid);
	frame_end(&window->frame);
	feedbacks_drop(&window->feedbacks);
	window->scale = LAYOUT_SCALE_ONE;
	if (window->shows == WINDOW_CONTENT_LEFTOVER)
		window->shows = WINDOW_CONTENT_NOTHING;
}

void window_drop(struct window *window)
{
	if (window->state == WINDOW_STATE_CLOSED)
		return;
	if (window->state == WINDOW_STATE_CLOSING) {
		window->closed_due = true;
		presenter_arm_deliver(window->presenter);
	}
	window->state =
		window->state == WINDOW_STATE_CLOSING ? WINDOW_STATE_CLOSED : WINDOW_STATE_NONE;
	window_destroy_surfaces(window);
}

static void window_drop_planes(struct window *window)
{
	presenter_drop_plane(window->presenter, &window->root);
	presenter_drop_plane(window->presenter, &window->content);
	presenter_drop_plane(window->presenter, &window->cursor.plane);
}

static void window_close(struct window *window)
{
	window_drop(window);
	window_drop_planes(window);
}

/* Its head is off. */
static void window_take_away(struct window *window)
{
	if (window->state == WINDOW_STATE_NONE || window->state == WINDOW_STATE_CLOSED)
		return;
	window->state = WINDOW_STATE_NONE;
	window_destroy_surfaces(window);
	window_drop_planes(window);
	window->told_width = window->told_height = 0;
}

/* What is shown has its own size; the placeholder takes the new one at once. */
void window_set_mode(struct window *window, const struct presenter_head_config *mode)
{
	window->period_ns = NSEC_MHZ / (mode->refresh_mhz ? mode->refresh_mhz : REFRESH_MHZ);
	window->off = !mode->width_px;
	if (window->off || window->shows == WINDOW_CONTENT_PICTURE)
		return;
	window->head_width = mode->width_px;
	window->head_height = mode->height_px;
	window->relayout = true;
}

void window_reopen(struct window *window)
{
	if (window->state == WINDOW_STATE_CLOSED)
		window->state = WINDOW_STATE_NONE;
}

void window_show(struct window *window, struct import *import, const struct picture_box *damage,
	int64_t flush_ns)
{
	struct import *previous = window->import;
	const struct picture *picture = import->picture;

	frame_begin(&window->frame);
	window_need_beat(window);
	if (import->failed) {
		frame_end(&window->frame);
		import_update(import);
		return;
	}
	window->damage_all =
		window->damage_all || window->pending || window->shows != WINDOW_CONTENT_PICTURE;
	window->damage = *damage;
	window->flush_ns = flush_ns;
	window->fresh = true;
	window->shows = WINDOW_CONTENT_PICTURE;
	window->import = import;
	window->pending = true;
	if (picture->width_px != window->head_width || picture->height_px != window->head_height) {
		window->head_width = picture->width_px;
		window->head_height = picture->height_px;
		window->relayout = window->damage_all = true;
	}
	if (previous)
		import_update(previous);
}

void window_blank(struct window *window)
{
	struct import *previous = window->import;

	if (window->shows == WINDOW_CONTENT_NOTHING)
		return;
	window->shows = WINDOW_CONTENT_NOTHING;
	window->import = NULL;
	window->pending = true;
	if (previous)
		import_update(previous);
}

void window_notice(struct window *window, const char *text, bool covers)
{
	bool covered = window->notice.covers;

	if (!notice_set(&window->notice, text, covers) || covered == covers)
		return;
	/* The picture goes, or comes back. */
	window->pending = window->damage_all = true;
	if (covers && window->shows == WINDOW_CONTENT_LEFTOVER)
		window->shows = WINDOW_CONTENT_NOTHING;
}

void window_cursor(struct window *window, struct import *import, uint32_t hot_x, uint32_t hot_y)
{
	struct cursor *cursor = &window->cursor;
	struct import *previous = cursor->import;

	frame_begin(&cursor->frame);
	cursor_show(cursor, import && !import->failed ? import : NULL, hot_x, hot_y);
	seats_refresh(&window->presenter->seats, window);
	if (import)
		import_update(import);
	if (previous)
		import_update(previous);
	window_need_beat(window);
}

void window_drop_import(struct window *window, struct import *import)
{
	if (window->import == import) {
		/* What the compositor has, this picture or the one before, stays. */
		bool is_mapped = window->root.mapped;
		window->import = NULL;
		window->shows = is_mapped ? WINDOW_CONTENT_LEFTOVER : WINDOW_CONTENT_NOTHING;
		window->pending = !is_mapped;
	}
	if (window->cursor.import == import) {
		window->cursor.import = NULL;
		window->cursor.pending = true;
		seats_refresh(&window->presenter->seats, window);
	}
}

bool window_has_import(const struct window *window, const struct import *import)
{
	return window->import == import || window->cursor.import == import;
}

void window_work(struct window *window)
{
	if (window->off) {
		window_take_away(window);
		return;
	}
	switch (window->state) {
	case WINDOW_STATE_NONE:
		if (window_open(window) == 0)
			break;
		log_error("guest %s head %u: no memory for its window", window->presenter->guest,
			window->head);
		window->state = WINDOW_STATE_CLOSING;
		window_close(window);
		break;
	case WINDOW_STATE_CLOSED:
		break;
	case WINDOW_STATE_WAITING:
		fullscreen_work(&window->fullscreen, window);
		break;
	case WINDOW_STATE_OPEN:
		if (window_wants_commit(window))
			window_commit(window);
		fullscreen_work(&window->fullscreen, window);
		break;
	case WINDOW_STATE_CLOSING:
		window_close(window);
		break;
	}
}
