/* SPDX-License-Identifier: MIT */
/* wl_data_source and wl_data_offer. */
#include "compositor/seat/data_source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "compositor/resource.h"
#include "compositor/seat/data_device.h"

struct data_source *data_source_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

/* -- offers: the user data is the source, or NULL once that is gone -- */

/* Of a drag, of which there are none: all is well. */
static void offer_handle_accept(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial, const char *type)
{
}

static void offer_handle_receive(
	struct wl_client *client, struct wl_resource *resource, const char *type, int32_t fd)
{
	struct data_source *source = data_source_of(resource);

	if (source)
		wl_data_source_send_send(source->resource, type, fd);
	close(fd);
}

static void offer_handle_finish(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_post_error(
		resource, WL_DATA_OFFER_ERROR_INVALID_FINISH, "nothing was dragged here");
}

static void offer_handle_actions(struct wl_client *client, struct wl_resource *resource,
	uint32_t actions, uint32_t preferred)
{
	wl_resource_post_error(
		resource, WL_DATA_OFFER_ERROR_INVALID_OFFER, "nothing was dragged here");
}

static const struct wl_data_offer_interface offer_requests = {
	.accept = offer_handle_accept,
	.receive = offer_handle_receive,
	.destroy = resource_handle_destroy,
	.finish = offer_handle_finish,
	.set_actions = offer_handle_actions,
};

static void offer_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

struct wl_resource *data_source_offer(struct data_source *source, struct wl_resource *device)
{
	struct wl_resource *offer =
		resource_create(wl_resource_get_client(device), &wl_data_offer_interface,
			wl_resource_get_version(device), 0, &offer_requests, source, offer_free);

	if (!offer)
		return NULL;
	wl_list_insert(&source->offers, wl_resource_get_link(offer));
	wl_data_device_send_data_offer(device, offer);
	for (uint32_t i = 0; i < source->n_types; i++)
		wl_data_offer_send_offer(offer, source->types[i]);
	return offer;
}

/* -- sources -- */

static void source_handle_offer(
	struct wl_client *client, struct wl_resource *resource, const char *type)
{
	struct data_source *source = data_source_of(resource);

	if (source->n_types == DATA_SOURCE_TYPES_MAX || strlen(type) > DATA_SOURCE_TYPE_LENGTH_MAX)
		return;
	source->types[source->n_types] = strdup(type);
	if (source->types[source->n_types])
		source->n_types++;
	else
		wl_client_post_no_memory(client);
}

static void source_handle_actions(
	struct wl_client *client, struct wl_resource *resource, uint32_t actions)
{
	const uint32_t all = WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY |
			     WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE |
			     WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;

	if (actions & ~all)
		wl_resource_post_error(
			resource, WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK, "actions %#x", actions);
}

static const struct wl_data_source_interface source_requests = {
	.offer = source_handle_offer,
	.destroy = resource_handle_destroy,
	.set_actions = source_handle_actions,
};

static void source_free(struct wl_resource *resource)
{
	struct data_source *source = data_source_of(resource);
	struct wl_resource *offer, *tmp;

	wl_resource_for_each_safe(offer, tmp, &source->offers)
	{
		wl_resource_set_user_data(offer, NULL);
		wl_list_remove(wl_resource_get_link(offer));
		wl_list_init(wl_resource_get_link(offer));
	}
	if (source->clipboard)
		clipboard_source_gone(source->clipboard);
	for (uint32_t i = 0; i < source->n_types; i++)
		free(source->types[i]);
	free(source);
}

void data_source_create(struct wl_client *client, uint32_t version, uint32_t id)
{
	struct data_source *source = calloc(1, sizeof(*source));

	if (!source) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_list_init(&source->offers);
	source->resource = resource_create(client, &wl_data_source_interface, version, id,
		&source_requests, source, source_free);
	if (!source->resource)
		free(source);
}
