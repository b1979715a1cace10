/* SPDX-License-Identifier: MIT */
/* wl_surface. */
#include "compositor/surface/surface.h"

#include <math.h>
#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "base/clock.h"
#include "compositor/surface/dmabuf_feedback.h"
#include "compositor/surface/explicit_sync.h"
#include "compositor/surface/fence.h"
#include "compositor/surface/fractional_scale.h"
#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/output_global.h"
#include "compositor/surface/region.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/seat/constraint.h"
#include "compositor/seat/seat.h"
#include "compositor/seat/shortcuts_inhibit.h"
#include "compositor/server.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface_state.h"
#include "compositor/surface/viewporter.h"

struct surface *surface_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

bool surface_take_role(struct surface *surface, const struct surface_role *role, void *object,
	struct wl_resource *resource, uint32_t error)
{
	if ((surface->role && surface->role != role) || surface->role_object) {
		wl_resource_post_error(
			resource, error, "the surface is %s already", surface->role->name);
		return false;
	}
	surface->role = role;
	surface->role_object = object;
	return true;
}

bool surface_has_picture(const struct surface *surface)
{
	return buffer_has_picture(surface->current.buffer);
}

bool surface_is_opaque(const struct surface *surface)
{
	pixman_box32_t all = { 0, 0, surface->width, surface->height };

	return pixman_region32_contains_rectangle(
		       (pixman_region32_t *)&surface->current.opaque, &all) == PIXMAN_REGION_IN;
}

/* -- requests -- */

static void surface_handle_offset(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	struct surface_state *pending = &surface_of(resource)->pending;

	pending->dx = surface_offset_add(0, x);
	pending->dy = surface_offset_add(0, y);
}

static void surface_handle_attach(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *buffer, int32_t x, int32_t y)
{
	struct surface_state *pending = &surface_of(resource)->pending;
	bool has_offset = wl_resource_get_version(resource) >= WL_SURFACE_OFFSET_SINCE_VERSION;

	if (has_offset && (x != 0 || y != 0)) {
		wl_resource_post_error(resource, WL_SURFACE_ERROR_INVALID_OFFSET,
			"attached at %d,%d: that is offset's to say", x, y);
		return;
	}
	struct buffer *new = buffer ? buffer_get(buffer) : NULL;
	if (buffer && !new)
		return;
	buffer_unref(pending->buffer);
	pending->buffer = new;
	pending->attached = true;
	if (!has_offset)
		surface_handle_offset(client, resource, x, y);
}

static void surface_handle_damage(struct wl_client *client, struct wl_resource *resource, int32_t x,
	int32_t y, int32_t width, int32_t height)
{
	region_add(&surface_of(resource)->pending.damage, x, y, width, height);
}

static void surface_handle_damage_buffer(struct wl_client *client, struct wl_resource *resource,
	int32_t x, int32_t y, int32_t width, int32_t height)
{
	region_add(&surface_of(resource)->pending.buffer_damage, x, y, width, height);
}

static void frame_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void surface_handle_frame(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *frame =
		resource_create(client, &wl_callback_interface, 1, id, NULL, NULL, frame_free);

	if (frame)
		wl_list_insert(
			surface_of(resource)->pending.frames.prev, wl_resource_get_link(frame));
}

static void surface_handle_opaque(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
	pixman_region32_t *opaque = &surface_of(resource)->pending.opaque;

	pixman_region32_clear(opaque);
	if (region)
		pixman_region32_copy(opaque, (pixman_region32_t *)region_of(region));
}

static void surface_handle_input(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
	struct surface_state *pending = &surface_of(resource)->pending;

	pending->has_input = region;
	pixman_region32_clear(&pending->input);
	if (region)
		pixman_region32_copy(&pending->input, (pixman_region32_t *)region_of(region));
}

static void surface_handle_scale(
	struct wl_client *client, struct wl_resource *resource, int32_t scale)
{
	if (scale < 1)
		wl_resource_post_error(resource, WL_SURFACE_ERROR_INVALID_SCALE, "scale %d", scale);
	else
		surface_of(resource)->pending.scale = scale;
}

static void surface_handle_transform(
	struct wl_client *client, struct wl_resource *resource, int32_t transform)
{
	if (transform < WL_OUTPUT_TRANSFORM_NORMAL || transform > WL_OUTPUT_TRANSFORM_FLIPPED_270)
		wl_resource_post_error(
			resource, WL_SURFACE_ERROR_INVALID_TRANSFORM, "transform %d", transform);
	else
		surface_of(resource)->pending.transform = transform;
}

/* The picture that is to come: what was attached and not yet taken over, or what there is. */
static struct buffer *surface_next_buffer(const struct surface *surface)
{
	if (surface->pending.attached)
		return surface->pending.buffer;
	if (surface->hold.late.attached)
		return surface->hold.late.buffer;
	return surface->cached.attached ? surface->cached.buffer : surface->current.buffer;
}

