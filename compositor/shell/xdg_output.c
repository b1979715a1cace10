/* SPDX-License-Identifier: MIT */
/* zxdg_output_v1. */
#include "compositor/shell/xdg_output.h"

#include <wayland-server-protocol.h>

#include "compositor/global.h"
#include "compositor/output.h"
#include "compositor/output_global.h"
#include "compositor/resource.h"

#include "xdg-output-unstable-v1-server-protocol.h"

#define XDG_OUTPUT_VERSION 3

static const struct zxdg_output_v1_interface xdg_output_requests = {
	.destroy = resource_handle_destroy,
};

static void xdg_output_describe(const struct output *output, struct wl_resource *resource)
{
	uint32_t version = wl_resource_get_version(resource);

	zxdg_output_v1_send_logical_position(resource, output->x, output->y);
	zxdg_output_v1_send_logical_size(resource, output->width, output->height);
	/* From version 3 on it is wl_output that says when all was said. */
	if (version < XDG_OUTPUT_VERSION)
		zxdg_output_v1_send_done(resource);
}

void xdg_output_send_description(const struct output *output)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->global->xdg_resources)
		xdg_output_describe(output, resource);
}

static void xdg_output_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void xdg_output_begin(
	const struct output *output, struct wl_resource *resource, struct wl_resource *wl_output)
{
	wl_list_insert(&output->global->xdg_resources, wl_resource_get_link(resource));
	if (wl_resource_get_version(resource) >= ZXDG_OUTPUT_V1_NAME_SINCE_VERSION) {
		zxdg_output_v1_send_name(resource, output->name);
		zxdg_output_v1_send_description(resource, output->name);
	}
	xdg_output_describe(output, resource);
	if (wl_resource_get_version(resource) >= XDG_OUTPUT_VERSION &&
		wl_resource_get_version(wl_output) >= WL_OUTPUT_DONE_SINCE_VERSION)
		wl_output_send_done(wl_output);
}

static void manager_get(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *wl_output)
{
	struct wl_resource *resource = resource_create(client, &zxdg_output_v1_interface,
		wl_resource_get_version(manager), id, &xdg_output_requests, NULL, xdg_output_free);
	const struct output *output = output_of(wl_output);

	if (!resource)
		return;
	wl_list_init(wl_resource_get_link(resource));
	if (output)
		xdg_output_begin(output, resource, wl_output);
}

static const struct zxdg_output_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.get_xdg_output = manager_get,
};

const struct global xdg_output_global = {
	.interface = &zxdg_output_manager_v1_interface,
	.version = XDG_OUTPUT_VERSION,
	.requests = &manager_requests,
};
