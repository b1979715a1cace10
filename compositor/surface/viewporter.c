/* SPDX-License-Identifier: MIT */
/* wp_viewporter. */
#include "compositor/surface/viewporter.h"

#include <math.h>

#include "compositor/global.h"
#include "compositor/resource.h"

#include "viewporter-server-protocol.h"

bool viewport_is_equal(const struct viewport *a, const struct viewport *b)
{
	return a->source_x == b->source_x && a->source_y == b->source_y &&
	       a->source_width == b->source_width && a->source_height == b->source_height &&
	       a->width == b->width && a->height == b->height;
}

bool viewporter_check(struct surface *surface, double width, double height)
{
	const struct viewport *viewport = &surface->pending.viewport;

	if (!surface->viewport || viewport->source_width == 0)
		return true;
	if (viewport->width == 0 &&
		(viewport->source_width != floor(viewport->source_width) ||
			viewport->source_height != floor(viewport->source_height))) {
		wl_resource_post_error(surface->viewport, WP_VIEWPORT_ERROR_BAD_SIZE,
			"a source of fractions without a destination");
		return false;
	}
	if (viewport->source_x + viewport->source_width > width ||
		viewport->source_y + viewport->source_height > height) {
		wl_resource_post_error(surface->viewport, WP_VIEWPORT_ERROR_OUT_OF_BUFFER,
			"the source leaves the buffer");
		return false;
	}
	return true;
}

void viewporter_surface_gone(struct surface *surface)
{
	if (surface->viewport)
		wl_resource_set_user_data(surface->viewport, NULL);
}

/* NULL, and the client was told. */
static struct surface *viewport_surface(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (!surface)
		wl_resource_post_error(
			resource, WP_VIEWPORT_ERROR_NO_SURFACE, "the surface is gone");
	return surface;
}

static void viewport_handle_source(struct wl_client *client, struct wl_resource *resource,
	wl_fixed_t x, wl_fixed_t y, wl_fixed_t width, wl_fixed_t height)
{
	struct surface *surface = viewport_surface(resource);
	wl_fixed_t unset = wl_fixed_from_int(-1);

	if (!surface)
		return;
	struct viewport *viewport = &surface->pending.viewport;
	if (x == unset && y == unset && width == unset && height == unset) {
		viewport->source_x = viewport->source_y = 0;
		viewport->source_width = viewport->source_height = 0;
	} else if (x < 0 || y < 0 || width <= 0 || height <= 0) {
		wl_resource_post_error(
			resource, WP_VIEWPORT_ERROR_BAD_VALUE, "a source that cannot be");
	} else {
		viewport->source_x = wl_fixed_to_double(x);
		viewport->source_y = wl_fixed_to_double(y);
		viewport->source_width = wl_fixed_to_double(width);
		viewport->source_height = wl_fixed_to_double(height);
	}
}

static void viewport_handle_destination(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct surface *surface = viewport_surface(resource);

	if (!surface)
		return;
	if (width == -1 && height == -1)
		width = height = 0;
	else if (width <= 0 || height <= 0) {
		wl_resource_post_error(
			resource, WP_VIEWPORT_ERROR_BAD_VALUE, "a destination that cannot be");
		return;
	}
	surface->pending.viewport.width = width;
	surface->pending.viewport.height = height;
}

static const struct wp_viewport_interface viewport_requests = {
	.destroy = resource_handle_destroy,
	.set_source = viewport_handle_source,
	.set_destination = viewport_handle_destination,
};

static void viewport_free(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (!surface)
		return;
	surface->viewport = NULL;
	surface->pending.viewport = (struct viewport){ 0 };
}

static void viewporter_get(struct wl_client *client, struct wl_resource *viewporter, uint32_t id,
	struct wl_resource *surface_resource)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->viewport)
		wl_resource_post_error(viewporter, WP_VIEWPORTER_ERROR_VIEWPORT_EXISTS,
			"the surface has a viewport already");
	else
		surface->viewport = resource_create(client, &wp_viewport_interface, 1, id,
			&viewport_requests, surface, viewport_free);
}

static const struct wp_viewporter_interface viewporter_requests = {
	.destroy = resource_handle_destroy,
	.get_viewport = viewporter_get,
};

const struct global viewporter_global = {
	.interface = &wp_viewporter_interface,
	.version = 1,
	.requests = &viewporter_requests,
};
