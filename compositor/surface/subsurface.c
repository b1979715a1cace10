/* SPDX-License-Identifier: MIT */
/* wl_subcompositor and wl_subsurface. */
#include "compositor/surface/subsurface.h"

#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "compositor/global.h"
#include "compositor/resource.h"

static struct subsurface *subsurface_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

bool subsurface_is_synchronized(const struct subsurface *subsurface)
{
	while (subsurface) {
		if (subsurface->synchronized)
			return true;
		subsurface = subsurface->parent ? subsurface->parent->subsurface : NULL;
	}
	return false;
}

struct surface *subsurface_root(struct surface *surface)
{
	while (surface->subsurface && surface->subsurface->parent)
		surface = surface->subsurface->parent;
	return surface;
}

void subsurfaces_commit(struct surface *parent)
{
	struct surface_node *node;

	list_init(&parent->cached_stack);
	list_for_each (node, &parent->pending_stack, pending_link) {
		struct subsurface *child = node->surface->subsurface;
		list_append(&parent->cached_stack, &node->cached_link);
		if (node->surface == parent)
			continue;
		child->cached_x = child->pending_x;
		child->cached_y = child->pending_y;
	}
}

/* As it was committed. */
static bool stack_is_in_order(const struct surface *parent)
{
	const struct list *link = parent->stack.next;
	const struct surface_node *node;

	list_for_each (node, &parent->cached_stack, cached_link) {
		if (link != &node->link)
			return false;
		link = link->next;
	}
	return true;
}

void subsurfaces_apply(struct surface *parent)
{
	struct surface_node *node;
	bool changed = !stack_is_in_order(parent);

	list_init(&parent->stack);
	list_for_each (node, &parent->cached_stack, cached_link) {
		struct subsurface *child = node->surface->subsurface;
		list_append(&parent->stack, &node->link);
		if (node->surface == parent)
			continue;
		changed |= child->x != child->cached_x || child->y != child->cached_y ||
			   node->surface->output != parent->output;
		child->x = child->cached_x;
		child->y = child->cached_y;
		surface_set_output(node->surface, parent->output);
	}
	if (changed)
		surface_damage_tree(parent);
}

static void subsurface_detach(struct subsurface *subsurface)
{
	if (subsurface->parent)
		surface_damage_tree(subsurface->parent);
	subsurface->parent = NULL;
	list_remove(&subsurface->node.link);
	list_remove(&subsurface->node.cached_link);
	list_remove(&subsurface->node.pending_link);
}

void subsurfaces_orphan(struct surface *parent)
{
	while (parent->pending_stack.next->next != &parent->pending_stack) {
		struct list *link = parent->pending_stack.next;
		if (link == &parent->self.pending_link)
			link = link->next;
		struct surface *child =
			container_of(link, struct surface_node, pending_link)->surface;
		surface_set_output(child, NULL);
		subsurface_detach(child->subsurface);
	}
}

/* -- requests -- */

static void subsurface_handle_position(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	struct subsurface *subsurface = subsurface_of(resource);

	subsurface->pending_x = x < -INT16_MAX ? -INT16_MAX : x > INT16_MAX ? INT16_MAX : x;
	subsurface->pending_y = y < -INT16_MAX ? -INT16_MAX : y > INT16_MAX ? INT16_MAX : y;
}

static struct surface_node *subsurface_find_sibling(
	struct subsurface *subsurface, struct wl_resource *sibling)
{
	struct surface *surface = surface_of(sibling);
	struct surface *parent = subsurface->parent;

	if (surface == parent)
		return &parent->self;
	if (surface->subsurface && surface->subsurface != subsurface &&
		surface->subsurface->parent == parent)
		return &surface->subsurface->node;
	wl_resource_post_error(subsurface->resource, WL_SUBSURFACE_ERROR_BAD_SURFACE,
		"neither the parent nor another subsurface of it");
	return NULL;
}

static void subsurface_restack(
	struct wl_resource *resource, struct wl_resource *sibling, bool above)
{
	struct subsurface *subsurface = subsurface_of(resource);

	if (!subsurface->parent)
		return;
	struct surface_node *node = subsurface_find_sibling(subsurface, sibling);
	if (!node)
		return;
	list_remove(&subsurface->node.pending_link);
	list_insert(above ? &node->pending_link : node->pending_link.prev,
		&subsurface->node.pending_link);
}

static void subsurface_handle_above(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *sibling)
{
	subsurface_restack(resource, sibling, true);
}

static void subsurface_handle_below(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *sibling)
{
	subsurface_restack(resource, sibling, false);
}

static void subsurface_handle_sync(struct wl_client *client, struct wl_resource *resource)
{
	subsurface_of(resource)->synchronized = true;
}

/* Who waits for its parent no more, and those of its subsurfaces that waited with it. */
static void surface_apply_waiting(struct surface *surface)
{
	struct surface_node *node;

	hold_apply(surface);
	/* Those that are synchronized go with it, now or when it is drawn. */
	list_for_each (node, &surface->pending_stack, pending_link) {
		if (node->surface != surface && !node->surface->subsurface->synchronized)
			surface_apply_waiting(node->surface);
	}
}

