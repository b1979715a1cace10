/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_DATA_SOURCE_H
#define COMPOSITOR_SEAT_DATA_SOURCE_H

/* wl_data_source, what a client has to give, and wl_data_offer, how others hear of it. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

/* More kinds than this, and of longer names, are not told of. */
#define DATA_SOURCE_TYPES_MAX 64
#define DATA_SOURCE_TYPE_LENGTH_MAX 255

struct clipboard;

struct data_source {
	struct wl_resource *resource;
	struct clipboard *clipboard; /* that has it; NULL: none */
	char *types[DATA_SOURCE_TYPES_MAX];
	uint32_t n_types;
	bool is_used;          /* once only */
	struct wl_list offers; /* of wl_data_offer resources */
};

void data_source_create(struct wl_client *client, uint32_t version, uint32_t id);
struct data_source *data_source_of(struct wl_resource *resource);
/* A wl_data_offer of it for that data device, which is told of it; NULL: there is no memory. */
struct wl_resource *data_source_offer(struct data_source *source, struct wl_resource *device);

#endif
