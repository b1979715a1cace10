/* SPDX-License-Identifier: MIT */
/* xdg_positioner. */
#include "compositor/shell/positioner.h"

#include <stdlib.h>

#include "compositor/resource.h"

#include "xdg-shell-server-protocol.h"

#define FAR (1 << 16) /* no screen is as large: sums of these are no trouble */

const struct positioner *positioner_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

bool positioner_is_complete(const struct positioner *positioner)
{
	return positioner->width > 0 && positioner->anchor_width > 0;
}

/* -- a place, an axis at a time -- */

struct axis {
	int32_t size, anchor_at, anchor_size, offset;
	int anchor, gravity; /* -1: to the left or upwards; 0: the middle; 1: the other way */
	int32_t from, to;    /* the target */
	bool flips, slides, resizes;
	int32_t at;
};

static int32_t axis_at(const struct axis *axis, int anchor, int gravity)
{
	int32_t at = axis->anchor_at + axis->offset + axis->anchor_size * (anchor + 1) / 2;

	return at + axis->size * (gravity - 1) / 2;
}

static bool axis_fits(const struct axis *axis, int32_t at)
{
	return at >= axis->from && at + axis->size <= axis->to;
}

/* What is too large begins, or ends, where it would have been seen. */
static void axis_slide(struct axis *axis)
{
	bool is_too_large = axis->size > axis->to - axis->from;

	if (is_too_large ? axis->gravity >= 0 : axis->at < axis->from)
		axis->at = axis->from;
	else if (is_too_large || axis->at + axis->size > axis->to)
		axis->at = axis->to - axis->size;
}

static void axis_resize(struct axis *axis)
{
	int32_t end = axis->at + axis->size;
	int32_t from = axis->at < axis->from ? axis->from : axis->at;
	int32_t to = end > axis->to ? axis->to : end;

	if (to <= from)
		return;
	axis->at = from;
	axis->size = to - from;
}

/* In this order, and no further than needed (xdg_positioner.constraint_adjustment). */
static void axis_place(struct axis *axis)
{
	axis->at = axis_at(axis, axis->anchor, axis->gravity);
	int32_t flipped = axis_at(axis, -axis->anchor, -axis->gravity);
	if (!axis_fits(axis, axis->at) && axis->flips && axis_fits(axis, flipped))
		axis->at = flipped;
	if (!axis_fits(axis, axis->at) && axis->slides)
		axis_slide(axis);
	if (!axis_fits(axis, axis->at) && axis->resizes)
		axis_resize(axis);
}

static int side_x(uint32_t side)
{
	switch (side) {
	case XDG_POSITIONER_ANCHOR_LEFT:
	case XDG_POSITIONER_ANCHOR_TOP_LEFT:
	case XDG_POSITIONER_ANCHOR_BOTTOM_LEFT:
		return -1;
	case XDG_POSITIONER_ANCHOR_RIGHT:
	case XDG_POSITIONER_ANCHOR_TOP_RIGHT:
	case XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT:
		return 1;
	}
	return 0;
}

static int side_y(uint32_t side)
{
	switch (side) {
	case XDG_POSITIONER_ANCHOR_TOP:
	case XDG_POSITIONER_ANCHOR_TOP_LEFT:
	case XDG_POSITIONER_ANCHOR_TOP_RIGHT:
		return -1;
	case XDG_POSITIONER_ANCHOR_BOTTOM:
	case XDG_POSITIONER_ANCHOR_BOTTOM_LEFT:
	case XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT:
		return 1;
	}
	return 0;
}

pixman_box32_t positioner_place(const struct positioner *positioner, const pixman_box32_t *target)
{
	uint32_t adjustment = positioner->adjustment;
	struct axis x = {
		.size = positioner->width,
		.anchor_at = positioner->anchor_x,
		.anchor_size = positioner->anchor_width,
		.offset = positioner->offset_x,
		.anchor = side_x(positioner->anchor),
		.gravity = side_x(positioner->gravity),
		.from = target->x1,
		.to = target->x2,
		.flips = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_X,
		.slides = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_X,
		.resizes = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_X,
	};
	struct axis y = {
		.size = positioner->height,
		.anchor_at = positioner->anchor_y,
		.anchor_size = positioner->anchor_height,
		.offset = positioner->offset_y,
		.anchor = side_y(positioner->anchor),
		.gravity = side_y(positioner->gravity),
		.from = target->y1,
		.to = target->y2,
		.flips = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_Y,
		.slides = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_Y,
		.resizes = adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_Y,
	};

	axis_place(&x);
	axis_place(&y);
	return (pixman_box32_t){ x.at, y.at, x.at + x.size, y.at + y.size };
}

/* -- requests -- */

static int32_t near(int32_t at)
{
	return at < -FAR ? -FAR : at > FAR ? FAR : at;
}

static struct positioner *own(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static void positioner_handle_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	if (width <= 0 || height <= 0) {
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT,
			"a size of %dx%d", width, height);
		return;
	}
	own(resource)->width = near(width);
	own(resource)->height = near(height);
}

static void positioner_handle_anchor_rectangle(struct wl_client *client,
	struct wl_resource *resource, int32_t x, int32_t y, int32_t width, int32_t height)
{
	struct positioner *positioner = own(resource);

	if (width < 0 || height < 0) {
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT,
			"an anchor of %dx%d", width, height);
		return;
	}
	positioner->anchor_x = near(x);
	positioner->anchor_y = near(y);
	positioner->anchor_width = near(width);
	positioner->anchor_height = near(height);
}

static bool positioner_check_side(struct wl_resource *resource, uint32_t side)
{
	if (side <= XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT)
		return true;
	wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT, "a side of %u", side);
	return false;
}

static void positioner_handle_anchor(
	struct wl_client *client, struct wl_resource *resource, uint32_t side)
{
	if (positioner_check_side(resource, side))
		own(resource)->anchor = side;
}

static void positioner_handle_gravity(
	struct wl_client *client, struct wl_resource *resource, uint32_t side)
{
	if (positioner_check_side(resource, side))
		own(resource)->gravity = side;
}

static void positioner_handle_adjustment(
	struct wl_client *client, struct wl_resource *resource, uint32_t adjustment)
{
	own(resource)->adjustment = adjustment;
}

static void positioner_handle_offset(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	own(resource)->offset_x = near(x);
	own(resource)->offset_y = near(y);
}

/* Windows stay where they are, and as large. */
static void positioner_ignore_reactive(struct wl_client *client, struct wl_resource *resource)
{
}

static void positioner_ignore_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
}

static void positioner_ignore_configure(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
}

static const struct xdg_positioner_interface positioner_requests = {
	.destroy = resource_handle_destroy,
	.set_size = positioner_handle_size,
	.set_anchor_rect = positioner_handle_anchor_rectangle,
	.set_anchor = positioner_handle_anchor,
	.set_gravity = positioner_handle_gravity,
	.set_constraint_adjustment = positioner_handle_adjustment,
	.set_offset = positioner_handle_offset,
	.set_reactive = positioner_ignore_reactive,
	.set_parent_size = positioner_ignore_size,
	.set_parent_configure = positioner_ignore_configure,
};

static void positioner_free(struct wl_resource *resource)
{
	free(own(resource));
}

void positioner_create(struct wl_client *client, uint32_t version, uint32_t id)
{
	struct positioner *positioner = calloc(1, sizeof(*positioner));

	if (!positioner)
		wl_client_post_no_memory(client);
	else if (!resource_create(client, &xdg_positioner_interface, version, id,
			 &positioner_requests, positioner, positioner_free))
		free(positioner);
}
