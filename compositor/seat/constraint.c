/* SPDX-License-Identifier: MIT */
/* Locked and confined pointers. */
#include "compositor/seat/constraint.h"

#include <math.h>
#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "compositor/global.h"
#include "compositor/layout.h"
#include "compositor/resource.h"
#include "compositor/seat/seat.h"
#include "compositor/surface/region.h"
#include "compositor/surface/surface.h"

#include "pointer-constraints-unstable-v1-server-protocol.h"

struct constraint {
	struct wl_resource *resource;
	struct pointer *pointer;
	struct surface *surface; /* NULL: gone, or it was for once and is over */
	bool locks, is_persistent, is_active;
	bool has_region, has_next_region; /* false: all of the surface */
	bool is_region_new, is_hint_new, has_hint;
	pixman_region32_t region, next_region;
	double hint_x, hint_y, next_hint_x, next_hint_y;
};

static struct constraint *constraint_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

/* -- where it holds -- */

/* Of the surface. */
static void constraint_allow(const struct constraint *constraint, pixman_region32_t *allowed)
{
	const struct surface *surface = constraint->surface;
	const struct surface_state *current = &surface->current;

	pixman_region32_init_rect(allowed, 0, 0, surface->width, surface->height);
	if (current->has_input)
		pixman_region32_intersect(allowed, allowed, (pixman_region32_t *)&current->input);
	if (constraint->has_region)
		pixman_region32_intersect(
			allowed, allowed, (pixman_region32_t *)&constraint->region);
}

static double clamp(double at, int32_t from, int32_t to)
{
	double last = to - 1 / 256.0;

	return at < from ? from : at > last ? last : at;
}

void constraint_clamp(const struct constraint *constraint, double *x, double *y)
{
	double nearest = INFINITY, surface_x, surface_y;
	pixman_region32_t allowed;
	int n;

	if (constraint->locks || !layout_locate(constraint->surface, &surface_x, &surface_y))
		return;
	double from_x = *x - surface_x, from_y = *y - surface_y;
	constraint_allow(constraint, &allowed);
	const pixman_box32_t *boxes = pixman_region32_rectangles(&allowed, &n);
	for (int i = 0; i < n; i++) {
		double at_x = clamp(from_x, boxes[i].x1, boxes[i].x2);
		double at_y = clamp(from_y, boxes[i].y1, boxes[i].y2);
		double way = hypot(at_x - from_x, at_y - from_y);
		if (way >= nearest)
			continue;
		nearest = way;
		*x = surface_x + at_x;
		*y = surface_y + at_y;
	}
	pixman_region32_fini(&allowed);
}

bool constraint_locks(const struct constraint *constraint)
{
	return constraint && constraint->locks;
}

static bool constraint_holds_here(const struct constraint *constraint)
{
	const struct pointer *pointer = constraint->pointer;
	double surface_x, surface_y;
	pixman_region32_t allowed;

	if (!layout_locate(constraint->surface, &surface_x, &surface_y))
		return false;
	constraint_allow(constraint, &allowed);
	bool holds = pixman_region32_contains_point(
		&allowed, floor(pointer->x - surface_x), floor(pointer->y - surface_y), NULL);
	pixman_region32_fini(&allowed);
	return holds;
}

/* -- whose turn it is -- */

static void constraint_start(struct constraint *constraint)
{
	constraint->is_active = true;
	constraint->pointer->constraint = constraint;
	if (constraint->locks)
		zwp_locked_pointer_v1_send_locked(constraint->resource);
	else
		zwp_confined_pointer_v1_send_confined(constraint->resource);
}

static void constraint_drop_surface(struct constraint *constraint)
{
	if (constraint->surface)
		constraint->surface->constraint = NULL;
	constraint->surface = NULL;
}

static void constraint_stop(struct constraint *constraint)
{
	if (!constraint->is_active)
		return;
	constraint->is_active = false;
	constraint->pointer->constraint = NULL;
	if (constraint->locks)
		zwp_locked_pointer_v1_send_unlocked(constraint->resource);
	else
		zwp_confined_pointer_v1_send_unconfined(constraint->resource);
	if (!constraint->is_persistent)
		constraint_drop_surface(constraint);
}

void constraint_choose(struct pointer *pointer, const struct surface *window)
{
	struct surface *focus = pointer->focus.surface;
	const struct toplevel *of = focus ? layout_window(focus) : NULL;
	bool is_due = of && window && layout_window(window) == of;

	if (pointer->constraint && (!is_due || pointer->constraint->surface != focus))
		constraint_stop(pointer->constraint);
	struct constraint *constraint = is_due ? focus->constraint : NULL;
	if (constraint && !constraint->is_active && constraint_holds_here(constraint))
		constraint_start(constraint);
}

