/* SPDX-License-Identifier: MIT */
/* zwp_primary_selection_device_manager_v1. */
#include "compositor/seat/primary_selection.h"

#include <stdlib.h>
#include <unistd.h>

#include "compositor/global.h"
#include "compositor/resource.h"
#include "compositor/seat/mime_types.h"
#include "compositor/seat/seat.h"

#include "primary-selection-unstable-v1-server-protocol.h"

struct primary_source {
	struct wl_resource *resource;
	struct primary_selection *selection; /* that it is; NULL: it is none */
	struct mime_types types;
	struct wl_list offers; /* of their resources */
};

/* -- offers: how others hear of it; without effect once it is gone (no data) -- */

static void offer_handle_receive(
	struct wl_client *client, struct wl_resource *resource, const char *type, int32_t fd)
{
	struct primary_source *source = wl_resource_get_user_data(resource);

	if (source)
		zwp_primary_selection_source_v1_send_send(source->resource, type, fd);
	close(fd);
}

static const struct zwp_primary_selection_offer_v1_interface offer_requests = {
	.receive = offer_handle_receive,
	.destroy = resource_handle_destroy,
};

static void offer_leave(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
	wl_list_init(wl_resource_get_link(resource));
	wl_resource_set_user_data(resource, NULL);
}

/* NULL: there is no memory. */
static struct wl_resource *offer_create(struct primary_source *source, struct wl_resource *device)
{
	struct wl_resource *offer = resource_create(wl_resource_get_client(device),
		&zwp_primary_selection_offer_v1_interface, wl_resource_get_version(device), 0,
		&offer_requests, source, offer_leave);

	if (!offer)
		return NULL;
	wl_list_insert(&source->offers, wl_resource_get_link(offer));
	zwp_primary_selection_device_v1_send_data_offer(device, offer);
	for (uint32_t i = 0; i < source->types.n; i++)
		zwp_primary_selection_offer_v1_send_offer(offer, source->types.names[i]);
	return offer;
}

/* -- what is selected -- */

static void selection_tell_device(struct primary_selection *selection, struct wl_resource *device)
{
	zwp_primary_selection_device_v1_send_selection(
		device, selection->source ? offer_create(selection->source, device) : NULL);
}

void primary_selection_tell(struct primary_selection *selection, const struct wl_client *client)
{
	struct wl_resource *device;

	wl_resource_for_each(device, &selection->devices)
	{
		if (wl_resource_get_client(device) == client)
			selection_tell_device(selection, device);
	}
}

static void selection_set(struct primary_selection *selection, struct primary_source *source)
{
	struct primary_source *old = selection->source;

	if (old == source)
		return;
	if (old) {
		old->selection = NULL;
		zwp_primary_selection_source_v1_send_cancelled(old->resource);
	}
	selection->source = source;
	if (source)
		source->selection = selection;
	primary_selection_tell(selection, keyboard_client(&selection->seat->keyboard));
}

void primary_selection_init(struct primary_selection *selection, struct seat *seat)
{
	selection->seat = seat;
	wl_list_init(&selection->devices);
}

/* -- sources -- */

static void source_handle_offer(
	struct wl_client *client, struct wl_resource *resource, const char *type)
{
	struct primary_source *source = wl_resource_get_user_data(resource);

	if (mime_types_add(&source->types, type) < 0)
		wl_client_post_no_memory(client);
}

static const struct zwp_primary_selection_source_v1_interface source_requests = {
	.offer = source_handle_offer,
	.destroy = resource_handle_destroy,
};

static void source_free(struct wl_resource *resource)
{
	struct primary_source *source = wl_resource_get_user_data(resource);
	struct wl_resource *offer, *tmp;

	wl_resource_for_each_safe(offer, tmp, &source->offers) offer_leave(offer);
	if (source->selection) {
		source->selection->source = NULL;
		primary_selection_tell(
			source->selection, keyboard_client(&source->selection->seat->keyboard));
	}
	mime_types_finish(&source->types);
	free(source);
}

static void manager_create_source(
	struct wl_client *client, struct wl_resource *manager, uint32_t id)
{
	struct primary_source *source = calloc(1, sizeof(*source));

	if (!source) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_list_init(&source->offers);
	source->resource = resource_create(client, &zwp_primary_selection_source_v1_interface,
		wl_resource_get_version(manager), id, &source_requests, source, source_free);
	if (!source->resource)
		free(source);
}

/* -- devices -- */

static void device_handle_selection(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *source_resource, uint32_t serial)
{
	struct primary_selection *selection = wl_resource_get_user_data(resource);
	struct seat *seat = selection->seat;
	struct primary_source *source =
		source_resource ? wl_resource_get_user_data(source_resource) : NULL;

	if (keyboard_client(&seat->keyboard) == client &&
		serials_has(&seat->serials, client, serial))
		selection_set(selection, source);
	else if (source && source != selection->source)
		zwp_primary_selection_source_v1_send_cancelled(source->resource);
}

static const struct zwp_primary_selection_device_v1_interface device_requests = {
	.set_selection = device_handle_selection,
	.destroy = resource_handle_destroy,
};

static void device_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void manager_get_device(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *wl_seat)
{
	struct primary_selection *selection = &seat_of(wl_seat)->primary;
	struct wl_resource *resource = resource_create(client,
		&zwp_primary_selection_device_v1_interface, wl_resource_get_version(manager), id,
		&device_requests, selection, device_free);

	if (!resource)
		return;
	wl_list_insert(&selection->devices, wl_resource_get_link(resource));
	if (keyboard_client(&selection->seat->keyboard) == client)
		selection_tell_device(selection, resource);
}

static const struct zwp_primary_selection_device_manager_v1_interface manager_requests = {
	.create_source = manager_create_source,
	.get_device = manager_get_device,
	.destroy = resource_handle_destroy,
};

const struct global primary_selection_global = {
	.interface = &zwp_primary_selection_device_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
