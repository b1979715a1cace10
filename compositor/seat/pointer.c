/* SPDX-License-Identifier: MIT */
/* wl_pointer. */
#include "compositor/seat/pointer.h"

#include <wayland-server-protocol.h>

#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/resource.h"
#include "compositor/seat/constraint.h"
#include "compositor/seat/relative_pointer.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/shell/popup.h"
#include "compositor/surface/surface.h"

#define DETENT_120 120

static struct wl_client *pointer_client(const struct pointer *pointer)
{
	const struct surface *focus = pointer->focus.surface;

	return focus ? wl_resource_get_client(focus->resource) : NULL;
}

#define pointer_for_each(resource, pointer, client)                                                \
	wl_resource_for_each(                                                                      \
		resource, &(pointer)->resources) if (wl_resource_get_client(resource) == (client))

static void pointer_send_frame(struct pointer *pointer, const struct wl_client *client)
{
	struct wl_resource *resource;

	pointer_for_each(resource, pointer, client)
	{
		if (wl_resource_get_version(resource) >= WL_POINTER_FRAME_SINCE_VERSION)
			wl_pointer_send_frame(resource);
	}
	server_flush(pointer->seat->server);
}

/* -- whose it is -- */

static void pointer_leave(struct pointer *pointer)
{
	struct wl_client *client = pointer_client(pointer);
	struct wl_resource *resource;

	if (!client)
		return;
	uint32_t serial = seat_next_serial(pointer->seat, client);
	pointer_for_each(resource, pointer, client)
		wl_pointer_send_leave(resource, serial, pointer->focus.surface->resource);
	pointer_send_frame(pointer, client);
}

static bool pointer_locate(const struct pointer *pointer, wl_fixed_t *x, wl_fixed_t *y)
{
	double surface_x, surface_y;

	if (!pointer->focus.surface ||
		!layout_locate(pointer->focus.surface, &surface_x, &surface_y))
		return false;
	*x = wl_fixed_from_double(pointer->x - surface_x);
	*y = wl_fixed_from_double(pointer->y - surface_y);
	return true;
}

static void pointer_enter(struct pointer *pointer, struct surface *surface)
{
	struct wl_resource *resource;
	wl_fixed_t x, y;

	struct wl_client *old = pointer_client(pointer);
	surface_reference_set(&pointer->focus, surface);
	if (pointer_client(pointer) != old || !surface)
		cursor_set_arrow(&pointer->cursor);
	if (!pointer_locate(pointer, &x, &y))
		return;
	struct wl_client *client = pointer_client(pointer);
	pointer->entered = seat_next_serial(pointer->seat, client);
	pointer_for_each(resource, pointer, client)
		wl_pointer_send_enter(resource, pointer->entered, surface->resource, x, y);
	pointer_send_frame(pointer, client);
}

bool pointer_is_out(const struct pointer *pointer)
{
	return pointer->is_out && pointer->seat->n_devices[SEAT_POINTER] > 0;
}

static void pointer_come_out(struct pointer *pointer)
{
	const struct list *outputs = &pointer->seat->server->outputs;

	if (pointer->is_out || list_empty(outputs))
		return;
	const struct output *first = container_of(outputs->next, struct output, link);
	pointer->is_out = true;
	pointer->x = first->x + first->width / 2.0;
	pointer->y = first->y + first->height / 2.0;
}

static struct surface *pointer_find_surface(const struct pointer *pointer)
{
	double x, y;

	if (!pointer_is_out(pointer))
		return NULL;
	if (pointer->n_buttons > 0 && !pointer->is_in_menu)
		return pointer->focus.surface;
	struct surface *found = layout_at(pointer->seat->server, pointer->x, pointer->y, &x, &y);
	if (pointer->n_buttons == 0)
		return found;
	bool is_same = found && wl_resource_get_client(found->resource) == pointer_client(pointer);
	return is_same ? found : pointer->focus.surface;
}

/* true: it is another one's, who was told where. */
static bool pointer_choose(struct pointer *pointer)
{
	struct surface *surface = pointer_find_surface(pointer);

	/* Who hid it may have ended. */
	if (!surface && !pointer->focus.surface && !pointer->cursor.is_arrow &&
		!drag_has_pointer(&pointer->seat->drag))
		cursor_set_arrow(&pointer->cursor);
	if (surface == pointer->focus.surface)
		return false;
	pointer_leave(pointer);
	pointer_enter(pointer, surface);
	return true;
}

