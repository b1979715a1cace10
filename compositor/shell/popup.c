/* SPDX-License-Identifier: MIT */
/* xdg_popup. */
#include "compositor/shell/popup.h"

#include <stdlib.h>

#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/resource.h"
#include "compositor/seat/seat.h"
#include "compositor/shell/toplevel.h"
#include "compositor/shell/xdg_surface.h"
#include "compositor/surface/surface.h"

#include "xdg-shell-server-protocol.h"

static struct popup *popup_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

/* -- where it is -- */

void popup_offset(const struct popup *popup, int32_t *x, int32_t *y)
{
	*x = *y = 0;
	while (popup && popup->parent) {
		*x += popup->box.x1 + popup->parent->geometry.x1 - popup->xdg->geometry.x1;
		*y += popup->box.y1 + popup->parent->geometry.y1 - popup->xdg->geometry.y1;
		popup = popup->parent->popup;
	}
}

/* NULL: there is none, or it is too far up. */
static struct toplevel *popup_find_toplevel(const struct popup *popup)
{
	for (int i = 0; popup && popup->parent && i < POPUP_DEPTH_MAX; i++) {
		if (popup->parent->toplevel)
			return popup->parent->toplevel;
		popup = popup->parent->popup;
	}
	return NULL;
}

/* Of the parent's geometry's corner on the output. */
static void popup_locate_parent(
	const struct popup *popup, const struct toplevel *toplevel, int32_t *x, int32_t *y)
{
	int32_t offset_x = 0, offset_y = 0;

	layout_corner(toplevel, x, y);
	if (popup->parent->popup)
		popup_offset(popup->parent->popup, &offset_x, &offset_y);
	*x += offset_x + popup->parent->geometry.x1;
	*y += offset_y + popup->parent->geometry.y1;
}

/* Within the output, if it can be. */
static void popup_configure(struct popup *popup, const struct toplevel *toplevel)
{
	const struct output *output = toplevel->output;
	int32_t x, y;

	popup_locate_parent(popup, toplevel, &x, &y);
	const pixman_box32_t target = { -x, -y, output->width - x, output->height - y };
	popup->next_box = positioner_place(&popup->positioner, &target);
	xdg_popup_send_configure(popup->resource, popup->next_box.x1, popup->next_box.y1,
		popup->next_box.x2 - popup->next_box.x1, popup->next_box.y2 - popup->next_box.y1);
	xdg_surface_configure(popup->xdg);
}

/* -- on the screen -- */

static void popup_map(struct popup *popup, struct toplevel *toplevel)
{
	popup->toplevel = toplevel;
	list_append(&toplevel->popups, &popup->mapped_link);
	surface_set_output(popup->xdg->surface, toplevel->output);
	surface_damage_tree(popup->xdg->surface);
}

static void popup_unmap(struct popup *popup)
{
	struct surface *surface = popup->xdg ? popup->xdg->surface : NULL;

	if (popup->xdg)
		popups_dismiss(popup->xdg);
	list_remove(&popup->grab_link);
	if (!popup->toplevel)
		return;
	list_remove(&popup->mapped_link);
	if (surface)
		surface_damage_tree(surface);
	if (surface)
		surface_set_output(surface, NULL);
	popup->toplevel = NULL;
}

static void popup_leave_parent(struct popup *popup)
{
	list_remove(&popup->link);
	popup->parent = NULL;
}

static void popup_dismiss(struct popup *popup)
{
	popup_unmap(popup);
	popup_leave_parent(popup);
	xdg_popup_send_popup_done(popup->resource);
}

/* The newest first, as menus are closed. */
void popups_dismiss(struct xdg_surface *parent)
{
	while (!list_empty(&parent->popups))
		popup_dismiss(container_of(parent->popups.prev, struct popup, link));
}

void popup_commit(struct popup *popup)
{
	struct toplevel *toplevel = popup_find_toplevel(popup);
	bool has_picture = surface_has_picture(popup->xdg->surface);

	if (!popup->parent)
		return;
	if (!toplevel || list_empty(&toplevel->mapped_link) || !toplevel->output) {
		popup_dismiss(popup);
		return;
	}
	if (popup->toplevel && !has_picture) {
		popup_unmap(popup);
		xdg_surface_reset(popup->xdg);
		return;
	}
	if (!popup->xdg->begun) {
		popup->xdg->begun = true;
		popup_configure(popup, toplevel);
		return;
	}
	/* Elsewhere once the client has answered (xdg_popup.reposition). */
	if (!popup->toplevel || !popup->xdg->awaits)
		popup->box = popup->next_box;
	if (has_picture && !popup->toplevel)
		popup_map(popup, toplevel);
	else if (has_picture)
		surface_damage_tree(popup->xdg->surface);
}

/* -- grabs -- */

