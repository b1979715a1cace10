/* SPDX-License-Identifier: MIT */
/* The pointer over a head, and its cursor. */
#include "backends/wayland/seat.h"

#include <stddef.h>
#include <wayland-client.h>

#include "backends/wayland/buffer.h"
#include "backends/wayland/painting.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/shm_buffer.h"

#define SEAT_VERSION 5 /* with release */

void seat_init(struct seat *seat, struct presenter *presenter)
{
	*seat = (struct seat){ .presenter = presenter };
}

/* -- the pointer -- */

static void seat_leave(struct seat *seat)
{
	if (seat->focus)
		cursor_set_host(&seat->focus->cursor, false);
	seat->focus = NULL;
	presenter_arm_commit(seat->presenter);
}

static void seat_point(struct seat *seat, wl_fixed_t x, wl_fixed_t y)
{
	struct window *window = seat->focus;

	if (!window)
		return;
	cursor_point(&window->cursor, &window->layout, wl_fixed_to_double(x),
		wl_fixed_to_double(y));
	if (cursor_set_host(&window->cursor, true))
		seat_touch(seat, window);
}

static void pointer_handle_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct seat *seat = data;

	seat_leave(seat);
	seat->focus = presenter_find_surface(seat->presenter, surface);
	seat->enter_serial = serial;
	seat->pending = true;
	seat_point(seat, x, y);
}

static void pointer_handle_leave(
	void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface)
{
	seat_leave(data);
}

static void pointer_handle_motion(
	void *data, struct wl_pointer *pointer, uint32_t time_ms, wl_fixed_t x, wl_fixed_t y)
{
	seat_point(data, x, y);
}

static void pointer_handle_button(void *data, struct wl_pointer *pointer, uint32_t serial,
	uint32_t time_ms, uint32_t button, uint32_t state)
{
}

static void pointer_handle_axis(
	void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis, wl_fixed_t value)
{
}

static void pointer_handle_frame(void *data, struct wl_pointer *pointer)
{
}

static void pointer_handle_axis_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
}

static void pointer_handle_axis_stop(
	void *data, struct wl_pointer *pointer, uint32_t time_ms, uint32_t axis)
{
}

static void pointer_handle_axis_discrete(
	void *data, struct wl_pointer *pointer, uint32_t axis, int32_t discrete)
{
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = pointer_handle_enter,
	.leave = pointer_handle_leave,
	.motion = pointer_handle_motion,
	.button = pointer_handle_button,
	.axis = pointer_handle_axis,
	.frame = pointer_handle_frame,
	.axis_source = pointer_handle_axis_source,
	.axis_stop = pointer_handle_axis_stop,
	.axis_discrete = pointer_handle_axis_discrete,
};

static void seat_drop_pointer(struct seat *seat)
{
	seat_leave(seat);
	if (seat->pointer)
		wl_pointer_release(seat->pointer);
	seat->pointer = NULL;
	if (seat->plane.surface) {
		plane_finish(&seat->plane);
		presenter_drop_plane(seat->presenter, &seat->plane);
	}
	if (seat->arrow)
		wl_buffer_destroy(seat->arrow);
	seat->arrow = NULL;
}

/* -- the seat -- */

static void seat_handle_capabilities(void *data, struct wl_seat *wl_seat, uint32_t capabilities)
{
	struct seat *seat = data;
	bool has_pointer = capabilities & WL_SEAT_CAPABILITY_POINTER;

	if (!has_pointer)
		seat_drop_pointer(seat);
	if (!has_pointer || seat->pointer)
		return;
	seat->pointer = wl_seat_get_pointer(wl_seat);
	if (seat->pointer)
		wl_pointer_add_listener(seat->pointer, &pointer_listener, seat);
}

static void seat_handle_name(void *data, struct wl_seat *wl_seat, const char *name)
{
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = seat_handle_capabilities,
	.name = seat_handle_name,
};

void seat_finish(struct seat *seat)
{
	seat_drop_pointer(seat);
	if (seat->wl_seat)
		wl_seat_release(seat->wl_seat);
	seat_init(seat, seat->presenter);
}