static void pointer_keep_in(struct pointer *pointer)
{
	if (pointer->constraint)
		constraint_clamp(pointer->constraint, &pointer->x, &pointer->y);
	outputs_clamp(pointer->seat->server, &pointer->x, &pointer->y);
}

void pointer_update(struct pointer *pointer)
{
	pointer_keep_in(pointer);
	pointer_choose(pointer);
	cursor_update(&pointer->cursor);
}

void pointer_handle_menu(struct pointer *pointer, const struct wl_client *client)
{
	if (pointer_client(pointer) == client)
		pointer->is_in_menu = pointer->n_buttons > 0;
}

/* -- what mice do -- */

void pointer_handle_place(struct pointer *pointer, uint32_t time_ms, double x, double y)
{
	struct wl_resource *resource;
	wl_fixed_t surface_x, surface_y;

	if (constraint_locks(pointer->constraint))
		return;
	pointer->is_out = true;
	pointer->x = x;
	pointer->y = y;
	pointer_keep_in(pointer);
	cursor_update(&pointer->cursor);
	if (drag_has_pointer(&pointer->seat->drag)) {
		drag_move(&pointer->seat->drag, time_ms, pointer->x, pointer->y);
		return;
	}
	if (pointer_choose(pointer) || pointer->swallows ||
		!pointer_locate(pointer, &surface_x, &surface_y))
		return;
	pointer_for_each(resource, pointer, pointer_client(pointer))
		wl_pointer_send_motion(resource, time_ms, surface_x, surface_y);
	pointer_send_frame(pointer, pointer_client(pointer));
}

void pointer_handle_motion(struct pointer *pointer, const struct pointer_motion *motion)
{
	pointer_come_out(pointer);
	struct wl_client *client = pointer_client(pointer);
	if (!pointer->swallows)
		relative_pointer_send(pointer, client, motion);
	if (constraint_locks(pointer->constraint)) {
		pointer_send_frame(pointer, client);
		return;
	}
	pointer_handle_place(
		pointer, motion->time_us / 1000, pointer->x + motion->dx, pointer->y + motion->dy);
}

static void pointer_send_button(
	struct pointer *pointer, uint32_t time_ms, uint32_t button, bool is_down)
{
	struct wl_client *client = pointer_client(pointer);
	struct wl_resource *resource;

	if (!client || pointer->swallows)
		return;
	uint32_t serial = seat_next_serial(pointer->seat, client);
	if (is_down && pointer->n_buttons == 0)
		pointer->pressed = serial;
	pointer_for_each(resource, pointer, client)
		wl_pointer_send_button(resource, serial, time_ms, button, is_down);
	pointer_send_frame(pointer, client);
}

void pointer_handle_button(struct pointer *pointer, uint32_t time_ms, uint32_t button, bool is_down)
{
	bool wakes = idle_wake(&pointer->seat->idle);

	if (is_down && pointer->n_buttons == 0)
		pointer->swallows =
			wakes || popups_take_press(pointer->seat, pointer->focus.surface);
	if (is_down && pointer->n_buttons == 0 && pointer->focus.surface && !pointer->swallows)
		seat_activate(pointer->seat, pointer->focus.surface);
	pointer_send_button(pointer, time_ms, button, is_down);
	if (is_down)
		pointer->n_buttons++;
	else if (pointer->n_buttons > 0)
		pointer->n_buttons--;
	if (pointer->n_buttons == 0) {
		pointer->swallows = pointer->is_in_menu = false;
		if (drag_has_pointer(&pointer->seat->drag))
			drag_drop(&pointer->seat->drag);
		pointer_choose(pointer);
	}
}

bool pointer_has_grab(const struct pointer *pointer, const struct surface *surface, uint32_t serial)
{
	return pointer->n_buttons > 0 && !pointer->swallows && pointer->focus.surface == surface &&
	       pointer->pressed == serial;
}

void pointer_let_go(struct pointer *pointer)
{
	pointer_leave(pointer);
	surface_reference_set(&pointer->focus, NULL);
}

/* -- wheels -- */

