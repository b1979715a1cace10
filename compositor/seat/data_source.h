/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DATA_SOURCE_H
#define COMPOSITOR_SEAT_DATA_SOURCE_H

/* wl_data_source: what a client has to give, once: what was copied, or what is dragged. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>
#include <wayland-server-protocol.h>

#include "compositor/seat/mime_types.h"

#define DATA_ACTIONS_ALL                                                                           \
	((uint32_t)WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY |                                        \
		(uint32_t)WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE |                                 \
		(uint32_t)WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK)

struct clipboard;
struct data_offer;
struct drag;

struct data_source {
	struct wl_resource *resource;
	struct clipboard *clipboard; /* that has it; NULL: none */
	struct drag *drag;           /* the same */
	struct mime_types types;
	bool is_used;               /* once only */
	struct wl_list offers;      /* of data_offer.link */
	uint32_t actions;           /* that its client can do, if it said */
	bool has_actions;           /* it did: it is to be dragged */
	struct data_offer *dragged; /* where it is dragged to, or was dropped; NULL: nowhere */
	bool is_accepted;           /* by that */
	uint32_t action;            /* that was chosen; 0: none */
};

void data_source_create(struct wl_client *client, uint32_t version, uint32_t id);
struct data_source *data_source_of(struct wl_resource *resource);
uint32_t data_source_actions(const struct data_source *source);

/* Over this window it would be taken as this (NULL: not at all). */
void data_source_accept(struct data_source *source, const char *type);
/* Nothing is agreed upon any more. */
void data_source_refuse(struct data_source *source);
/* The drag ended, or what was dropped was not taken. */
void data_source_cancel_drag(struct data_source *source);
void data_source_send_action(const struct data_source *source);
void data_source_send_dropped(const struct data_source *source);
void data_source_send_finished(const struct data_source *source);

#endif
