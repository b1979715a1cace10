/* SPDX-License-Identifier: MIT */
/* xdg_wm_base. */
#include "compositor/shell/xdg_shell.h"

#include <errno.h>

#include "compositor/resource.h"
#include "compositor/server.h"
#include "compositor/shell/ping.h"
#include "compositor/shell/positioner.h"
#include "compositor/shell/xdg_surface.h"

#include "xdg-shell-server-protocol.h"

/* From 5 on there are events that weston 10's clients bind and do not handle: they end of it. */
#define XDG_SHELL_VERSION 3

static void wm_base_create_positioner(
	struct wl_client *client, struct wl_resource *wm_base, uint32_t id)
{
	positioner_create(client, wl_resource_get_version(wm_base), id);
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

/* Its windows and popups go first (xdg_wm_base.destroy). */
static void wm_base_handle_destroy(struct wl_client *client, struct wl_resource *wm_base)
{
	if (xdg_surfaces_are_left(wm_base))
		wl_resource_post_error(wm_base, XDG_WM_BASE_ERROR_DEFUNCT_SURFACES,
			"surfaces that it made are there yet");
	else
		wl_resource_destroy(wm_base);
}

static void wm_base_free(struct wl_resource *wm_base)
{
	ping_destroy(wl_resource_get_user_data(wm_base));
}

static const struct xdg_wm_base_interface wm_base_requests = {
	.destroy = wm_base_handle_destroy,
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