/* Whole detents, for those who do not know of parts. */
static int32_t pointer_detents(struct pointer *pointer, uint32_t axis, int32_t v120)
{
	int32_t parts = pointer->parts[axis] + v120;

	pointer->parts[axis] = parts % DETENT_120;
	return parts / DETENT_120;
}

static void pointer_send_axis(struct wl_resource *resource, const struct pointer_scroll *scroll,
	uint32_t axis, int32_t detents)
{
	uint32_t version = wl_resource_get_version(resource);
	double way = scroll->axes[axis].way;
	int32_t v120 = scroll->axes[axis].v120;

	if (version >= WL_POINTER_AXIS_VALUE120_SINCE_VERSION && v120)
		wl_pointer_send_axis_value120(resource, axis, v120);
	else if (version >= WL_POINTER_AXIS_DISCRETE_SINCE_VERSION && detents)
		wl_pointer_send_axis_discrete(resource, axis, detents);
	if (way != 0)
		wl_pointer_send_axis(resource, scroll->time_ms, axis, wl_fixed_from_double(way));
	else if (version >= WL_POINTER_AXIS_STOP_SINCE_VERSION)
		wl_pointer_send_axis_stop(resource, scroll->time_ms, axis);
}

void pointer_handle_scroll(struct pointer *pointer, const struct pointer_scroll *scroll)
{
	struct wl_client *client = pointer_client(pointer);
	struct wl_resource *resource;
	int32_t detents[2] = { 0 };

	if (idle_wake(&pointer->seat->idle) || !client || pointer->swallows)
		return;
	for (uint32_t axis = 0; axis < 2; axis++) {
		if (scroll->axes[axis].is_used)
			detents[axis] = pointer_detents(pointer, axis, scroll->axes[axis].v120);
	}
	pointer_for_each(resource, pointer, client)
	{
		if (wl_resource_get_version(resource) >= WL_POINTER_AXIS_SOURCE_SINCE_VERSION)
			wl_pointer_send_axis_source(resource, scroll->source);
		for (uint32_t axis = 0; axis < 2; axis++) {
			if (scroll->axes[axis].is_used)
				pointer_send_axis(resource, scroll, axis, detents[axis]);
		}
	}
	pointer_send_frame(pointer, client);
}

/* -- life -- */

/* Who drags something with it has its picture yet. */
static bool pointer_is_shown_by(const struct pointer *pointer, const struct wl_client *client)
{
	const struct drag *drag = &pointer->seat->drag;

	return drag_has_pointer(drag) ? drag->client == client : pointer_client(pointer) == client;
}

static void pointer_handle_cursor(struct wl_client *client, struct wl_resource *resource,
	uint32_t serial, struct wl_resource *surface, int32_t hot_x, int32_t hot_y)
{
	struct pointer *pointer = wl_resource_get_user_data(resource);

	if (pointer_is_shown_by(pointer, client) && serial == pointer->entered)
		cursor_set(&pointer->cursor, resource, surface ? surface_of(surface) : NULL, hot_x,
			hot_y);
}

static const struct wl_pointer_interface pointer_requests = {
	.set_cursor = pointer_handle_cursor,
	.release = resource_handle_destroy,
};

static void pointer_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

void pointer_bind(struct pointer *pointer, struct wl_client *client, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = resource_create(client, &wl_pointer_interface, version, id,
		&pointer_requests, pointer, pointer_resource_free);
	wl_fixed_t x, y;

	if (!resource)
		return;
	wl_list_insert(&pointer->resources, wl_resource_get_link(resource));
	if (pointer_client(pointer) != client || !pointer_locate(pointer, &x, &y))
		return;
	wl_pointer_send_enter(resource, pointer->entered, pointer->focus.surface->resource, x, y);
	if (version >= WL_POINTER_FRAME_SINCE_VERSION)
		wl_pointer_send_frame(resource);
}

void pointer_init(struct pointer *pointer, struct seat *seat)
{
	pointer->seat = seat;
	wl_list_init(&pointer->relatives);
	cursor_init(&pointer->cursor, seat);
	wl_list_init(&pointer->resources);
}

void pointer_finish(struct pointer *pointer)
{
	surface_reference_set(&pointer->focus, NULL);
	cursor_finish(&pointer->cursor);
}
