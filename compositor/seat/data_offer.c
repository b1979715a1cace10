/* SPDX-License-Identifier: MIT */
/* wl_data_offer. */
#include "compositor/seat/data_offer.h"

#include <stdlib.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "compositor/resource.h"
#include "compositor/seat/data_source.h"

static struct data_offer *data_offer_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static bool offer_has_actions(const struct data_offer *offer)
{
	return wl_resource_get_version(offer->resource) >= WL_DATA_OFFER_SET_ACTIONS_SINCE_VERSION;
}

/* -- what is to be done with it -- */

/* What its client prefers, else the first that both know. */
static uint32_t offer_choose(const struct data_offer *offer)
{
	uint32_t actions =
		offer_has_actions(offer) ? offer->actions : WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY;

	actions &= data_source_actions(offer->source);
	return actions & offer->preferred ? offer->preferred : actions & -actions;
}

/* Once dropped the last one is told when that is finished. */
static void offer_update_action(struct data_offer *offer)
{
	uint32_t action = offer_choose(offer);

	if (offer->source->action == action)
		return;
	offer->source->action = action;
	if (offer->stage == DATA_OFFER_DROPPED)
		return;
	data_source_send_action(offer->source);
	if (offer_has_actions(offer))
		wl_data_offer_send_action(offer->resource, action);
}

bool data_offer_is_taken(const struct data_offer *offer)
{
	return offer && offer->source->action &&
	       (offer->source->is_accepted || !offer_has_actions(offer));
}

void data_offer_drop(struct data_offer *offer)
{
	offer->stage = DATA_OFFER_DROPPED;
	offer->asks = offer->source->action == WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;
	data_source_send_dropped(offer->source);
}

/* -- its end -- */

void data_offer_source_gone(struct data_offer *offer)
{
	wl_list_remove(&offer->link);
	wl_list_init(&offer->link);
	if (offer->source->dragged == offer)
		offer->source->dragged = NULL;
	offer->source = NULL;
}

void data_offer_leave(struct data_offer *offer)
{
	data_source_refuse(offer->source);
	data_offer_source_gone(offer);
	offer->stage = DATA_OFFER_OVER;
}

static void offer_finish(struct data_offer *offer)
{
	if (offer->asks)
		data_source_send_action(offer->source);
	data_source_send_finished(offer->source);
}

/* Who knows of no actions never says that it is done. */
static void offer_free(struct wl_resource *resource)
{
	struct data_offer *offer = data_offer_of(resource);
	struct data_source *source = offer->source;

	if (source && offer->stage == DATA_OFFER_DROPPED) {
		if (offer_has_actions(offer))
			data_source_cancel_drag(source);
		else
			offer_finish(offer);
	}
	if (source && offer->stage == DATA_OFFER_DRAGGED)
		data_source_refuse(source);
	if (source)
		data_offer_source_gone(offer);
	free(offer);
}

/* -- requests -- */

static void offer_handle_accept(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial, const char *type)
{
	struct data_offer *offer = data_offer_of(resource);

	if (offer->source && offer->stage != DATA_OFFER_COPIED)
		data_source_accept(offer->source, type);
}

static void offer_handle_receive(
	struct wl_client *client, struct wl_resource *resource, const char *type, int32_t fd)
{
	struct data_source *source = data_offer_of(resource)->source;

	if (source)
		wl_data_source_send_send(source->resource, type, fd);
	close(fd);
}

/* A source that is gone was there when its client finished. */
static void offer_handle_finish(struct wl_client *client, struct wl_resource *resource)
{
	struct data_offer *offer = data_offer_of(resource);
	const struct data_source *source = offer->source;

	if (offer->stage != DATA_OFFER_DROPPED ||
		(source && (!source->is_accepted || !source->action ||
				   source->action == WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK))) {
		wl_resource_post_error(resource, WL_DATA_OFFER_ERROR_INVALID_FINISH,
			"nothing was dropped here, or it was not taken");
		return;
	}
	offer->stage = DATA_OFFER_OVER;
	if (!source)
		return;
	offer_finish(offer);
	data_offer_source_gone(offer);
}

/* false: the client was told. */
static bool offer_check_actions(
	const struct data_offer *offer, uint32_t actions, uint32_t preferred)
{
	if (actions & ~DATA_ACTIONS_ALL) {
		wl_resource_post_error(offer->resource, WL_DATA_OFFER_ERROR_INVALID_ACTION_MASK,
			"actions %#x", actions);
		return false;
	}
	if (preferred & ~actions || preferred & (preferred - 1)) {
		wl_resource_post_error(offer->resource, WL_DATA_OFFER_ERROR_INVALID_ACTION,
			"action %#x of %#x", preferred, actions);
		return false;
	}
	if (offer->stage == DATA_OFFER_COPIED) {
		wl_resource_post_error(offer->resource, WL_DATA_OFFER_ERROR_INVALID_OFFER,
			"nothing is dragged here");
		return false;
	}
	return true;
}

static void offer_handle_actions(struct wl_client *client, struct wl_resource *resource,
	uint32_t actions, uint32_t preferred)
{
	struct data_offer *offer = data_offer_of(resource);

	if (!offer_check_actions(offer, actions, preferred) || !offer->source ||
		(offer->stage == DATA_OFFER_DROPPED && !offer->asks))
		return;
	offer->actions = actions;
	offer->preferred = preferred;
	offer_update_action(offer);
}

static const struct wl_data_offer_interface offer_requests = {
	.accept = offer_handle_accept,
	.receive = offer_handle_receive,
	.destroy = resource_handle_destroy,
	.finish = offer_handle_finish,
	.set_actions = offer_handle_actions,
};

/* -- life -- */

static void offer_describe(const struct data_offer *offer)
{
	const struct data_source *source = offer->source;

	for (uint32_t i = 0; i < source->types.n; i++)
		wl_data_offer_send_offer(offer->resource, source->types.names[i]);
	if (offer->stage == DATA_OFFER_DRAGGED && offer_has_actions(offer))
		wl_data_offer_send_source_actions(offer->resource, data_source_actions(source));
}

struct data_offer *data_offer_create(
	struct data_source *source, struct wl_resource *device, enum data_offer_stage stage)
{
	struct data_offer *offer = calloc(1, sizeof(*offer));

	if (!offer) {
		wl_client_post_no_memory(wl_resource_get_client(device));
		return NULL;
	}
	offer->stage = stage;
	offer->resource = resource_create(wl_resource_get_client(device), &wl_data_offer_interface,
		wl_resource_get_version(device), 0, &offer_requests, offer, offer_free);
	if (!offer->resource) {
		free(offer);
		return NULL;
	}
	offer->source = source;
	wl_list_insert(&source->offers, &offer->link);
	wl_data_device_send_data_offer(device, offer->resource);
	offer_describe(offer);
	if (stage == DATA_OFFER_DRAGGED) {
		source->dragged = offer;
		offer_update_action(offer);
	}
	return offer;
}
