/* SPDX-License-Identifier: MIT */
/* wp_fractional_scale_v1. */
#include "compositor/surface/fractional_scale.h"

#include "compositor/global.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/resource.h"

#include "fractional-scale-v1-server-protocol.h"

void fractional_scale_send(struct surface *surface)
{
	if (surface->fractional_scale && surface->output)
		wp_fractional_scale_v1_send_preferred_scale(
			surface->fractional_scale, surface->output->screen->use.scale_120);
}

void fractional_scale_surface_gone(struct surface *surface)
{
	if (surface->fractional_scale)
		wl_resource_set_user_data(surface->fractional_scale, NULL);
}

static const struct wp_fractional_scale_v1_interface scale_requests = {
	.destroy = resource_handle_destroy,
};

static void scale_free(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (surface)
		surface->fractional_scale = NULL;
}

static void manager_get(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface_resource)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->fractional_scale) {
		wl_resource_post_error(manager,
			WP_FRACTIONAL_SCALE_MANAGER_V1_ERROR_FRACTIONAL_SCALE_EXISTS,
			"the surface has a fractional scale already");
		return;
	}
	surface->fractional_scale = resource_create(client, &wp_fractional_scale_v1_interface, 1,
		id, &scale_requests, surface, scale_free);
	fractional_scale_send(surface);
}

static const struct wp_fractional_scale_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.get_fractional_scale = manager_get,
};

const struct global fractional_scale_global = {
	.interface = &wp_fractional_scale_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
