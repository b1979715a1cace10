/* SPDX-License-Identifier: MIT */
/* A surface and what it shows. */
#include "backends/wayland/plane.h"

#include <errno.h>
#include <wayland-client.h>

#include "backends/wayland/buffer.h"
#include "backends/wayland/connection.h"
#include "protocol/bounds.h"

#include "viewporter-client-protocol.h"

/* Input goes to the root, wherever in its window. */
static int plane_init_subsurface(
	struct plane *plane, struct globals *globals, const struct plane *parent)
{
	plane->subsurface = wl_subcompositor_get_subsurface(
		globals->subcompositor, plane->surface, parent->surface);
	struct wl_region *nothing = wl_compositor_create_region(globals->compositor);
	if (!plane->subsurface || !nothing)
		return -ENOMEM;
	wl_surface_set_input_region(plane->surface, nothing);
	wl_region_destroy(nothing);
	return 0;
}

/* Even where a format with alpha must do: nothing beneath need be painted. */
static int plane_set_opaque(struct plane *plane, struct globals *globals)
{
	struct wl_region *all = wl_compositor_create_region(globals->compositor);
	if (!all)
		return -ENOMEM;
	wl_region_add(all, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_set_opaque_region(plane->surface, all);
	wl_region_destroy(all);
	return 0;
}

int plane_init(
	struct plane *plane, struct connection *connection, const struct plane *parent, bool opaque)
{
	struct globals *globals = &connection->globals;
	int ret = 0;

	*plane = (struct plane){ .surface = wl_compositor_create_surface(globals->compositor) };
	if (!plane->surface)
		return -ENOMEM;
	if (globals->viewporter) {
		plane->viewport = wp_viewporter_get_viewport(globals->viewporter, plane->surface);
		if (!plane->viewport)
			return -ENOMEM;
	}
	if (opaque)
		ret = plane_set_opaque(plane, globals);
	if (ret == 0 && parent)
		ret = plane_init_subsurface(plane, globals, parent);
	return ret;
}

void plane_finish(struct plane *plane)
{
	if (plane->viewport)
		wp_viewport_destroy(plane->viewport);
	if (plane->subsurface)
		wl_subsurface_destroy(plane->subsurface);
	if (plane->surface)
		wl_surface_destroy(plane->surface);
	*plane = (struct plane){ 0 };
}

/* damage_buffer counts rows as they are in the buffer, whatever the transform. */
static void plane_damage(
	struct plane *plane, const struct picture *picture, const struct picture_box *damage)
{
	uint32_t width = picture->width_px, height = picture->height_px;

	if (!damage || !range_fits(damage->x, damage->width, width) ||
		!range_fits(damage->y, damage->height, height)) {
		wl_surface_damage_buffer(plane->surface, 0, 0, width, height);
		return;
	}
	uint32_t y = damage->y;
	if (picture->bottom_up)
		y = height - damage->y - damage->height;
	wl_surface_damage_buffer(plane->surface, damage->x, y, damage->width, damage->height);
}

/* Rows that start at the bottom: the picture is its own mirror image. */
void plane_attach(struct plane *plane, struct buffer *buffer, const struct picture_box *damage)
{
	const struct picture *picture = buffer->import->picture;

	wl_surface_attach(plane->surface, buffer->wl_buffer, 0, 0);
	wl_surface_set_buffer_transform(plane->surface,
		picture->bottom_up ? WL_OUTPUT_TRANSFORM_FLIPPED_180 : WL_OUTPUT_TRANSFORM_NORMAL);
	plane_damage(plane, picture, damage);
	buffer->busy = true;
	plane->buffer = buffer;
	plane->own = NULL;
	plane->mapped = true;
}

void plane_attach_own(
	struct plane *plane, struct wl_buffer *wl_buffer, int32_t width_px, int32_t height_px)
{
	if (plane->own == wl_buffer)
		return;
	wl_surface_attach(plane->surface, wl_buffer, 0, 0);
	wl_surface_damage_buffer(plane->surface, 0, 0, width_px, height_px);
	plane->buffer = NULL;
	plane->own = wl_buffer;
	plane->mapped = true;
}

/* Some compositors (sway 1.7) do not paint what was beneath by themselves. */
void plane_hide(struct plane *plane, const struct plane *root)
{
	const struct layout_box *box = &plane->box;

	wl_surface_damage(root->surface, box->x, box->y, box->width, box->height);
	wl_surface_attach(plane->surface, NULL, 0, 0);
	plane->buffer = NULL;
	plane->own = NULL;
	plane->mapped = false;
}

void plane_place(struct plane *plane, const struct layout_box *box)
{
	if (plane->subsurface && (plane->box.x != box->x || plane->box.y != box->y))
		wl_subsurface_set_position(plane->subsurface, box->x, box->y);
	if (plane->viewport && (plane->box.width != box->width || plane->box.height != box->height))
		wp_viewport_set_destination(plane->viewport, box->width, box->height);
	plane->box = *box;
}

void plane_crop(struct plane *plane, double x, double y, double width, double height)
{
	if (plane->viewport)
		wp_viewport_set_source(plane->viewport, wl_fixed_from_double(x),
			wl_fixed_from_double(y), wl_fixed_from_double(width),
			wl_fixed_from_double(height));
}

void plane_commit(struct plane *plane)
{
	wl_surface_commit(plane->surface);
}
