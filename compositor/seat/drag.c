/* SPDX-License-Identifier: MIT */
/* Drag and drop. */
#include "compositor/seat/drag.h"

#include <wayland-server-protocol.h>

#include "base/list.h"
#include "compositor/layout.h"
#include "compositor/seat/data_offer.h"
#include "compositor/seat/data_source.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"

bool drag_has_pointer(const struct drag *drag)
{
	return drag->client && !drag->contact;
}

bool drag_has_contact(const struct drag *drag, const struct touch_contact *contact)
{
	return drag->client && drag->contact == contact;
}

/* -- over whose window it is -- */

/* The newest: a client has one for each seat. NULL: it has none. */
static struct wl_resource *drag_find_device(const struct drag *drag, const struct wl_client *client)
{
	struct wl_resource *device;

	wl_resource_for_each(device, &drag->seat->data_devices)
	{
		if (wl_resource_get_client(device) == client)
			return device;
	}
	return NULL;
}

/* Whom it was over hears of it no more. */
static void drag_forget_device(struct drag *drag)
{
	drag->device = NULL;
	if (drag->source && drag->source->dragged)
		data_offer_leave(drag->source->dragged);
}

static void drag_leave(struct drag *drag)
{
	if (drag->device)
		wl_data_device_send_leave(drag->device);
	drag_forget_device(drag);
	surface_reference_set(&drag->focus, NULL);
}

static void drag_enter(struct drag *drag, struct surface *surface, double x, double y)
{
	struct wl_client *client = wl_resource_get_client(surface->resource);
	struct wl_resource *device = drag_find_device(drag, client);
	const struct data_offer *offer = NULL;

	surface_reference_set(&drag->focus, surface);
	if (device && drag->source)
		offer = data_offer_create(drag->source, device, DATA_OFFER_DRAGGED);
	if (!device || (drag->source && !offer))
		return;
	drag->device = device;
	wl_data_device_send_enter(device, seat_next_serial(drag->seat, client), surface->resource,
		wl_fixed_from_double(x), wl_fixed_from_double(y), offer ? offer->resource : NULL);
}

/* true: it is another one's, who was told where. */
static bool drag_choose(struct drag *drag)
{
	double x, y;
	struct surface *surface = layout_at(drag->seat->server, drag->x, drag->y, &x, &y);

	if (surface && !drag->source && wl_resource_get_client(surface->resource) != drag->client)
		surface = NULL;
	/* A surface that is gone is no focus any more, and its client was not told. */
	if (surface == drag->focus.surface && (surface || !drag->device))
		return false;
	drag_leave(drag);
	if (surface)
		drag_enter(drag, surface, x, y);
	return true;
}

void drag_update(struct drag *drag)
{
	if (!drag->client)
		return;
	if (drag_has_pointer(drag)) {
		drag->x = drag->seat->pointer.x;
		drag->y = drag->seat->pointer.y;
	}
	drag_icon_move(&drag->icon, drag->x, drag->y);
	drag_choose(drag);
}

void drag_move(struct drag *drag, uint32_t time_ms, double x, double y)
{
	double surface_x, surface_y;

	drag->x = x;
	drag->y = y;
	drag_icon_move(&drag->icon, x, y);
	if (!drag_choose(drag) && drag->device &&
		layout_locate(drag->focus.surface, &surface_x, &surface_y))
		wl_data_device_send_motion(drag->device, time_ms,
			wl_fixed_from_double(x - surface_x), wl_fixed_from_double(y - surface_y));
	server_flush(drag->seat->server);
}

/* -- its end -- */

static void drag_end(struct drag *drag)
{
	drag_leave(drag);
	drag_icon_drop(&drag->icon);
	if (drag->source)
		drag->source->drag = NULL;
	drag->source = NULL;
	drag->contact = NULL;
	drag->client = NULL;
	wl_list_remove(&drag->client_gone.link);
	seat_schedule_update(drag->seat);
	server_flush(drag->seat->server);
}

void drag_cancel(struct drag *drag)
{
	struct data_source *source = drag->source;

	if (!drag->client)
		return;
	drag_end(drag);
	if (source)
		data_source_cancel_drag(source);
}

/* Without a source it is its client's own business whether it takes it. */
void drag_drop(struct drag *drag)
{
	struct data_source *source = drag->source;

	if (source && !data_offer_is_taken(source->dragged)) {
		drag_cancel(drag);
		return;
	}
	if (drag->device)
		wl_data_device_send_drop(drag->device);
	if (source) {
		data_offer_drop(source->dragged);
		source->drag = NULL;
		drag->source = NULL;
	}
	drag_end(drag);
}

void drag_source_gone(struct drag *drag)
{
	drag->source = NULL;
	drag_end(drag);
}

void drag_device_gone(struct drag *drag, const struct wl_resource *device)
{
	if (drag->device == device)
		drag_forget_device(drag);
}

static void drag_handle_client_gone(struct wl_listener *listener, void *data)
{
	drag_cancel(container_of(listener, struct drag, client_gone));
}

/* -- its beginning -- */

/* By which finger, or the pointer (NULL). false: the client has neither. */
static bool drag_find_grab(
	const struct drag *drag, const struct drag_request *request, struct touch_contact **contact)
{
	struct seat *seat = drag->seat;

	*contact = touch_find_grab(&seat->touch, request->origin, request->serial);
	return *contact || pointer_has_grab(&seat->pointer, request->origin, request->serial);
}

void drag_start(struct drag *drag, const struct drag_request *request)
{
	struct touch_contact *contact;

	if (drag->client || !drag_find_grab(drag, request, &contact)) {
		if (request->source)
			data_source_cancel_drag(request->source);
		return;
	}
	if (request->icon && !drag_icon_set(&drag->icon, request->device, request->icon))
		return;
	drag->client = wl_resource_get_client(request->device);
	wl_client_add_destroy_listener(drag->client, &drag->client_gone);
	drag->source = request->source;
	if (drag->source)
		drag->source->drag = drag;
	drag->contact = contact;
	if (contact) {
		drag->x = contact->x;
		drag->y = contact->y;
		surface_reference_set(&contact->surface, NULL);
	} else {
		pointer_let_go(&drag->seat->pointer);
	}
	drag_update(drag);
	seat_schedule_update(drag->seat);
}

void drag_init(struct drag *drag, struct seat *seat)
{
	drag->seat = seat;
	drag->client_gone.notify = drag_handle_client_gone;
	drag_icon_init(&drag->icon, seat->server);
}
