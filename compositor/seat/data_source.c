/* SPDX-License-Identifier: MIT */
/* wl_data_source. */
#include "compositor/seat/data_source.h"

#include <stdlib.h>

#include "compositor/resource.h"
#include "compositor/seat/data_device.h"
#include "compositor/seat/data_offer.h"
#include "compositor/seat/drag.h"

struct data_source *data_source_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

/* -- what is dragged -- */

/* Who knows of no actions has what is dropped copied. */
uint32_t data_source_actions(const struct data_source *source)
{
	return source->has_actions ? source->actions : WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY;
}

void data_source_accept(struct data_source *source, const char *type)
{
	source->is_accepted = type;
	wl_data_source_send_target(source->resource, type);
}

void data_source_refuse(struct data_source *source)
{
	if (source->is_accepted)
		data_source_accept(source, NULL);
	if (source->action) {
		source->action = 0;
		data_source_send_action(source);
	}
}

static bool source_knows(const struct data_source *source, int since)
{
	return wl_resource_get_version(source->resource) >= since;
}

/* Older clients take this for another one's having copied something. */
void data_source_cancel_drag(struct data_source *source)
{
	if (source_knows(source, WL_DATA_SOURCE_DND_FINISHED_SINCE_VERSION))
		wl_data_source_send_cancelled(source->resource);
}

void data_source_send_action(const struct data_source *source)
{
	if (source_knows(source, WL_DATA_SOURCE_ACTION_SINCE_VERSION))
		wl_data_source_send_action(source->resource, source->action);
}

void data_source_send_dropped(const struct data_source *source)
{
	if (source_knows(source, WL_DATA_SOURCE_DND_DROP_PERFORMED_SINCE_VERSION))
		wl_data_source_send_dnd_drop_performed(source->resource);
}

void data_source_send_finished(const struct data_source *source)
{
	if (source_knows(source, WL_DATA_SOURCE_DND_FINISHED_SINCE_VERSION))
		wl_data_source_send_dnd_finished(source->resource);
}

/* -- requests -- */

static void source_handle_offer(
	struct wl_client *client, struct wl_resource *resource, const char *type)
{
	if (mime_types_add(&data_source_of(resource)->types, type) < 0)
		wl_client_post_no_memory(client);
}

static void source_handle_actions(
	struct wl_client *client, struct wl_resource *resource, uint32_t actions)
{
	struct data_source *source = data_source_of(resource);

	if (actions & ~DATA_ACTIONS_ALL) {
		wl_resource_post_error(
			resource, WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK, "actions %#x", actions);
		return;
	}
	if (source->has_actions || source->is_used) {
		wl_resource_post_error(resource, WL_DATA_SOURCE_ERROR_INVALID_SOURCE,
			"its actions are set once, before it is used");
		return;
	}
	source->has_actions = true;
	source->actions = actions;
}

static const struct wl_data_source_interface source_requests = {
	.offer = source_handle_offer,
	.destroy = resource_handle_destroy,
	.set_actions = source_handle_actions,
};

/* -- life -- */

static void source_free(struct wl_resource *resource)
{
	struct data_source *source = data_source_of(resource);
	struct data_offer *offer, *tmp;

	wl_list_for_each_safe(offer, tmp, &source->offers, link) data_offer_source_gone(offer);
	if (source->clipboard)
		clipboard_source_gone(source->clipboard);
	if (source->drag)
		drag_source_gone(source->drag);
	mime_types_finish(&source->types);
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
