/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_RESOURCE_H
#define COMPOSITOR_RESOURCE_H

/* What every protocol's objects have in common. */

#include <stdint.h>
#include <wayland-server-core.h>

/* The request `destroy` of an object whose end is all that it means. */
static inline void resource_handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

/* NULL: the client was told that there is no memory; `destroyed` is not called then. */
static inline struct wl_resource *resource_create(struct wl_client *client,
	const struct wl_interface *interface, uint32_t version, uint32_t id, const void *requests,
	void *data, void (*destroyed)(struct wl_resource *resource))
{
	struct wl_resource *resource = wl_resource_create(client, interface, version, id);

	if (resource)
		wl_resource_set_implementation(resource, requests, data, destroyed);
	else
		wl_client_post_no_memory(client);
	return resource;
}

#endif
