/* SPDX-License-Identifier: MIT */
/* wl_data_device_manager and wl_data_device. */
#include "compositor/seat/data_device.h"

#include <wayland-server-protocol.h>

#include "compositor/global.h"
#include "compositor/resource.h"
#include "compositor/seat/data_offer.h"
#include "compositor/seat/data_source.h"
#include "compositor/seat/drag.h"
#include "compositor/seat/seat.h"
#include "compositor/surface/surface.h"

#define DATA_DEVICE_VERSION 3

/* -- what was copied -- */

static void clipboard_tell_device(struct clipboard *clipboard, struct wl_resource *device)
{
	const struct data_offer *offer =
		clipboard->source ? data_offer_create(clipboard->source, device, DATA_OFFER_COPIED)
				  : NULL;

	wl_data_device_send_selection(device, offer ? offer->resource : NULL);
}

void clipboard_tell(struct clipboard *clipboard, const struct wl_client *client)
{
	struct wl_resource *device;

	wl_resource_for_each(device, &clipboard->seat->data_devices)
	{
		if (wl_resource_get_client(device) == client)
			clipboard_tell_device(clipboard, device);
	}
}

static void clipboard_set(struct clipboard *clipboard, struct data_source *source)
{
	struct data_source *old = clipboard->source;

	if (old == source)
		return;
	if (old) {
		old->clipboard = NULL;
		wl_data_source_send_cancelled(old->resource);
	}
	clipboard->source = source;
	if (source)
		source->clipboard = clipboard;
	clipboard_tell(clipboard, keyboard_client(&clipboard->seat->keyboard));
}

void clipboard_source_gone(struct clipboard *clipboard)
{
	clipboard->source = NULL;
	clipboard_tell(clipboard, keyboard_client(&clipboard->seat->keyboard));
}

void clipboard_init(struct clipboard *clipboard, struct seat *seat)
{
	clipboard->seat = seat;
}

/* -- wl_data_device -- */

/* false: it was used before, and the client was told. */
static bool source_take(struct data_source *source)
{
	if (source && source->is_used) {
		wl_resource_post_error(source->resource, WL_DATA_SOURCE_ERROR_INVALID_SOURCE,
			"a source is for one use");
		return false;
	}
	if (source)
		source->is_used = true;
	return true;
}

static void device_handle_drag(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *source, struct wl_resource *origin, struct wl_resource *icon,
	uint32_t serial)
{
	struct seat *seat = wl_resource_get_user_data(resource);
	const struct drag_request request = {
		.device = resource,
		.source = source ? data_source_of(source) : NULL,
		.origin = surface_of(origin),
		.icon = icon ? surface_of(icon) : NULL,
		.serial = serial,
	};

	if (source_take(request.source))
		drag_start(&seat->drag, &request);
}

static void device_handle_selection(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *source_resource, uint32_t serial)
{
	struct seat *seat = wl_resource_get_user_data(resource);
	struct clipboard *clipboard = &seat->clipboard;
	struct data_source *source = source_resource ? data_source_of(source_resource) : NULL;

	if (source && source->has_actions) {
		wl_resource_post_error(source_resource, WL_DATA_SOURCE_ERROR_INVALID_SOURCE,
			"it has actions: it is to be dragged");
		return;
	}
	if (source != clipboard->source && !source_take(source))
		return;
	if (keyboard_client(&seat->keyboard) == client &&
		serials_has(&seat->serials, client, serial))
		clipboard_set(clipboard, source);
	else if (source && source != clipboard->source)
		wl_data_source_send_cancelled(source->resource);
}

static const struct wl_data_device_interface device_requests = {
	.start_drag = device_handle_drag,
	.set_selection = device_handle_selection,
	.release = resource_handle_destroy,
};

static void device_free(struct wl_resource *resource)
{
	struct seat *seat = wl_resource_get_user_data(resource);

	drag_device_gone(&seat->drag, resource);
	wl_list_remove(wl_resource_get_link(resource));
}

/* -- wl_data_device_manager -- */

static void manager_create_source(
	struct wl_client *client, struct wl_resource *manager, uint32_t id)
{
	data_source_create(client, wl_resource_get_version(manager), id);
}

static void manager_get_device(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *wl_seat)
{
	struct seat *seat = seat_of(wl_seat);
	struct wl_resource *resource = resource_create(client, &wl_data_device_interface,
		wl_resource_get_version(manager), id, &device_requests, seat, device_free);

	if (!resource)
		return;
	wl_list_insert(&seat->data_devices, wl_resource_get_link(resource));
	if (keyboard_client(&seat->keyboard) == client)
		clipboard_tell_device(&seat->clipboard, resource);
}

static const struct wl_data_device_manager_interface manager_requests = {
	.create_data_source = manager_create_source,
	.get_data_device = manager_get_device,
};

const struct global data_device_global = {
	.interface = &wl_data_device_manager_interface,
	.version = DATA_DEVICE_VERSION,
	.requests = &manager_requests,
};
