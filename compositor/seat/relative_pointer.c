/* SPDX-License-Identifier: MIT */
/* zwp_relative_pointer_v1. */
#include "compositor/seat/relative_pointer.h"

#include "compositor/global.h"
#include "compositor/resource.h"
#include "compositor/seat/pointer.h"

#include "relative-pointer-unstable-v1-server-protocol.h"

void relative_pointer_send(struct pointer *pointer, const struct wl_client *client,
	const struct pointer_motion *motion)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &pointer->relatives)
	{
		if (wl_resource_get_client(resource) == client)
			zwp_relative_pointer_v1_send_relative_motion(resource,
				motion->time_us >> 32, (uint32_t)motion->time_us,
				wl_fixed_from_double(motion->dx), wl_fixed_from_double(motion->dy),
				wl_fixed_from_double(motion->raw_dx),
				wl_fixed_from_double(motion->raw_dy));
	}
}

static const struct zwp_relative_pointer_v1_interface relative_requests = {
	.destroy = resource_handle_destroy,
};

static void relative_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void manager_get(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *wl_pointer)
{
	struct pointer *pointer = wl_resource_get_user_data(wl_pointer);
	struct wl_resource *resource = resource_create(client, &zwp_relative_pointer_v1_interface,
		1, id, &relative_requests, NULL, relative_free);

	if (resource)
		wl_list_insert(&pointer->relatives, wl_resource_get_link(resource));
}

static const struct zwp_relative_pointer_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.get_relative_pointer = manager_get,
};

const struct global relative_pointer_global = {
	.interface = &zwp_relative_pointer_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
