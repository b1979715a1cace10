/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DATA_OFFER_H
#define COMPOSITOR_SEAT_DATA_OFFER_H

/*
 * wl_data_offer: how a client hears of what another one copied, or drags over its window.
 * Once that is neither there nor dropped on it any more the offer has no effect.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

struct data_source;

enum data_offer_stage {
	DATA_OFFER_COPIED,
	DATA_OFFER_DRAGGED,
	DATA_OFFER_DROPPED,
	DATA_OFFER_OVER
};

struct data_offer {
	struct wl_list link; /* of source.offers */
	struct wl_resource *resource;
	struct data_source *source; /* NULL: it has no effect (any more) */
	enum data_offer_stage stage;
	uint32_t actions, preferred; /* of wl_data_device_manager.dnd_action */
	bool asks;                   /* it was dropped, and what is done is yet to be said */
};

/* For that data device, which is told of it. NULL: there is no memory. */
struct data_offer *data_offer_create(
	struct data_source *source, struct wl_resource *device, enum data_offer_stage stage);
/* Whether it may be dropped there. NULL: there is none. */
bool data_offer_is_taken(const struct data_offer *offer);
void data_offer_drop(struct data_offer *offer);
/* It is dragged there no more. */
void data_offer_leave(struct data_offer *offer);
void data_offer_source_gone(struct data_offer *offer);

#endif