static void subsurface_handle_desync(struct wl_client *client, struct wl_resource *resource)
{
	struct subsurface *subsurface = subsurface_of(resource);

	subsurface->synchronized = false;
	if (subsurface->parent && !subsurface_is_synchronized(subsurface))
		surface_apply_waiting(subsurface->surface);
}

static const struct wl_subsurface_interface subsurface_requests = {
	.destroy = resource_handle_destroy,
	.set_position = subsurface_handle_position,
	.place_above = subsurface_handle_above,
	.place_below = subsurface_handle_below,
	.set_sync = subsurface_handle_sync,
	.set_desync = subsurface_handle_desync,
};

/* -- life -- */

static void subsurface_leave(struct subsurface *subsurface)
{
	if (!subsurface->surface)
		return;
	surface_set_output(subsurface->surface, NULL);
	subsurface_detach(subsurface);
	subsurface->surface->subsurface = NULL;
	subsurface->surface->role_object = NULL;
	subsurface->surface = NULL;
}

static void subsurface_free(struct wl_resource *resource)
{
	struct subsurface *subsurface = subsurface_of(resource);

	subsurface_leave(subsurface);
	free(subsurface);
}

static void subsurface_gone(struct surface *surface)
{
	subsurface_leave(surface->subsurface);
}

static void subsurface_commit(struct surface *surface)
{
}

static const struct surface_role subsurface_role = {
	.name = "a subsurface",
	.commit = subsurface_commit,
	.gone = subsurface_gone,
};

static uint32_t surface_height(const struct surface *surface)
{
	struct surface_node *node;
	uint32_t height = 0;

	list_for_each (node, &surface->pending_stack, pending_link) {
		if (node->surface != surface) {
			uint32_t of_child = surface_height(node->surface);
			height = of_child > height ? of_child : height;
		}
	}
	return height + 1;
}

/* With all that is part of it. */
static uint32_t surface_count(const struct surface *surface)
{
	struct surface_node *node;
	uint32_t n = 1;

	list_for_each (node, &surface->pending_stack, pending_link)
		n += node->surface == surface ? 0 : surface_count(node->surface);
	return n;
}

/* What the protocol forbids, and what is too deep, or too much, to walk for each commit. */
static bool subsurface_check_tree(struct wl_client *client, struct wl_resource *subcompositor,
	struct surface *surface, struct surface *parent)
{
	uint32_t depth = surface_height(surface);

	for (struct surface *above = parent; above;
		above = above->subsurface ? above->subsurface->parent : NULL, depth++) {
		if (above != surface)
			continue;
		wl_resource_post_error(subcompositor, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE,
			"a surface would be part of itself");
		return false;
	}
	if (depth <= SUBSURFACE_DEPTH_MAX &&
		surface_count(surface) + surface_count(subsurface_root(parent)) <=
			SUBSURFACE_TREE_MAX)
		return true;
	wl_client_post_implementation_error(client,
		"subsurfaces are nested deeper than %d, or a surface has more than %d",
		SUBSURFACE_DEPTH_MAX, SUBSURFACE_TREE_MAX);
	return false;
}

static void subcompositor_get(struct wl_client *client, struct wl_resource *subcompositor,
	uint32_t id, struct wl_resource *surface_resource, struct wl_resource *parent_resource)
{
	struct surface *surface = surface_of(surface_resource);
	struct surface *parent = surface_of(parent_resource);

	if (!subsurface_check_tree(client, subcompositor, surface, parent))
		return;
	struct subsurface *subsurface = calloc(1, sizeof(*subsurface));
	if (!subsurface) {
		wl_client_post_no_memory(client);
		return;
	}
	list_init(&subsurface->node.link);
	list_init(&subsurface->node.cached_link);
	list_init(&subsurface->node.pending_link);
	subsurface->synchronized = true;
	if (!surface_take_role(surface, &subsurface_role, subsurface, subcompositor,
		    WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE)) {
		free(subsurface);
		return;
	}
	surface->subsurface = subsurface;
	subsurface->surface = surface;
	subsurface->parent = parent;
	subsurface->node.surface = surface;
	list_append(&parent->pending_stack, &subsurface->node.pending_link);
	subsurface->resource = resource_create(client, &wl_subsurface_interface, 1, id,
		&subsurface_requests, subsurface, subsurface_free);
	if (!subsurface->resource) {
		subsurface_leave(subsurface);
		free(subsurface);
	}
}

static const struct wl_subcompositor_interface subcompositor_requests = {
	.destroy = resource_handle_destroy,
	.get_subsurface = subcompositor_get,
};

const struct global subsurface_global = {
	.interface = &wl_subcompositor_interface,
	.version = 1,
	.requests = &subcompositor_requests,
};
