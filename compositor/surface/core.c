/* SPDX-License-Identifier: MIT */
/* wl_compositor. */
#include "compositor/surface/core.h"

#include <errno.h>
#include <wayland-server-protocol.h>

#include "compositor/surface/region.h"
#include "compositor/resource.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"

#define CORE_VERSION 5

static void core_create_surface(struct wl_client *client, struct wl_resource *core, uint32_t id)
{
	surface_create(wl_resource_get_user_data(core), client, wl_resource_get_version(core), id);
}

static void core_create_region(struct wl_client *client, struct wl_resource *core, uint32_t id)
{
	region_create(client, wl_resource_get_version(core), id);
}

static const struct wl_compositor_interface core_requests = {
	.create_surface = core_create_surface,
	.create_region = core_create_region,
};

static void core_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	resource_create(client, &wl_compositor_interface, version, id, &core_requests, data, NULL);
}

int core_offer(struct server *server)
{
	return wl_global_create(
		       server->display, &wl_compositor_interface, CORE_VERSION, server, core_bind)
		       ? 0
		       : -ENOMEM;
}