static bool surface_check_size(struct surface *surface)
{
	struct surface_state next = surface->pending;
	double width, height;

	next.buffer = surface_next_buffer(surface);
	if (!next.buffer)
		return true;
	surface_state_buffer_size(&next, &width, &height);
	if (!viewporter_check(surface, width, height))
		return false;
	if (next.viewport.width == 0 && surface->pending.attached &&
		(width != floor(width) || height != floor(height))) {
		wl_resource_post_error(surface->resource, WL_SURFACE_ERROR_INVALID_SIZE,
			"the buffer's size is no multiple of its scale, %d", next.scale);
		return false;
	}
	return true;
}

static void surface_handle_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct surface *surface = surface_of(resource);

	if (!surface_check_size(surface) || !explicit_sync_check(surface) ||
		(surface->role_object && surface->role->check && !surface->role->check(surface)))
		return;
	if (surface->pending.attached) {
		buffer_use(surface->pending.buffer);
		frames_drawn(surface, clock_now_ns());
	}
	surface->pending.is_new = true;
	hold_take(surface);
	if (!surface->hold.is_held &&
		(!surface->subsurface || !subsurface_is_synchronized(surface->subsurface)))
		hold_apply(surface);
}

static const struct wl_surface_interface surface_requests = {
	.destroy = resource_handle_destroy,
	.attach = surface_handle_attach,
	.damage = surface_handle_damage,
	.frame = surface_handle_frame,
	.set_opaque_region = surface_handle_opaque,
	.set_input_region = surface_handle_input,
	.commit = surface_handle_commit,
	.set_buffer_transform = surface_handle_transform,
	.set_buffer_scale = surface_handle_scale,
	.damage_buffer = surface_handle_damage_buffer,
	.offset = surface_handle_offset,
};

/* -- life -- */

static void surface_free(struct wl_resource *resource)
{
	struct surface *surface = surface_of(resource);

	if (surface->output)
		surface_damage_tree(surface);
	seat_schedule_update(surface->server->seat);
	if (surface->role_object)
		surface->role->gone(surface);
	subsurfaces_orphan(surface);
	viewporter_surface_gone(surface);
	fractional_scale_surface_gone(surface);
	shortcuts_inhibit_surface_gone(surface);
	constraint_surface_gone(surface);
	dmabuf_feedback_surface_gone(surface);
	explicit_sync_surface_gone(surface);
	hold_finish(&surface->hold);
	buffer_unuse(surface->cached.buffer);
	buffer_unuse(surface->current.buffer);
	surface_state_finish(&surface->pending);
	surface_state_finish(&surface->cached);
	surface_state_finish(&surface->current);
	pixman_region32_fini(&surface->fresh);
	free(surface);
}

struct surface *surface_create(
	struct server *server, struct wl_client *client, uint32_t version, uint32_t id)
{
	struct surface *surface = calloc(1, sizeof(*surface));

	if (!surface) {
		wl_client_post_no_memory(client);
		return NULL;
	}
	surface->server = server;
	list_init(&surface->stack);
	list_init(&surface->cached_stack);
	list_init(&surface->pending_stack);
	list_init(&surface->dmabuf_feedbacks);
	surface->self.surface = surface;
	list_append(&surface->stack, &surface->self.link);
	list_append(&surface->cached_stack, &surface->self.cached_link);
	list_append(&surface->pending_stack, &surface->self.pending_link);
	pixman_region32_init(&surface->fresh);
	hold_init(&surface->hold);
	surface_state_init(&surface->pending);
	surface_state_init(&surface->cached);
	surface_state_init(&surface->current);
	surface->resource = resource_create(client, &wl_surface_interface, version, id,
		&surface_requests, surface, surface_free);
	if (!surface->resource) {
		free(surface);
		return NULL;
	}
	return surface;
}

/* -- what a commit changes -- */

void surface_source(
	const struct surface *surface, double *x, double *y, double *width, double *height)
{
	const struct viewport *viewport = &surface->current.viewport;

	*x = *y = 0;
	surface_state_buffer_size(&surface->current, width, height);
	if (viewport->source_width > 0) {
		*x = viewport->source_x;
		*y = viewport->source_y;
		*width = viewport->source_width;
		*height = viewport->source_height;
	}
}

/* What is larger than any screen is drawn as if it were this large. */
static int32_t side(int32_t wanted, double own)
{
	double length = wanted ? wanted : ceil(own);

	return length > SURFACE_SIDE_MAX ? SURFACE_SIDE_MAX : length;
}

static void surface_update_size(struct surface *surface)
{
	const struct viewport *viewport = &surface->current.viewport;
	double x, y, width = 0, height = 0;

	if (surface_has_picture(surface))
		surface_source(surface, &x, &y, &width, &height);
	surface->width = width > 0 ? side(viewport->width, width) : 0;
	surface->height = height > 0 ? side(viewport->height, height) : 0;
}

