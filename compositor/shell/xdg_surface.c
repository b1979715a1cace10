/* SPDX-License-Identifier: MIT */
/* xdg_surface. */
#include "compositor/shell/xdg_surface.h"

#include <stdlib.h>
#include <string.h>

#include "compositor/resource.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"
#include "compositor/shell/popup.h"
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
	if (!xdg->begun_serial)
		xdg->begun_serial = xdg->serial_last;
	xdg_surface_send_configure(xdg->resource, xdg->serial_last);
}

void xdg_surface_reset(struct xdg_surface *xdg)
{
	xdg->configured = xdg->begun = false;
	xdg->begun_serial = 0;
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
		return !xdg->toplevel || toplevel_check(xdg->toplevel);
	return false;
}

static void xdg_surface_commit(struct surface *surface)
{
	struct xdg_surface *xdg = surface->role_object;

	xdg->geometry = xdg->next_geometry;
	if (xdg->toplevel)
		toplevel_commit(xdg->toplevel);
	else if (xdg->popup)
		popup_commit(xdg->popup);
}

static void xdg_surface_gone(struct surface *surface)
{
	struct xdg_surface *xdg = surface->role_object;

	if (xdg->toplevel)
		toplevel_surface_gone(xdg->toplevel);
	if (xdg->popup)
		popup_surface_gone(xdg->popup);
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

struct xdg_surface *xdg_surface_find(const struct surface *surface)
{
	return surface->role == &xdg_surface_role ? surface->role_object : NULL;
}

void xdg_surface_post_shell_error(struct xdg_surface *xdg, uint32_t error, const char *text)
{
	wl_resource_post_error(xdg->wm_base, error, "%s", text);
}

static enum wl_iterator_result xdg_surface_is_of(struct wl_resource *resource, void *data)
{
	struct wl_resource **wm_base = data;

	if (strcmp(wl_resource_get_class(resource), xdg_surface_interface.name) != 0 ||
		xdg_surface_of(resource)->wm_base != *wm_base)
		return WL_ITERATOR_CONTINUE;
	*wm_base = NULL;
	return WL_ITERATOR_STOP;
}

bool xdg_surfaces_are_left(struct wl_resource *wm_base)
{
	struct wl_resource *left = wm_base;

	wl_client_for_each_resource(wl_resource_get_client(wm_base), xdg_surface_is_of, &left);
	return !left;
}

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

/* What a popup can be above of. */
static bool xdg_surface_may_have_popups(const struct xdg_surface *xdg)
{
	return xdg && xdg->surface && (xdg->toplevel || xdg->popup);
}

static void xdg_surface_handle_popup(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *parent_resource, struct wl_resource *positioner)
{
	struct xdg_surface *xdg = xdg_surface_of(resource);
	struct xdg_surface *parent = parent_resource ? xdg_surface_of(parent_resource) : NULL;

	if (!xdg_surface_is_free(xdg))
		return;
	if (!xdg_surface_may_have_popups(parent))
		xdg_surface_post_shell_error(xdg, XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT,
			"its parent is no window and no popup");
	else if (!positioner_is_complete(positioner_of(positioner)))
		xdg_surface_post_shell_error(
			xdg, XDG_WM_BASE_ERROR_INVALID_POSITIONER, "it has no size, or no anchor");
	else
		popup_create(xdg, client, wl_resource_get_version(resource), id, parent,
			positioner_of(positioner));
}

static int32_t clamp(int64_t at)
{
	return at < -SURFACE_SIDE_MAX  ? -SURFACE_SIDE_MAX
	       : at > SURFACE_SIDE_MAX ? SURFACE_SIDE_MAX
				       : (int32_t)at;
}

/* Windows fill an output, whatever they take for their edge; popups are placed by it. */
static void xdg_surface_handle_geometry(struct wl_client *client, struct wl_resource *resource,
	int32_t x, int32_t y, int32_t width, int32_t height)
{
	if (width <= 0 || height <= 0) {
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_INVALID_SIZE,
			"a geometry of %dx%d", width, height);
		return;
	}
	xdg_surface_of(resource)->next_geometry = (pixman_box32_t){
		.x1 = clamp(x),
		.y1 = clamp(y),
		.x2 = clamp((int64_t)x + width),
		.y2 = clamp((int64_t)y + height),
	};
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
	/* What was on its way when the window lost its picture may be answered yet. */
	if (xdg->begun_serial && (int32_t)(serial - xdg->begun_serial) >= 0)
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
		popup_orphan(xdg->popup);
	popups_dismiss(xdg);
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
	list_init(&xdg->popups);
	xdg->wm_base = wm_base;
	xdg->surface = surface;
	xdg->resource = resource_create(client, &xdg_surface_interface,
		wl_resource_get_version(wm_base), id, &xdg_surface_requests, xdg, xdg_surface_free);
	if (!xdg->resource) {
		surface->role_object = NULL;
		free(xdg);
	}
}
