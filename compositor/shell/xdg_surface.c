/* SPDX-License-Identifier: MIT */
/* xdg_surface. */
#include "compositor/shell/xdg_surface.h"

#include <stdlib.h>

#include "compositor/resource.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"
#include "compositor/shell/toplevel.h"

#include "xdg-shell-server-protocol.h"

static struct xdg_surface *xdg_surface_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

void xdg_surface_configure(struct xdg_surface *xdg)
{
	xdg->serial_last = wl_display_next_serial(xdg->surface->server->display);
	if (!xdg->awaits)
		xdg->serial_first = xdg->serial_last;
	xdg->awaits = true;
	xdg_surface_send_configure(xdg->resource, xdg->serial_last);
}

void xdg_surface_reset(struct xdg_surface *xdg)
{
	xdg->configured = xdg->begun = xdg->awaits = false;
}

/* -- the role -- */

static bool xdg_surface_check(struct surface *surface)
{
	struct xdg_surface *xdg = surface->role_object;

	if (!xdg->toplevel && !xdg->popup)
		wl_resource_post_error(xdg->resource, XDG_SURFACE_ERROR_NOT_CONSTRUCTED,
			"a commit before it is a window or a popup");
	else if (surface->pending.buffer && !xdg->configured)
		wl_resource_post_error(xdg->resource, XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER,
			"a buffer before the first configure was answered");
	else
		return true;
	return false;
}

/* There are no popups here: they are dismissed as soon as they would be shown. */
static void xdg_surface_commit(struct surface *surface)
{
	struct xdg_surface *xdg = surface->role_object;

	if (xdg->toplevel)
		toplevel_commit(xdg->toplevel);
	else if (xdg->popup && !xdg->begun)
		xdg_popup_send_popup_done(xdg->popup);
	xdg->begun = true;
}

static void xdg_surface_gone(struct surface *surface)
{
	struct xdg_surface *xdg = surface->role_object;

	if (xdg->toplevel)
		toplevel_surface_gone(xdg->toplevel);
	xdg_surface_reset(xdg); /* what it asks for is not answered any more */
	surface->role_object = NULL;
	xdg->surface = NULL;
}

static const struct surface_role xdg_surface_role = {
	.name = "a window",
	.check = xdg_surface_check,
	.commit = xdg_surface_commit,
	.gone = xdg_surface_gone,
};

/* -- requests -- */

static bool xdg_surface_is_free(struct xdg_surface *xdg)
{
	if (xdg->surface && !xdg->toplevel && !xdg->popup)
		return true;
	wl_resource_post_error(xdg->resource, XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED,
		"it is a window or a popup already, or its surface is gone");
	return false;
}

static void xdg_surface_handle_toplevel(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);

	if (xdg_surface_is_free(xdg))
		toplevel_create(xdg, client, wl_resource_get_version(resource), id);
}

static void popup_handle_grab(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial)
{
}

static const struct xdg_popup_interface popup_requests = {
	.destroy = resource_handle_destroy,
	.grab = popup_handle_grab,
};

static void popup_free(struct wl_resource *resource)
{
	struct xdg_surface *xdg = wl_resource_get_user_data(resource);

	if (!xdg)
		return;
	xdg->popup = NULL;
	xdg_surface_reset(xdg);
}

static void xdg_surface_handle_popup(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *parent, struct wl_resource *positioner)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);

	if (xdg_surface_is_free(xdg))
		xdg->popup = resource_create(client, &xdg_popup_interface,
			wl_resource_get_version(resource), id, &popup_requests, xdg, popup_free);
}

/* Windows fill an output, whatever they take for their edge. */
static void xdg_surface_handle_geometry(struct wl_client *client, struct wl_resource *resource,
	int32_t x, int32_t y, int32_t width, int32_t height)
{
	if (width <= 0 || height <= 0)
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_INVALID_SIZE,
			"a geometry of %dx%d", width, height);
}

static void xdg_surface_handle_ack(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);

	if (!xdg->awaits || serial - xdg->serial_first > xdg->serial_last - xdg->serial_first) {
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_INVALID_SERIAL,
			"no configure with serial %u waits for an answer", serial);
		return;
	}
	xdg->awaits = serial != xdg->serial_last;
	xdg->serial_first = serial + 1;
	xdg->configured = true;
}

static void xdg_surface_handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);

	if (xdg->toplevel || xdg->popup)
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT,
			"its window or popup goes first");
	else
		wl_resource_destroy(resource);
}

static const struct xdg_surface_interface xdg_surface_requests = {
	.destroy = xdg_surface_handle_destroy,
	.get_toplevel = xdg_surface_handle_toplevel,
	.get_popup = xdg_surface_handle_popup,
	.set_window_geometry = xdg_surface_handle_geometry,
	.ack_configure = xdg_surface_handle_ack,
};

/* -- life -- */

/* When a client ends its objects go in any order. */
static void xdg_surface_free(struct wl_resource *resource)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);

	if (xdg->toplevel)
		toplevel_orphan(xdg->toplevel);
	if (xdg->popup)
		wl_resource_set_user_data(xdg->popup, NULL);
	if (xdg->surface)
		xdg->surface->role_object = NULL;
	free(xdg);
}

void xdg_surface_create(struct wl_client *client, struct wl_resource *wm_base, uint32_t id,
	struct wl_resource *surface_resource)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->current.buffer || surface->pending.buffer) {
		wl_resource_post_error(wm_base, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE,
			"the surface has a buffer already");
		return;
	}
	struct xdg_surface *xdg = calloc(1, sizeof(*xdg));
	if (!xdg) {
		wl_client_post_no_memory(client);
		return;
	}
	if (!surface_take_role(surface, &xdg_surface_role, xdg, wm_base, XDG_WM_BASE_ERROR_ROLE)) {
		free(xdg);
		return;
	}
	xdg->surface = surface;
	xdg->resource = resource_create(client, &xdg_surface_interface,
		wl_resource_get_version(wm_base), id, &xdg_surface_requests, xdg, xdg_surface_free);
	if (!xdg->resource) {
		surface->role_object = NULL;
		free(xdg);
	}
}