/* Where scale, transform or viewport make it hard to tell, all of it. */
static void surface_take_damage(struct surface *surface, bool resized)
{
	struct surface_state *current = &surface->current;
	bool is_plain = current->scale == 1 && current->transform == WL_OUTPUT_TRANSFORM_NORMAL &&
			current->viewport.source_width == 0 && current->viewport.width == 0 &&
			!(current->buffer && buffer_is_upside_down(current->buffer));
	bool has_damage = pixman_region32_not_empty(&current->damage);
	bool has_buffer_damage = pixman_region32_not_empty(&current->buffer_damage);

	if (is_plain) {
		region_union(&current->damage, &current->buffer_damage);
		region_union(&surface->fresh, &current->damage);
	} else {
		region_union(&surface->fresh, &current->buffer_damage);
	}
	if (resized || (has_damage && !is_plain))
		region_add(&surface->fresh, 0, 0, INT32_MAX, INT32_MAX);
	if (resized || (has_buffer_damage && !is_plain))
		region_add(&current->damage, 0, 0, surface->width, surface->height);
	pixman_region32_intersect_rect(
		&current->damage, &current->damage, 0, 0, surface->width, surface->height);
	layout_damage(surface, &current->damage);
	pixman_region32_clear(&current->damage);
	pixman_region32_clear(&current->buffer_damage);
}

void surface_apply(struct surface *surface)
{
	int32_t width = surface->width, height = surface->height, scale = surface->current.scale;
	enum wl_output_transform transform = surface->current.transform;
	struct viewport viewport = surface->current.viewport;
	struct surface_node *node;

	hold_end(surface);
	surface_state_move(&surface->current, &surface->cached);
	fence_destroy(surface->current.acquire);
	surface->current.acquire = NULL;
	surface_update_size(surface);
	bool resized = width != surface->width || height != surface->height ||
		       transform != surface->current.transform || scale != surface->current.scale ||
		       !viewport_is_equal(&viewport, &surface->current.viewport);
	if (width != surface->width || height != surface->height)
		surface_damage_tree(surface->subsurface ? subsurface_root(surface) : surface);
	surface_take_damage(surface, resized);
	constraint_commit(surface);
	subsurfaces_apply(surface);
	list_for_each (node, &surface->stack, link) {
		if (node->surface != surface &&
			subsurface_is_synchronized(node->surface->subsurface))
			surface_apply(node->surface);
	}
	if (surface->role_object)
		surface->role->commit(surface);
	surface->current.dx = surface->current.dy = 0;
	if (surface->output)
		screen_schedule(surface->output->screen);
	seat_schedule_update(surface->server->seat);
}

/* -- the tree -- */

void surface_walk(struct surface *surface, int32_t x, int32_t y,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data)
{
	struct surface_node *node;

	if (!surface_has_picture(surface))
		return;
	list_for_each (node, &surface->stack, link) {
		const struct subsurface *subsurface = node->surface->subsurface;
		if (node->surface == surface)
			visit(surface, x, y, data);
		else
			surface_walk(
				node->surface, x + subsurface->x, y + subsurface->y, visit, data);
	}
}

bool surface_takes_input(const struct surface *surface, double x, double y)
{
	const struct surface_state *current = &surface->current;

	return x >= 0 && y >= 0 && x < surface->width && y < surface->height &&
	       (!current->has_input || pixman_region32_contains_point(
					       (pixman_region32_t *)&current->input, x, y, NULL));
}

struct surface *surface_at(
	struct surface *surface, double x, double y, double *surface_x, double *surface_y)
{
	if (!surface_has_picture(surface))
		return NULL;
	for (struct list *link = surface->stack.prev; link != &surface->stack; link = link->prev) {
		struct surface_node *node = container_of(link, struct surface_node, link);
		const struct subsurface *subsurface = node->surface->subsurface;
		struct surface *found = NULL;
		if (node->surface != surface)
			found = surface_at(node->surface, x - subsurface->x, y - subsurface->y,
				surface_x, surface_y);
		else if (surface_takes_input(surface, x, y)) {
			*surface_x = x;
			*surface_y = y;
			found = surface;
		}
		if (found)
			return found;
	}
	return NULL;
}

void surface_damage_tree(struct surface *surface)
{
	if (surface->output)
		output_damage_all(surface->output);
}

void surface_set_output(struct surface *surface, struct output *output)
{
	struct surface_node *node;

	if (surface->output != output) {
		if (surface->output)
			output_send_leave(surface->output, surface->resource);
		surface->output = output;
		if (output)
			output_send_enter(output, surface->resource);
		fractional_scale_send(surface);
		seat_schedule_update(surface->server->seat);
		dmabuf_feedback_surface_moved(surface);
	}
	list_for_each (node, &surface->stack, link) {
		if (node->surface != surface)
			surface_set_output(node->surface, output);
	}
}