bool popups_take_press(struct seat *seat, const struct surface *surface)
{
	const struct wl_client *client = surface ? wl_resource_get_client(surface->resource) : NULL;

	if (list_empty(&seat->grabs))
		return false;
	const struct popup *top = container_of(seat->grabs.next, struct popup, grab_link);
	if (client == wl_resource_get_client(top->resource))
		return false;
	while (!list_empty(&seat->grabs))
		popup_dismiss(container_of(seat->grabs.next, struct popup, grab_link));
	return true;
}

struct surface *popups_focus(struct seat *seat)
{
	struct popup *popup, *tmp;

	list_for_each_safe (popup, tmp, &seat->grabs, grab_link) {
		if (!popup->toplevel)
			continue;
		if (layout_is_seen(popup->toplevel))
			return popup->xdg->surface;
		popup_dismiss(popup);
	}
	return NULL;
}

/* Of the menus that grab, the newest may have another one, and must go first. */
static bool popup_check_grab(struct popup *popup, struct seat *seat)
{
	const struct popup *below = popup->parent ? popup->parent->popup : NULL;

	if (popup->toplevel || (below && list_empty(&below->grab_link))) {
		wl_resource_post_error(popup->resource, XDG_POPUP_ERROR_INVALID_GRAB,
			"it is shown already, or its parent does not grab");
		return false;
	}
	if (below && seat->grabs.next != &below->grab_link) {
		xdg_surface_post_shell_error(popup->xdg, XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP,
			"its parent is not the topmost popup that grabs");
		return false;
	}
	return true;
}

static void popup_handle_grab(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *wl_seat, uint32_t serial)
{
	struct popup *popup = popup_of(resource);
	struct seat *seat = seat_of(wl_seat);

	if (!popup->xdg || !popup->parent || !list_empty(&popup->grab_link) ||
		!popup_check_grab(popup, seat))
		return;
	if (!serials_has(&seat->serials, client, serial)) {
		popup_dismiss(popup);
		return;
	}
	/* Another client's, or those that were not closed, give way. */
	while (!popup->parent->popup && !list_empty(&seat->grabs))
		popup_dismiss(container_of(seat->grabs.next, struct popup, grab_link));
	list_insert(&seat->grabs, &popup->grab_link);
	pointer_handle_menu(&seat->pointer, client);
}

/* -- requests -- */

static void popup_handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct popup *popup = popup_of(resource);

	if (popup->xdg && !list_empty(&popup->xdg->popups))
		xdg_surface_post_shell_error(popup->xdg, XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP,
			"it has a popup of its own, which goes first");
	else
		wl_resource_destroy(resource);
}

static void popup_handle_reposition(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *positioner, uint32_t token)
{
	struct popup *popup = popup_of(resource);
	const struct toplevel *toplevel = popup_find_toplevel(popup);

	if (!positioner_is_complete(positioner_of(positioner))) {
		if (popup->xdg)
			xdg_surface_post_shell_error(popup->xdg,
				XDG_WM_BASE_ERROR_INVALID_POSITIONER, "it is not complete");
		return;
	}
	if (!popup->xdg || !popup->xdg->begun || !toplevel || !toplevel->output)
		return;
	popup->positioner = *positioner_of(positioner);
	xdg_popup_send_repositioned(resource, token);
	popup_configure(popup, toplevel);
}

static const struct xdg_popup_interface popup_requests = {
	.destroy = popup_handle_destroy,
	.grab = popup_handle_grab,
	.reposition = popup_handle_reposition,
};

/* -- life -- */

void popup_surface_gone(struct popup *popup)
{
	popup_unmap(popup);
}

void popup_orphan(struct popup *popup)
{
	popup_unmap(popup);
	popup_leave_parent(popup);
	popup->xdg->popup = NULL;
	popup->xdg = NULL;
}

static void popup_free(struct wl_resource *resource)
{
	struct popup *popup = popup_of(resource);

	if (popup->xdg) {
		xdg_surface_reset(popup->xdg);
		popup_orphan(popup);
	}
	free(popup);
}

void popup_create(struct xdg_surface *xdg, struct wl_client *client, uint32_t version, uint32_t id,
	struct xdg_surface *parent, const struct positioner *positioner)
{
	struct popup *popup = calloc(1, sizeof(*popup));

	if (!popup) {
		wl_client_post_no_memory(client);
		return;
	}
	list_init(&popup->link);
	list_init(&popup->mapped_link);
	list_init(&popup->grab_link);
	popup->positioner = *positioner;
	popup->resource = resource_create(
		client, &xdg_popup_interface, version, id, &popup_requests, popup, popup_free);
	if (!popup->resource) {
		free(popup);
		return;
	}
	popup->xdg = xdg;
	popup->parent = parent;
	xdg->popup = popup;
	list_append(&parent->popups, &popup->link);
}
