/* SPDX-License-Identifier: MIT */
/* The picture of what is dragged. */
#include "compositor/seat/drag_icon.h"

#include <math.h>
#include <string.h>
#include <wayland-server-protocol.h>

#include "compositor/output.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"

/* -- where it is -- */

void drag_icon_corner(const struct drag_icon *icon, int32_t *x, int32_t *y)
{
	*x = (int32_t)floor(icon->x) + icon->dx;
	*y = (int32_t)floor(icon->y) + icon->dy;
}

static void box_add(struct surface *surface, int32_t x, int32_t y, void *data)
{
	pixman_box32_t *box = data;
	bool is_empty = box->x1 == box->x2;

	box->x1 = is_empty || x < box->x1 ? x : box->x1;
	box->y1 = is_empty || y < box->y1 ? y : box->y1;
	box->x2 = is_empty || x + surface->width > box->x2 ? x + surface->width : box->x2;
	box->y2 = is_empty || y + surface->height > box->y2 ? y + surface->height : box->y2;
}

/* With all that is part of it. */
static pixman_box32_t icon_box(const struct drag_icon *icon)
{
	pixman_box32_t box = { 0 };
	int32_t x, y;

	drag_icon_corner(icon, &x, &y);
	if (icon->surface.surface)
		surface_walk(icon->surface.surface, x, y, box_add, &box);
	return box;
}

void drag_icon_update_output(struct drag_icon *icon)
{
	if (icon->surface.surface)
		surface_set_output(
			icon->surface.surface, output_at(icon->server, icon->x, icon->y));
}

void drag_icon_show(struct drag_icon *icon)
{
	outputs_damage(icon->server, &icon->shown);
	icon->shown = icon_box(icon);
	outputs_damage(icon->server, &icon->shown);
	drag_icon_update_output(icon);
}

void drag_icon_move(struct drag_icon *icon, double x, double y)
{
	icon->x = x;
	icon->y = y;
	pixman_box32_t box = icon_box(icon);
	if (memcmp(&box, &icon->shown, sizeof(box)) != 0)
		drag_icon_show(icon);
}

/* -- whose it is -- */

static void icon_commit(struct surface *surface)
{
	struct drag_icon *icon = surface->role_object;

	icon->dx = surface_offset_add(icon->dx, surface->current.dx);
	icon->dy = surface_offset_add(icon->dy, surface->current.dy);
	drag_icon_show(icon);
}

static void icon_gone(struct surface *surface)
{
	drag_icon_drop(surface->role_object);
	surface->role_object = NULL;
}

static const struct surface_role icon_role = {
	.name = "a drag's icon",
	.commit = icon_commit,
	.gone = icon_gone,
};

bool drag_icon_set(struct drag_icon *icon, struct wl_resource *device, struct surface *surface)
{
	if (!surface_take_role(surface, &icon_role, icon, device, WL_DATA_DEVICE_ERROR_ROLE))
		return false;
	surface_reference_set(&icon->surface, surface);
	icon->dx = icon->dy = 0;
	return true;
}

/* Of a surface that goes there is no reference any more. */
void drag_icon_drop(struct drag_icon *icon)
{
	struct surface *surface = icon->surface.surface;

	if (surface) {
		surface->role_object = NULL;
		surface_set_output(surface, NULL);
		surface_reference_set(&icon->surface, NULL);
	}
	drag_icon_show(icon);
}

void drag_icon_init(struct drag_icon *icon, struct server *server)
{
	icon->server = server;
}
