/* SPDX-License-Identifier: MIT */
/* Buffers of one colour. */
#include "compositor/surface/single_pixel.h"

#include <stdlib.h>

#include "compositor/global.h"
#include "compositor/resource.h"

#include "single-pixel-buffer-v1-server-protocol.h"

static const struct wl_buffer_interface buffer_requests = {
	.destroy = resource_handle_destroy,
};

static void buffer_free(struct wl_resource *resource)
{
	free(wl_resource_get_user_data(resource));
}

static void manager_create_buffer(struct wl_client *client, struct wl_resource *manager,
	uint32_t id, uint32_t red, uint32_t green, uint32_t blue, uint32_t alpha)
{
	pixman_color_t *colour = malloc(sizeof(*colour));

	if (!colour) {
		wl_client_post_no_memory(client);
		return;
	}
	*colour = (pixman_color_t){ red >> 16, green >> 16, blue >> 16, alpha >> 16 };
	if (!resource_create(
		    client, &wl_buffer_interface, 1, id, &buffer_requests, colour, buffer_free))
		free(colour);
}

static const struct wp_single_pixel_buffer_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.create_u32_rgba_buffer = manager_create_buffer,
};

const struct global single_pixel_global = {
	.interface = &wp_single_pixel_buffer_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};

const pixman_color_t *single_pixel_colour(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}
