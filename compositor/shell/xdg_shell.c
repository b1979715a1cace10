/* SPDX-License-Identifier: MIT */
/* xdg_wm_base and xdg_positioner. */
#include "compositor/shell/xdg_shell.h"

#include <errno.h>

#include "compositor/resource.h"
#include "compositor/server.h"
#include "compositor/shell/ping.h"
#include "compositor/shell/xdg_surface.h"

#include "xdg-shell-server-protocol.h"

#define XDG_SHELL_VERSION 2

/* -- positioners: popups are never shown, so that only what is wrong matters -- */

static void positioner_handle_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	if (width <= 0 || height <= 0)
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT,
			"a size of %dx%d", width, height);
}

static void positioner_handle_anchor_rectangle(struct wl_client *client,
	struct wl_resource *resource, int32_t x, int32_t y, int32_t width, int32_t height)
{
	if (width < 0 || height < 0)
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT,
			"an anchor of %dx%d", width, height);
}

static void positioner_handle_side(
	struct wl_client *client, struct wl_resource *resource, uint32_t side)
{
	if (side > XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT)
		wl_resource_post_error(
			resource, XDG_POSITIONER_ERROR_INVALID_INPUT, "a side of %u", side);
}

static void positioner_handle_adjustment(
	struct wl_client *client, struct wl_resource *resource, uint32_t adjustment)
{
}

static void positioner_handle_offset(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
}

static const struct xdg_positioner_interface positioner_requests = {
	.destroy = resource_handle_destroy,
	.set_size = positioner_handle_size,
	.set_anchor_rect = positioner_handle_anchor_rectangle,
	.set_anchor = positioner_handle_side,
	.set_gravity = positioner_handle_side,
	.set_constraint_adjustment = positioner_handle_adjustment,
	.set_offset = positioner_handle_offset,
};

/* -- xdg_wm_base -- */

static void wm_base_create_positioner(
	struct wl_client *client, struct wl_resource *wm_base, uint32_t id)
{
	resource_create(client, &xdg_positioner_interface, wl_resource_get_version(wm_base), id,
		&positioner_requests, NULL, NULL);
}

static void wm_base_get_surface(struct wl_client *client, struct wl_resource *wm_base, uint32_t id,
	struct wl_resource *surface)
{
	xdg_surface_create(client, wm_base, id, surface);
}

static void wm_base_handle_pong(
	struct wl_client *client, struct wl_resource *wm_base, uint32_t serial)
{
	ping_answered(wl_resource_get_user_data(wm_base), serial);
}

static void wm_base_free(struct wl_resource *wm_base)
{
	ping_destroy(wl_resource_get_user_data(wm_base));
}

static const struct xdg_wm_base_interface wm_base_requests = {
	.destroy = resource_handle_destroy,
	.create_positioner = wm_base_create_positioner,
	.get_xdg_surface = wm_base_get_surface,
	.pong = wm_base_handle_pong,
};

static void wm_base_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *wm_base = resource_create(
		client, &xdg_wm_base_interface, version, id, &wm_base_requests, NULL, wm_base_free);

	if (wm_base)
		wl_resource_set_user_data(wm_base, ping_create(data, wm_base));
}

int xdg_shell_offer(struct server *server)
{
	return wl_global_create(server->display, &xdg_wm_base_interface, XDG_SHELL_VERSION, server,
		       wm_base_bind)
		       ? 0
		       : -ENOMEM;
}