void constraint_commit(struct surface *surface)
{
	struct constraint *constraint = surface->constraint;

	if (!constraint)
		return;
	if (constraint->is_region_new) {
		constraint->has_region = constraint->has_next_region;
		pixman_region32_copy(&constraint->region, &constraint->next_region);
		constraint->is_region_new = false;
	}
	if (constraint->is_hint_new) {
		constraint->hint_x = constraint->next_hint_x;
		constraint->hint_y = constraint->next_hint_y;
		constraint->has_hint = true;
		constraint->is_hint_new = false;
	}
}

/* The client let go: the pointer comes back to where that had its own. */
static void constraint_follow_hint(const struct constraint *constraint)
{
	double x, y;

	if (!constraint->is_active || !constraint->has_hint ||
		!surface_takes_input(constraint->surface, constraint->hint_x, constraint->hint_y) ||
		!layout_locate(constraint->surface, &x, &y))
		return;
	constraint->pointer->x = x + constraint->hint_x;
	constraint->pointer->y = y + constraint->hint_y;
	seat_schedule_update(constraint->pointer->seat);
}

void constraint_surface_gone(struct surface *surface)
{
	struct constraint *constraint = surface->constraint;

	if (!constraint)
		return;
	constraint_stop(constraint);
	constraint_drop_surface(constraint);
}

/* -- requests -- */

static void constraint_handle_region(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
	struct constraint *constraint = constraint_of(resource);

	constraint->is_region_new = true;
	constraint->has_next_region = region;
	if (region)
		pixman_region32_copy(
			&constraint->next_region, (pixman_region32_t *)region_of(region));
}

static void constraint_handle_hint(
	struct wl_client *client, struct wl_resource *resource, wl_fixed_t x, wl_fixed_t y)
{
	struct constraint *constraint = constraint_of(resource);

	constraint->is_hint_new = true;
	constraint->next_hint_x = wl_fixed_to_double(x);
	constraint->next_hint_y = wl_fixed_to_double(y);
}

static const struct zwp_locked_pointer_v1_interface locked_requests = {
	.destroy = resource_handle_destroy,
	.set_cursor_position_hint = constraint_handle_hint,
	.set_region = constraint_handle_region,
};

static const struct zwp_confined_pointer_v1_interface confined_requests = {
	.destroy = resource_handle_destroy,
	.set_region = constraint_handle_region,
};

/* -- life -- */

static void constraint_destroy(struct constraint *constraint)
{
	constraint_drop_surface(constraint);
	pixman_region32_fini(&constraint->region);
	pixman_region32_fini(&constraint->next_region);
	free(constraint);
}

static void constraint_free(struct wl_resource *resource)
{
	struct constraint *constraint = constraint_of(resource);

	if (constraint->is_active) {
		constraint_follow_hint(constraint);
		constraint->pointer->constraint = NULL;
	}
	constraint_destroy(constraint);
}

static void constraint_create(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface_resource, struct wl_resource *wl_pointer,
	struct wl_resource *region, uint32_t lifetime, bool locks)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->constraint) {
		wl_resource_post_error(manager,
			ZWP_POINTER_CONSTRAINTS_V1_ERROR_ALREADY_CONSTRAINED,
			"the surface has a constraint of the pointer already");
		return;
	}
	struct constraint *constraint = calloc(1, sizeof(*constraint));
	if (!constraint) {
		wl_client_post_no_memory(client);
		return;
	}
	pixman_region32_init(&constraint->region);
	pixman_region32_init(&constraint->next_region);
	constraint->pointer = wl_resource_get_user_data(wl_pointer);
	constraint->surface = surface;
	constraint->locks = locks;
	constraint->is_persistent = lifetime == ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT;
	constraint->has_region = region;
	if (region)
		pixman_region32_copy(&constraint->region, (pixman_region32_t *)region_of(region));
	surface->constraint = constraint;
	constraint->resource = resource_create(client,
		locks ? &zwp_locked_pointer_v1_interface : &zwp_confined_pointer_v1_interface, 1,
		id, locks ? (const void *)&locked_requests : &confined_requests, constraint,
		constraint_free);
	if (constraint->resource)
		seat_schedule_update(constraint->pointer->seat);
	else
		constraint_destroy(constraint);
}

static void manager_lock(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface, struct wl_resource *pointer, struct wl_resource *region,
	uint32_t lifetime)
{
	constraint_create(client, manager, id, surface, pointer, region, lifetime, true);
}

static void manager_confine(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface, struct wl_resource *pointer, struct wl_resource *region,
	uint32_t lifetime)
{
	constraint_create(client, manager, id, surface, pointer, region, lifetime, false);
}

static const struct zwp_pointer_constraints_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.lock_pointer = manager_lock,
	.confine_pointer = manager_confine,
};

const struct global constraint_global = {
	.interface = &zwp_pointer_constraints_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