void seat_add(struct seat *seat, struct wl_registry *registry, uint32_t global, uint32_t version)
{
	if (seat->wl_seat || version < SEAT_VERSION)
		return;
	seat->wl_seat = wl_registry_bind(registry, global, &wl_seat_interface, SEAT_VERSION);
	if (!seat->wl_seat)
		return;
	seat->global = global;
	wl_seat_add_listener(seat->wl_seat, &seat_listener, seat);
	presenter_seat_changed(seat->presenter);
}

void seat_remove(struct seat *seat, uint32_t global)
{
	if (!seat->wl_seat || seat->global != global)
		return;
	presenter_seat_going(seat->presenter);
	seat_finish(seat);
}

/* -- the cursor -- */

void seat_touch(struct seat *seat, const struct window *window)
{
	if (seat->focus != window)
		return;
	seat->pending = true;
	presenter_arm_commit(seat->presenter);
}

void seat_drop_window(struct seat *seat, const struct window *window)
{
	if (seat->focus == window)
		seat_leave(seat);
}

static void seat_set_cursor(struct seat *seat, const struct cursor *cursor, struct buffer *buffer)
{
	const struct layout *layout = &seat->focus->layout;
	const struct picture *picture = cursor->import->picture;
	struct layout_box box = layout_scaled(layout, picture->width_px, picture->height_px);
	struct layout_box hot = layout_scaled(layout, cursor->hot_x, cursor->hot_y);

	box.width = box.width ? box.width : 1;
	box.height = box.height ? box.height : 1;
	plane_attach(&seat->plane, buffer, NULL);
	plane_place(&seat->plane, &box);
	wl_pointer_set_cursor(seat->pointer, seat->enter_serial, seat->plane.surface, hot.width,
		hot.height);
	plane_commit(&seat->plane);
}

/* The compositor's own pointer cannot be asked for. False: there is no memory for one. */
static bool seat_make_arrow(struct seat *seat, uint32_t scale)
{
	struct painting painting;

	if (seat->arrow && seat->arrow_scale == scale)
		return true;
	painting_init(&painting);
	if (painting_draw_arrow(&painting, scale) < 0)
		return false;
	struct wl_buffer *arrow = shm_buffer_create(seat->presenter->connection.globals.shm,
		painting.fd, WL_SHM_FORMAT_ARGB8888, painting.width_px, painting.height_px);
	painting_finish(&painting);
	if (!arrow)
		return false;
	if (seat->arrow) /* of another scale; what the surface has is replaced at once */
		wl_buffer_destroy(seat->arrow);
	seat->arrow = arrow;
	seat->arrow_scale = scale;
	seat->arrow_width_px = painting.width_px;
	seat->arrow_height_px = painting.height_px;
	return true;
}

static void seat_set_arrow(struct seat *seat)
{
	uint32_t scale = seat->focus->scale;

	if (!seat_make_arrow(seat, scale)) {
		wl_pointer_set_cursor(seat->pointer, seat->enter_serial, NULL, 0, 0);
		return;
	}
	struct layout_box box = {
		.width = layout_logical(seat->arrow_width_px, scale),
		.height = layout_logical(seat->arrow_height_px, scale),
	};
	plane_attach_own(&seat->plane, seat->arrow, seat->arrow_width_px, seat->arrow_height_px);
	plane_place(&seat->plane, &box);
	wl_pointer_set_cursor(
		seat->pointer, seat->enter_serial, seat->plane.surface, 0, 0);
	plane_commit(&seat->plane);
}

/* Of a cursor that the guest moves itself there is one only, in the window. */
void seat_work(struct seat *seat)
{
	struct cursor *cursor = seat->focus ? &seat->focus->cursor : NULL;
	struct buffer *buffer = NULL;

	if (!seat->pending || !cursor || !seat->pointer)
		return;
	if (!seat->plane.surface &&
		plane_init(&seat->plane, &seat->presenter->connection, NULL, false) < 0)
		return;
	if (cursor->is_host && cursor->import) {
		buffer = import_get_buffer(cursor->import, &seat->plane, false);
		/* Cleared if it failed, else it will come. */
		if (!buffer && cursor->import)
			return;
	}
	if (buffer)
		seat_set_cursor(seat, cursor, buffer);
	else if (cursor->is_host)
		seat_set_arrow(seat);
	else
		wl_pointer_set_cursor(seat->pointer, seat->enter_serial, NULL, 0, 0);
	seat->pending = false;
}
